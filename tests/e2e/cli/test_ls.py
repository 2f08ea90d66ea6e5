# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Listings of stores with odd machines in them: what is expected here was seen to come from docker-machine 0.16.2."""

from __future__ import annotations

import json

import pytest

URL = "tcp://127.0.0.1:1"
ALL = ["1x", "2x", "10x", "a", "A1", "a2", "a02", "a10", "bro", "empty", "lab", "miss", "sa", "sm"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from tests.e2e.program import Program

    program = Program(tmp_path_factory.mktemp("ls") / "store")
    for name in ("1x", "2x", "10x", "a", "A1", "a2", "a02", "a10", "miss"):
        program.ok("create", "-d", "none", "--url", URL, name)
    program.ok("create", "-d", "none", "--url", URL, "--engine-label", "env=Prod", "--engine-label", "x=y=z", "lab")
    swarm = ["--swarm-discovery", "token://abc"]
    program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:7", "--swarm-master", *swarm, "sm")
    program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:8", "--swarm", *swarm, "sa")
    missing = program.store / "machines/miss/config.json"
    missing.write_text(json.dumps(json.loads(missing.read_text()) | {"DriverName": "bogus"}))
    for name in ("bro", "empty"):
        (program.store / "machines" / name).mkdir()
    (program.store / "machines/bro/config.json").write_text("{")
    return program


def column(program, template: str, *words: str, **options) -> dict[str, str]:
    lines = program.ok("ls", "-f", "{{.Name}}|" + template, *words, **options).splitlines()
    return dict(line.split("|", 1) for line in lines)


def test_rows_in_natural_order(store):
    assert list(column(store, "")) == ALL


def test_quiet_names_in_the_order_of_the_folder(store):
    assert store.ok("ls", "-q").split() == sorted(set(ALL) - {"bro", "empty"})


@pytest.mark.parametrize(("filters", "names"), [
    (["name=^a"], "a a02 a10 a2"), (["name=^a$"], "a"), (["name=(?i)LAB"], "lab"), (["name=bogus"], "miss"),
    (["driver=NONE", "name=x$"], "10x 1x 2x"), (["driver=bogus"], "miss"),
    (["state=running", "name=^s"], "sa sm"), (["state=Stopped"], ""), (["state=error"], "miss"),
    (["swarm=SM"], "sa sm"), (["swarm=zz"], ""), (["swarm=", "name=^a$"], "a"),
    (["label=env=prod"], "lab"), (["label=ENV=prod"], ""), (["LABEL=x=Y=Z"], "lab"), (["label=env"], ""),
    (["name=^sm", "name=lab", "driver=none"], "lab sm"),
])
def test_filters(store, filters, names):
    words = [word for one in filters for word in ("--filter", one)]
    assert store.ok("ls", "-q", *words).split() == names.split()


@pytest.mark.parametrize(("pattern", "error"), [
    ("[", "missing closing ]: `[`"), ("(", "missing closing ): `(`"), ("a)", "unexpected ): `a)`"),
    ("*", "missing argument to repetition operator: `*`"), ("a\\", "trailing backslash at end of expression: ``"),
])
def test_wrong_patterns(store, pattern, error):
    result = store.run("ls", "--filter", "name=" + pattern)
    assert (result.code, result.out, result.err) == (1, "", f"error parsing regexp: {error}\n")


def test_what_cannot_be_read_passes_every_filter(store):
    assert list(column(store, "", "--filter", "name=nothing")) == ["bro", "empty"]


def test_odd_rows(store):
    cells = column(store, "{{.Active}}|{{.DriverName}}|{{.State}}|{{.URL}}|{{.DockerVersion}}|{{.SwarmOptions}}")
    assert cells["bro"] == cells["empty"] == "|not found|Error|||<nil>"
    assert cells["miss"].startswith("-|not-found|Error||Unknown|{")
    errors = column(store, "{{.Error}}")
    assert errors["miss"] == 'Driver "bogus" not found. Do you have the plugin binary accessible in your PATH?'
    assert errors["empty"] and errors["bro"]


def test_no_time_is_a_timeout_for_all_that_could_be_asked(store):
    cells = column(store, "{{.State}}|{{.Active}}|{{.DockerVersion}}|{{.ResponseTime}}|{{.EngineOptions}}", "-t", "0")
    assert {cell for name, cell in cells.items() if name not in ("bro", "empty")} == {"Timeout|||0s|<nil>"}


@pytest.mark.parametrize(("docker_host", "active"), [
    (URL, {"1x", "2x", "10x", "a", "A1", "a2", "a02", "a10", "lab"}), ("tcp://127.0.0.1:3376", {"sm"}),
    ("tcp://127.0.0.1:8", {"sa"}), ("", set()),
])
def test_active(store, docker_host, active):
    cells = column(store, "{{.Active}}", environment={"DOCKER_HOST": docker_host})
    assert {name for name, cell in cells.items() if cell.startswith("*")} == active
    assert cells["sm"] == ("* (swarm)" if active == {"sm"} else "-")


def test_swarm_column(store):
    cells = column(store, "{{.Swarm}}")
    assert (cells["sm"], cells["sa"], cells["a"]) == ("sm (master)", "sm", "")


def test_formats(store):
    one = ["--filter", "name=^lab$", "--filter", "driver=none"]

    def listed(template):
        lines = store.ok("ls", "-f", template, *one)
        return lines

    assert listed("table {{.Name}}\\t{{.State}}") == "NAME    STATE\nbro     Error\nempty   Error\nlab     Running\n"
    assert listed("table{{.Name}}") == "NAME\nbro\nempty\nlab\n"
    assert listed(" table {{.Name}}") == "table bro\ntable empty\ntable lab\n"
    assert listed("  {{.Name}}\\t ") == "bro\t\nempty\t\nlab\t\n"


@pytest.mark.parametrize(("template", "out", "error"), [
    ("{{", "", "template: :2: unclosed action started at :1"),
    ("{{json .}}", "", 'template: :1: function "json" not defined'),
    ("{{.Nope}}", "", 'template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type commands.HostListItem'),
])
def test_wrong_templates(store, template, out, error):
    result = store.run("ls", "-f", template)
    assert (result.code, result.out, result.err) == (1, out, error + "\n")


def test_a_wrong_template_is_told_of_an_empty_store_too(program):
    assert program.run("ls", "-f", "{{").code == 1
    assert not program.store.exists()


def test_json_of_all_rows(store):
    found = json.loads(store.ok("ls", "-f", "json", environment={"DOCKER_HOST": URL}))
    assert [row["name"] for row in found] == ALL
    assert {tuple(row) for row in found} == {(
        "name", "active", "active_swarm", "driver", "state", "url", "address", "swarm", "docker_version", "error",
        "response_ms")}
    rows = {row["name"]: row for row in found}
    assert rows["a"] | {"error": None, "response_ms": 0} == {
        "name": "a", "active": True, "active_swarm": False, "driver": "none", "state": "Running", "url": URL,
        "address": "127.0.0.1:1", "swarm": None, "docker_version": None, "error": None, "response_ms": 0}
    assert rows["sm"]["swarm"] == "sm (master)"
    assert rows["bro"]["state"] == "Error" and rows["bro"]["url"] is None


def test_json_of_an_empty_store(program):
    assert program.ok("ls", "--format", "json") == "[]\n"


def test_inspect_as_json_is_inspect_on_one_line(store):
    line = store.ok("inspect", "--format", "json", "a")
    assert line.count("\n") == 1
    assert json.loads(line) == json.loads(store.ok("inspect", "a"))
    assert list(json.loads(line)) == list(json.loads(store.ok("inspect", "a")))
