# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""ls beside what the reference was seen to print (cli.md section 8), and swarm settings of machines that do not answer."""

from __future__ import annotations

import pytest


@pytest.fixture
def swarm(program):
    program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:5", "--swarm-master", "--swarm-discovery", "token://1",
               "--engine-label", "k=V", "sm")  # fmt: skip
    program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:6", "--swarm", "--swarm-discovery", "token://1", "A2")
    program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:7", "a10")
    return program


@pytest.mark.parametrize(("filters", "names"), [
    (["name=a"], ["a10"]), (["name=(?i)a"], ["A2", "a10"]), (["name=^a\\d+$"], ["a10"]), (["name=a{2"], []),
    (["NAME=2", "name=s"], ["A2", "sm"]), (["driver=NONE"], ["A2", "a10", "sm"]), (["driver=x"], []),
    (["state=running"], ["A2", "a10", "sm"]), (["state=Stopped"], []), (["swarm=SM"], ["A2", "sm"]),
    (["label=k=v"], ["sm"]), (["label=K=V"], []), (["label=k"], []), (["swarm=sm", "name=2"], ["A2"]),
])  # fmt: skip
def test_filters(swarm, filters, names):
    words = [word for one in filters for word in ("--filter", one)]
    assert swarm.ok("ls", "-q", *words).split() == names


def test_a_bad_expression(swarm):
    result = swarm.run("ls", "--filter", "name=[")
    assert (result.code, result.out, result.err) == (1, "", "error parsing regexp: missing closing ]: `[`\n")


@pytest.mark.parametrize(("template", "out"), [
    ("{{.Name}}", "A2\na10\nsm\n"),
    ("  {{.Name}} {{.Swarm}}.  ", "A2 sm.\na10 .\nsm sm (master).\n"),
    ("table {{.Name}}\\t{{.URL}}", "NAME   URL\nA2     tcp://127.0.0.1:6\na10    tcp://127.0.0.1:7\nsm     tcp://127.0.0.1:5\n"),
    ("table{{.Name}}", "NAME\nA2\na10\nsm\n"),
    ("table\t{{.Name}}", "     NAME\n     A2\n     a10\n     sm\n"),
    ("{{.EngineOptions.Labels}}{{.EngineOptions.TLSVerify}}", "[]true\n[]true\n[k=V]true\n"),
    ("{{printf \"%d %s\" .State .State}}", "1 Running\n" * 3),
    ("{{.ActiveHost}}{{.ActiveSwarm}}{{.Active}}", "falsefalse-\n" * 2 + "falsetrue* (swarm)\n"),
])  # fmt: skip
def test_formats(swarm, template, out):
    assert swarm.ok("ls", "--format", template, environment={"DOCKER_HOST": "tcp://127.0.0.1:3376"}) == out


@pytest.mark.parametrize("option", [["-t", "0"], ["--timeout=0"]])
def test_machines_that_time_out_show_their_name_and_driver(swarm, option):
    template = "{{.Name}}|{{.DriverName}}|{{.State}}|{{.ResponseTime}}|{{.Swarm}}{{.Active}}{{.URL}}{{.DockerVersion}}{{.Error}}"
    assert swarm.ok("ls", *option, "-f", template) == "".join(f"{name}|none|Timeout|0s|\n" for name in ("A2", "a10", "sm"))


@pytest.mark.parametrize(("command", "doing"), [
    ("env", "Error checking TLS connection"), ("config", "Error running connection boilerplate"),
])  # fmt: skip
def test_swarm_settings_ask_the_swarm(swarm, command, doing):
    shell = {"SHELL": "/bin/sh"}
    result = swarm.run(command, "--swarm", "a10", environment=shell)
    assert (result.code, result.err) == (
        1, f'{doing}: "a10" is not a swarm master. The --swarm flag is intended for use with swarm masters\n')  # fmt: skip
    result = swarm.run(command, "--swarm", "sm", environment=shell)
    assert result.code == 1
    assert result.err.startswith(f"{doing}: Error checking and/or regenerating the certs: There was an error validating "
                                 'certificates for host "127.0.0.1:3376": ')  # fmt: skip
