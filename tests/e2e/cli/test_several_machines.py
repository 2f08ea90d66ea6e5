# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Commands on several machines, and the machine called default (cli.md sections 4 and 5)."""

from __future__ import annotations

import pytest

ABSENT = 'Docker machine "{}" does not exist. Use "docker-machine ls" to list machines. Use "docker-machine create" to add a new one.'
ANSWERS = {
    "start": ('Starting "{0}"...', 'Machine "{0}" is already running.'),
    "stop": ('Stopping "{0}"...', "hosts without a driver cannot be stopped"),
    "kill": ('Killing "{0}"...', "hosts without a driver cannot be killed"),
    "restart": ('Restarting "{0}"...', "hosts without a driver cannot be restarted"),
}


@pytest.fixture
def machines(machine):
    for name in ("m2", "default"):
        machine.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:2", name)
    return machine


@pytest.mark.parametrize("command", ANSWERS)
def test_the_action_runs_on_all(machines, command):
    begins, fails = ANSWERS[command]
    for names in (["m1"], ["m1", "m2"], []):
        result = machines.run(command, *names)
        asked = names or ["default"]
        assert result.code == 1
        assert sorted(result.lines()) == sorted(begins.format(name) for name in asked)
        assert sorted(result.err.splitlines()) == sorted(fails.format(name) for name in asked)


@pytest.mark.parametrize("command", [[name] for name in (*ANSWERS, "ip", "provision", "upgrade")] + [["regenerate-certs", "-f"]])
def test_one_that_does_not_load_stops_all(machines, command):
    result = machines.run(*command, "x", "m1", "y")
    assert result.code == 1
    assert result.lines() == (["Regenerating TLS certificates"] if len(command) == 2 else [])
    assert sorted(result.err.splitlines()) == [ABSENT.format("x"), ABSENT.format("y")]


@pytest.mark.parametrize("command", [*ANSWERS, "ip", "provision", "upgrade", "url", "status", "config", "inspect", "ssh"])
def test_no_name_and_no_default(machine, command):
    result = machine.run(command)
    assert (result.code, result.err) == (1, 'Error: No machine name(s) specified and no "default" machine exists\n')


def test_ip_of_several(machines):
    assert sorted(machines.ok("ip", "m1", "m2").split()) == ["127.0.0.1:1", "127.0.0.1:2"]
    assert machines.ok("ip") == "127.0.0.1:2\n"


def test_config_takes_the_first_name_and_no_more(machines):
    assert machines.run("config", "m1", "x").err == machines.run("config", "m1").err


@pytest.mark.parametrize(("answer", "code", "error"), [
    ("n\n", 0, ""), ("no", 0, ""), ("x y\n", 1, "expected newline\n"), ("", 1, "EOF\n"), ("\n", 1, "unexpected newline\n"),
])  # fmt: skip
def test_regenerate_certs_asks(machine, answer, code, error):
    result = machine.run("regenerate-certs", "m1", stdin=answer)
    assert (result.code, result.err) == (code, error)
    assert result.out == "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): "


def test_regenerate_certs_of_an_absent_machine(machine):
    result = machine.run("regenerate-certs", "x", stdin=" Yes\n")
    assert result.out.endswith("(y/n): Regenerating TLS certificates\n")
    assert (result.code, result.err) == (1, ABSENT.format("x") + "\n")
