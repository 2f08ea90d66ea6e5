# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""One unreadable machine costs its own row, never the listing."""

import copy
import json

import pytest

from tests.e2e.store.conftest import SAMPLES

GOOD = json.loads((SAMPLES / "v3" / "upstream-n1" / "config.json").read_bytes())
MIGRATED = "Error getting migrated host: "
TYPE = "json: cannot unmarshal "


def changed(*path, to=None, drop=False):
    """The good machine with one value changed or gone."""
    config = copy.deepcopy(GOOD)
    place = config
    for key in path[:-1]:
        place = place[key]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(config)


UNREADABLE = {
    "empty": ("", MIGRATED + "unexpected end of JSON input"),
    "cut": ('{"ConfigVersion": 3,', MIGRATED + "unexpected end of JSON input"),
    "text": ("hello", MIGRATED + "invalid character 'h' looking for beginning of value"),
    "list": ("[]", MIGRATED + TYPE + "array into Go value of type host.MetadataV0"),
    "bool": ("true", MIGRATED + TYPE + "bool into Go value of type host.MetadataV0"),
    "number": ("1.0", MIGRATED + TYPE + "number into Go value of type host.MetadataV0"),
    "null": ("null", MIGRATED + "the file holds null where an object is expected"),
    "future": (changed("ConfigVersion", to=4), MIGRATED + "config version is from the future -- you should upgrade your "
               "Docker Machine client"),
    "version-text": (changed("ConfigVersion", to="3"), MIGRATED + TYPE + "string into Go struct field "
                     "MetadataV0.ConfigVersion of type int"),
    "version-float": (changed("ConfigVersion", to=3.5), MIGRATED + TYPE + "number 3.5 into Go struct field "
                      "MetadataV0.ConfigVersion of type int"),
    "driver-name": (changed("DriverName", to=3), MIGRATED + TYPE + "number into Go struct field MetadataV0.DriverName of "
                    "type string"),
    "options-number": (changed("HostOptions", to=3), MIGRATED + TYPE + "number into Go struct field "
                       "MetadataV0.HostOptions of type host.Options"),
    "memory": (changed("HostOptions", "Memory", to="x"), MIGRATED + TYPE + "string into Go struct field "
               "Options.HostOptions.Memory of type int"),
    "engine-list": (changed("HostOptions", "EngineOptions", to=[]), MIGRATED + TYPE + "array into Go struct field "
                    "Options.HostOptions.EngineOptions of type engine.Options"),
    "env-text": (changed("HostOptions", "EngineOptions", "Env", to="x"), MIGRATED + TYPE + "string into Go struct field "
                 "Options.HostOptions.EngineOptions.Env of type []string"),
    "env-number": (changed("HostOptions", "EngineOptions", "Env", to=[1]), MIGRATED + TYPE + "number into Go struct field "
                   "Options.HostOptions.EngineOptions.Env of type string"),
    "swarm-text": (changed("HostOptions", "SwarmOptions", "Master", to="x"), MIGRATED + TYPE + "string into Go struct "
                   "field Options.HostOptions.SwarmOptions.Master of type bool"),
    "auth-number": (changed("HostOptions", "AuthOptions", "CertDir", to=3), MIGRATED + TYPE + "number into Go struct "
                    "field Options.HostOptions.AuthOptions.CertDir of type string"),
    "driver-port": (changed("Driver", "SSHPort", to="22"), TYPE + "string into Go struct field Driver.SSHPort of type int"),
    "driver-address": (changed("Driver", "IPAddress", to=True), TYPE + "bool into Go struct field Driver.IPAddress of "
                       "type string"),
    # Without it nobody can tell what there is to be removed in the cloud.
    "no-driver": (changed("Driver", drop=True), "unexpected end of JSON input"),
    "null-driver": (changed("Driver"), "unexpected end of JSON input"),
    "old-without-driver": ('{"DriverName": "google"}', "unexpected end of JSON input"),
    "driver-list": (changed("Driver", to=[]), TYPE + "array into Go value of type Driver"),
}

# What makes the reference end with a panic, or its listing do so, and is a machine all the same.
READABLE = {
    "no-options": changed("HostOptions", drop=True),
    "no-swarm": changed("HostOptions", "SwarmOptions", drop=True),
    "no-engine": changed("HostOptions", "EngineOptions", drop=True),
    "no-auth": changed("HostOptions", "AuthOptions", drop=True),
    "odd-label": changed("HostOptions", "EngineOptions", "Labels", to=["novalue", "a=b"]),
    "plugin": changed("DriverName", to="hetzner"),
    "no-driver-name": changed("DriverName", drop=True),
    "bare": '{"ConfigVersion": 3, "DriverName": "none", "Driver": {}}',
}


@pytest.fixture
def broken_store(program, put):
    for name, (content, _) in UNREADABLE.items():
        put(name, content)
    for name, content in READABLE.items():
        put(name, content)
    put("good", json.dumps(GOOD))
    (program.store / "machines" / "folder").mkdir()
    return program


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_machine_says_why(program, put, name):
    content, why = UNREADABLE[name]
    path = put(name, content)
    for command in ("inspect", "url", "status", "ip", "config"):
        result = program.run(command, name)
        assert (result.code, result.out) == (1, ""), command
        assert result.err.startswith(why) and len(result.lines()) < 2, command
    assert path.read_text() == content
    assert program.run("rm", "-y", name).code == 1
    assert path.exists()
    assert program.run("rm", "-f", name).code == 0
    assert not path.parent.exists()


@pytest.mark.parametrize("name", READABLE)
def test_an_incomplete_machine_is_one(program, put, name):
    path = put(name, READABLE[name])
    shown = json.loads(program.ok("inspect", name))
    assert shown["Name"] == name
    for part in ("EngineOptions", "SwarmOptions", "AuthOptions"):
        if shown["HostOptions"] is not None and part not in json.loads(READABLE[name])["HostOptions"]:
            assert shown["HostOptions"][part] is None
    for command in ("url", "status", "config", "env", "ip"):
        result = program.run(command, name)
        assert result.code in (0, 1) and "internal" not in result.err, result
    assert program.run("rm", "-f", name).code == 0
    assert not path.parent.exists()


def test_ls_shows_every_machine(broken_store):
    result = broken_store.run("ls", "-f", "{{.Name}}|{{.DriverName}}|{{.State}}|{{.Error}}")
    assert (result.code, result.err) == (0, "")
    rows = {line.split("|")[0]: line.split("|")[1:] for line in result.lines()}
    assert set(rows) == {*UNREADABLE, *READABLE, "good", "folder"}
    for name, (_, why) in UNREADABLE.items():
        assert rows[name] == ["not found", "Error", why]
    folder = broken_store.store / "machines" / "folder"
    assert rows["folder"] == ["not found", "Error", f"open {folder}/config.json: no such file or directory"]
    assert rows["good"][:2] == ["none", "Running"]
    assert rows["plugin"][1:] ==         ["Error", 'Driver "hetzner" not found. Do you have the plugin binary accessible in your PATH?']


def test_ls_quiet_and_filters_survive(broken_store):
    assert set(broken_store.ok("ls", "-q").split()) == {*READABLE, "good"}
    for words, names in ((["label=novalue"], {"odd-label"}), (["label=a=b"], {"odd-label"}), (["label=a"], set()),
                         (["driver=HETZNER"], {"plugin"}), (["swarm=x"], set())):
        filters = [part for word in words for part in ("--filter", word)]
        assert set(broken_store.ok("ls", "-q", *filters).split()) == names, words
        assert len(broken_store.ok("ls", *filters).splitlines()) == 1 + len(names) + len(UNREADABLE) + 1


def test_a_broken_machine_does_not_stop_its_neighbours(broken_store):
    result = broken_store.run("rm", "-y", "text", "good")
    assert result.code == 1
    assert "Successfully removed good" in result.out
    assert "good" not in broken_store.ok("ls", "-q").split()
