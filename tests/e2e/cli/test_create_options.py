# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Options and variables of create: how they may be written, and where they end up (cli.md sections 2 and 6)."""

from __future__ import annotations

import json

import pytest

NONE = ["create", "-d", "none", "--url", "tcp://h:1"]


def options(program, name="m"):
    config = json.loads((program.store / "machines" / name / "config.json").read_text())
    return config["HostOptions"]


def test_every_option_reaches_config_json(program):
    program.ok(
        *NONE, "--engine-opt", "a=b", "--engine-opt=c,d", "--engine-label", "x=y", "--engine-label", "k",
        "--engine-env", "A=B=C", "--engine-insecure-registry", "r:5", "--engine-registry-mirror", "http://m?<&>",
        "--engine-storage-driver", "btrfs", "--engine-install-url", "http://i", "--swarm", "--swarm-master",
        "--swarm-image", "si", "--swarm-discovery", "token://1", "--swarm-strategy", "random", "--swarm-opt", "so",
        "--swarm-opt", "sp", "--swarm-join-opt", "sj", "--swarm-host", "tcp://0.0.0.0:1", "--swarm-addr", "ad:1",
        "--swarm-experimental", "--tls-san", "a", "--tls-san", "1.2.3.4", "m",
    )  # fmt: skip
    engine, swarm, auth = (options(program)[key] for key in ("EngineOptions", "SwarmOptions", "AuthOptions"))
    assert engine == {
        "ArbitraryFlags": ["a=b", "c,d"], "Dns": None, "GraphDir": "", "Env": ["A=B=C"], "Ipv6": False,
        "InsecureRegistry": ["r:5"], "Labels": ["x=y", "k"], "LogLevel": "", "StorageDriver": "btrfs",
        "SelinuxEnabled": False, "TlsVerify": True, "RegistryMirror": ["http://m?<&>"], "InstallURL": "http://i",
    }  # fmt: skip
    assert swarm == {
        "IsSwarm": True, "Address": "ad:1", "Discovery": "token://1", "Agent": True, "Master": True,
        "Host": "tcp://0.0.0.0:1", "Image": "si", "Strategy": "random", "Heartbeat": 0, "Overcommit": 0,
        "ArbitraryFlags": ["so", "sp"], "ArbitraryJoinFlags": ["sj"], "Env": None, "IsExperimental": True,
    }  # fmt: skip
    assert auth["ServerCertSANs"] == ["a", "1.2.3.4"]


def test_defaults(program):
    program.ok(*NONE, "m")
    assert options(program)["EngineOptions"]["InstallURL"] == "https://get.docker.com"
    assert options(program)["EngineOptions"]["Labels"] == []
    swarm = options(program)["SwarmOptions"]
    assert (swarm["IsSwarm"], swarm["Host"], swarm["Image"], swarm["Strategy"]) == (
        False, "tcp://0.0.0.0:3376", "swarm:latest", "spread")  # fmt: skip


def test_variables(program):
    variables = {"MACHINE_DRIVER": "none", "ENGINE_REGISTRY_MIRROR": "a, b", "MACHINE_SWARM_IMAGE": "image",
                 "MACHINE_DOCKER_INSTALL_URL": "url"}  # fmt: skip
    program.ok("create", "--url", "u", "m", environment=variables)
    assert options(program)["EngineOptions"]["RegistryMirror"] == ["a", "b"]
    assert options(program)["EngineOptions"]["InstallURL"] == "url"
    assert options(program)["SwarmOptions"]["Image"] == "image"
    program.ok("create", "--url", "u", "--engine-registry-mirror", "c", "--swarm-image=mine", "--engine-install-url", "x", "n",
               environment=variables)  # fmt: skip
    assert options(program, "n")["EngineOptions"]["RegistryMirror"] == ["a", "b", "c"]
    assert options(program, "n")["EngineOptions"]["InstallURL"] == "x"
    assert options(program, "n")["SwarmOptions"]["Image"] == "mine"
    program.ok("create", "--url", "u", "empty", environment=variables | {"MACHINE_SWARM_IMAGE": ""})
    assert options(program, "empty")["SwarmOptions"]["Image"] == "swarm:latest"


@pytest.mark.parametrize("words", [
    ["m", "-d", "none", "--url", "u"],
    ["-d=none", "--url=u", "m"],
    ["--driver=none", "-url", "u", "m"],
    ["-d", "none", "-d", "none", "--url", "x", "--url", "u", "m"],  # the last one wins
    ["-d", "none", "--url", "u", "--swarm=false", "--swarm-experimental=0", "m"],
    ["-d", "none", "--url", "u", "--", "m"],
])  # fmt: skip
def test_spellings(program, words):
    program.ok("create", *words)
    config = json.loads((program.store / "machines/m/config.json").read_text())
    assert (config["DriverName"], config["Driver"]["URL"]) == ("none", "u")
    assert not options(program)["SwarmOptions"]["IsSwarm"]


@pytest.mark.parametrize(("words", "error"), [
    ([*NONE, "--driver", "none", "m"], "Cannot use two forms of the same flag: d driver\n"),
    ([*NONE, "--swarm=maybe", "m"], 'invalid boolean value "maybe" for -swarm: parse error\n'),
    ([*NONE, "-a"], "flag provided but not defined: -a\n"),
    ([*NONE, "--", "-a"], "Error creating machine: Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -\n"),
    ([*NONE, ""], "Error: No machine name specified\n"),
    (["create", "-d", "none", "m"], "Error setting machine configuration from flags provided: "
     "--url option is required when no driver is selected\n"),
    ([*NONE, "a", "b", "c"], "Invalid command line. Found extra arguments [b c]\n"),
    (["create", "-d", "generic", "--generic-ip-address", "1.2.3.4", "--generic-ssh-port", "x", "m"],
     'invalid value "x" for flag -generic-ssh-port: parse error\n'),
    (["create", "-d", "generic", "m"], "Error setting machine configuration from flags provided: "
     "generic driver requires the --generic-ip-address option\n"),
])  # fmt: skip
def test_refusals(program, words, error):
    result = program.run(*words)
    assert (result.code, result.err) == (1, error)
    assert not (program.store / "machines").exists() or not list((program.store / "machines").glob("[!.]*"))


def test_a_secret_behind_the_name_is_not_shown(program):
    words = ["--amazonec2-secret-key", "hunter2", "-azure-client-secret=hunter2", "--amazonec2-region", "r"]
    result = program.run("--debug", "create", "-d", "amazonec2", "--amazonec2-zone", "a", "m", *words)
    assert result.code == 1 and "hunter2" not in result.out + result.err
    assert result.err.splitlines()[-1] == (
        "Invalid command line. Found extra arguments [--amazonec2-secret-key [redacted] "
        "-azure-client-secret=[redacted] --amazonec2-region r]")


def test_two_forms_are_told_in_both_streams(program):
    result = program.run(*NONE, "--driver", "none", "m")
    assert result.out.startswith("Cannot use two forms of the same flag: d driver\n\nUsage: ")
    assert program.run("ls", "--nosuch").out.startswith("Incorrect Usage.\n\nUsage: ")


def test_without_a_driver(program):
    """The default driver is one that we do not have: only a create that could go on says so."""
    assert "--engine-opt" in program.ok("create", "--help")
    assert program.run("create", "a", "b").err == "Invalid command line. Found extra arguments [b]\n"
    assert program.run("create").err == "Error: No machine name specified\n"
    assert program.run("create", "--nosuch").err.startswith("flag provided but not defined: -nosuch")
    result = program.run("create", "m")
    assert result.code == 1
    assert result.err.startswith('Driver "virtualbox" not found. Do you have the plugin binary '
                                 '"docker-machine-driver-virtualbox" accessible in your PATH?')  # fmt: skip


def test_a_name_longer_than_its_files_may_be(program):
    result = program.run(*NONE, "m" * 231)
    assert result.code == 1
    assert result.err.startswith("Error creating machine: the name has 231 characters")
    program.ok(*NONE, "m" * 230)
    program.ok("rm", "-y", "m" * 230)


def test_where_docker_comes_from_is_kept(program, tmp_path):
    program.ok(*NONE, "--engine-version", "27.5.1", "m")
    assert options(program)["EngineOptions"]["Version"] == "27.5.1"
    assert "InstallFiles" not in options(program)["EngineOptions"]
    script = tmp_path / "install"
    script.write_text("#!/bin/sh\n")
    program.ok(*NONE, "--engine-install-file", script, "n")
    assert options(program, "n")["EngineOptions"]["InstallFiles"] == [str(script)]
    program.ok("create", "-d", "none", "--url", "tcp://h:1", "o", environment={"MACHINE_DOCKER_VERSION": "28"})
    assert options(program, "o")["EngineOptions"]["Version"] == "28"


@pytest.mark.parametrize(
    "given, said",
    [
        (["--engine-version", "latest"], 'invalid value "latest" for --engine-version'),
        (["--engine-install-file", "/no/such.deb"], 'invalid value "/no/such.deb" for --engine-install-file: no such file'),
        (["--engine-version=27", "--engine-install-url=http://x"], "--engine-version 27 (or MACHINE_DOCKER_VERSION) cannot be given together"),
        (["--engine-version=28", "--engine-opt=cluster-store=x"], "Docker 28 does not take the engine option --cluster-store"),
        (["--engine-label", "two\nlines"], "it has more than one line"),
    ],
)
def test_a_way_to_docker_that_cannot_be_is_refused_before_anything_is_made(program, given, said):
    done = program.run(*NONE, *given, "m")
    assert done.code == 1
    assert "Error setting machine configuration from flags provided: " in done.err and said in done.err
    assert not (program.store / "machines" / "m").exists()
