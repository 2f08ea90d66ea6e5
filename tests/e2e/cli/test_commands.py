# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Exit codes, streams and texts of the commands, on machines that need no host (cli.md)."""

from __future__ import annotations

import json
import os
import stat
import subprocess

import pytest

ABSENT = ('Docker machine "x" does not exist. Use "docker-machine ls" to list machines. '
          'Use "docker-machine create" to add a new one.\n')


def test_first_create_prints_the_reference_lines(program):
    result = program.run("create", "-d", "none", "--url", "tcp://127.0.0.1:1", "m1")
    certs = program.store / "certs"
    assert result.lines() == [
        f"Creating CA: {certs}/ca.pem",
        f"Creating client certificate: {certs}/cert.pem",
        "Running pre-create checks...",
        "Creating machine...",
        "To see how to connect your Docker Client to the Docker Engine running on this virtual machine, run: dmachine env m1",
    ]
    assert (result.code, result.err) == (0, "")


def test_the_store_has_the_reference_modes(machine):
    def mode(path):
        return stat.S_IMODE(os.stat(machine.store / path).st_mode)

    assert [mode(path) for path in (".", "certs", "machines", "machines/m1")] == [0o700] * 4
    assert mode("machines/m1/config.json") == 0o600
    assert mode("certs/ca-key.pem") == mode("certs/key.pem") == 0o600
    assert mode("certs/ca.pem") == mode("certs/cert.pem") == 0o644
    assert sorted(os.listdir(machine.store / "machines")) == ["m1"]
    assert os.listdir(machine.store / "machines/m1") == ["config.json"]


def test_a_machine_of_the_same_name_is_refused(machine):
    result = machine.run("create", "-d", "none", "--url", "u", "m1")
    assert (result.code, result.out, result.err) == (1, "", 'Docker machine "m1" already exists\n')


@pytest.mark.parametrize(("words", "code", "error"), [
    (["url", "x"], 1, ABSENT),
    (["status", "x"], 1, ABSENT),
    (["inspect", "x"], 1, ABSENT),
    (["config", "x"], 1, ABSENT),
    (["ssh", "x"], 1, ABSENT),
    (["rm", "-y", "x"], 1, 'Error removing host "x": ' + ABSENT),
    (["rm", "-f", "x"], 0, 'Error removing host "x": ' + ABSENT + 'Can\'t remove "x"\n'),
    (["url"], 1, 'Error: No machine name(s) specified and no "default" machine exists\n'),
    (["url", "a", "b"], 1, "Error: Expected one machine name as an argument\n"),
    (["rm"], 1, "Error: Expected to get one or more machine names as arguments\n"),
    (["active", "x"], 1, "Error: Too many arguments given\n"),
    (["active"], 1, "No active host found\n"),
    (["nosuch"], 1, "dmachine: 'nosuch' is not a dmachine command. See 'dmachine --help'.\n"),
    (["help", "nosuch"], 1, "dmachine: 'nosuch' is not a dmachine command. See 'dmachine --help'.\n"),
    (["ls", "--nosuch"], 0, "flag provided but not defined: -nosuch\n"),
    (["rm", "--nosuch", "-y", "x"], 0, "flag provided but not defined: -nosuch\n"),
    (["--nosuch", "ls"], 0, "flag provided but not defined: -nosuch\n"),
    (["create", "-d", "none", "--nosuch", "x"], 1, "flag provided but not defined: -nosuch\n"),
    (["create", "-d", "none", "--url"], 1, "flag needs an argument: -url\n"),
    (["create", "-d", "none", "x", "--url", "u", "y"], 1, "Invalid command line. Found extra arguments [--url u y]\n"),
    (["create", "-d", "none", "--url", "u"], 1, "Error: No machine name specified\n"),
    (["create", "-d", "none", "--url", "u", "a_b"], 1,
     "Error creating machine: Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -\n"),
    (["ls", "--filter", "foo"], 1, "Unsupported filter syntax\n"),
    (["ls", "--filter", "Foo=1"], 1, "Unsupported filter key 'foo'\n"),
    (["env", "-u", "x"], 1, "Error: Expected no machine name when the -u flag is present\n"),
    (["create", "-d", "none", "--url", "u", "--swarm-discovery", "x", "m"], 1,
     "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: x\n"),
])
def test_failures(program, words, code, error):
    result = program.run(*words)
    assert (result.code, result.err) == (code, error)
    assert not (program.store / "machines" / "x").exists()


def test_an_unknown_driver_names_the_plugin(program):
    result = program.run("create", "-d", "hetzner", "m1")
    assert result.code == 1
    assert result.err.startswith('Driver "hetzner" not found. Do you have the plugin binary '
                                 '"docker-machine-driver-hetzner" accessible in your PATH?')


def test_words_in_the_reference_order(program):
    program.ok("create", "m1", "-d", "none", "--url", "tcp://h:1")
    program.ok("create", "-driver=none", "--driver", "none", "-url=tcp://h:1", "m2")
    assert program.ok("inspect", "m1", "-f", "{{.Name}}") == "m1\n"
    assert program.run("rm", "m1", "-y", "m2").lines()[0] == "About to remove m2, m1"


def test_a_boolean_never_takes_the_next_word(program):
    result = program.run("create", "-d", "none", "--url", "u", "--swarm", "true", "x")
    assert result.err == "Invalid command line. Found extra arguments [x]\n"


def test_rm_asks_and_takes_a_no(machine):
    for answer in ("n\n", "", "\n", "y y\n"):
        result = machine.run("rm", "m1", stdin=answer)
        assert (result.code, result.err) == (0, "")
        assert result.out == ("About to remove m1\nWARNING: This action will delete both local reference and "
                              "remote instance.\nAre you sure? (y/n): ")
        assert (machine.store / "machines/m1").exists()
    assert machine.run("rm", "m1", stdin="Yes").out.endswith("(y/n): Successfully removed m1\n")
    assert os.listdir(machine.store / "machines") == []


@pytest.mark.parametrize("name", ["", ".", "..", "../machines/m1", "m1/", "/m1"])
def test_rm_reaches_nothing_but_machines(machine, name):
    assert machine.run("rm", "-f", name).code == 0
    assert machine.run("rm", "-y", name).code == 1
    assert (machine.store / "machines/m1/config.json").exists()
    assert (machine.store / "certs/ca-key.pem").exists()


def test_reading_commands(machine):
    assert machine.ok("url", "m1") == "tcp://127.0.0.1:1\n"
    assert machine.ok("status", "m1") == "Running\n"
    assert machine.ok("ip", "m1") == "127.0.0.1:1\n"
    assert machine.ok("inspect", "m1", "-f", "{{.HostOptions.AuthOptions.StorePath}}") == f"{machine.store}/machines/m1\n"
    assert json.loads(machine.ok("inspect", "m1")) == json.loads((machine.store / "machines/m1/config.json").read_text())
    assert machine.ok("inspect", "m1", "-f", "{{.HostOptions.Memory}} {{.nope.nope}} {{json .Name}}") == \
        '0 <no value> "m1"\n'


def test_the_default_machine(program):
    program.ok("create", "-d", "none", "--url", "tcp://h:7", "default")
    assert program.ok("url") == "tcp://h:7\n"
    assert program.ok("inspect", "-f", "{{.Name}}") == "default\n"


def test_template_errors_are_go_s(machine):
    result = machine.run("inspect", "m1", "-f", "{{.Name.Foo}}")
    assert (result.code, result.err) == (1, 'template: :1:7: executing "" at <.Name.Foo>: '
                                            "can't evaluate field Foo in type interface {}\n")
    result = machine.run("inspect", "m1", "-f", "{{")
    assert (result.code, result.err) == (1, "template parsing error: template: :1: unclosed action\n")


def test_config_of_a_silent_engine(machine):
    result = machine.run("config", "m1")
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        'Error running connection boilerplate: Error checking and/or regenerating the certs: There was an error '
        'validating certificates for host "127.0.0.1:1": dial tcp 127.0.0.1:1: connect: connection refused\n'
        "You can attempt to regenerate them using 'docker-machine regenerate-certs [name]'.\n"
        "Be advised that this will trigger a Docker daemon restart which might stop running containers.\n\n")


def test_ls(machine):
    machine.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:2", "m10")
    machine.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:2", "--engine-label", "k=V", "m2")
    (machine.store / "machines/broken").mkdir()
    assert machine.ok("ls", "-q") == "m1\nm10\nm2\n"
    assert machine.ok("ls", "-q", "--filter", "label=k=v") == "m2\n"
    assert machine.ok("ls", "-q", "--filter", "name=m1", "--filter", "driver=NONE") == "m1\nm10\n"
    rows = machine.ok("ls").splitlines()
    assert [row.split()[0] for row in rows] == ["NAME", "broken", "m1", "m2", "m10"]
    assert rows[1].split()[1:4] == ["not", "found", "Error"]
    assert rows[2].split()[:5] == ["m1", "-", "none", "Running", "tcp://127.0.0.1:1"]
    assert machine.ok("ls", "--format", r"{{.Name}}\t{{.State}}|{{printf \"%d\" .State}}".replace('\\"', '"')).splitlines()[1] \
        == "m1\tRunning|1"
    assert machine.ok("ls", "--format", "table {{.Name}}: {{.DriverName}}").splitlines()[:2] == ["NAME: DRIVER", "broken: not found"]
    active = machine.ok("ls", "-f", "{{.Name}} {{.Active}}", environment={"DOCKER_HOST": "tcp://127.0.0.1:1"})
    assert "m1 *\n" in active and "m2 -\n" in active
    assert machine.ok("active", environment={"DOCKER_HOST": "tcp://127.0.0.1:1"}) == "m1\n"


def test_an_empty_store_lists_nothing_and_stays_absent(program):
    assert program.ok("ls").split() == "NAME ACTIVE DRIVER STATE URL SWARM DOCKER ERRORS".split()
    assert program.ok("ls", "-q") == ""
    assert not program.store.exists()


def test_env_unset_in_every_shell(program):
    names = ["DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME"]
    forms = {"bash": "unset {}", "fish": "set -e {};", "powershell": "Remove-Item Env:\\\\{}", "cmd": "SET {}=",
             "tcsh": "unsetenv {};", "emacs": '(setenv "{}" nil)'}
    for shell, form in forms.items():
        lines = program.ok("env", "-u", "--shell", shell).splitlines()
        assert lines[:4] == [form.format(name) for name in names]
    assert program.ok("env", "-u", environment={"SHELL": "/bin/zsh"}).splitlines()[4:] == [
        "# Run this command to configure your shell: ", "# eval $(dmachine env -u)"]
    result = program.run("env", "-u")
    assert (result.code, result.err) == (1, "Error: Unknown shell\n")


def test_help_and_version(program):
    assert program.ok().startswith("Usage: dmachine [OPTIONS] COMMAND [arg...]\n")
    assert program.ok("help") == program.ok() == program.ok("-h")
    assert program.ok("help", "rm") == program.ok("rm", "--help")
    assert "--google-zone" in program.ok("create", "--driver", "google", "--help")
    program.name = "docker-machine"
    assert program.ok("--version").startswith("docker-machine version ")
    assert program.ok("version") == program.ok("-v")
    assert not program.store.exists()


def test_debug_by_word_and_by_variable(machine):
    first = "Docker Machine Version:  "
    assert machine.run("url", "m1", "-D").err.startswith(first) or machine.run("-D", "url", "m1").err.startswith(first)
    assert machine.run("url", "m1", environment={"MACHINE_DEBUG": "true"}).out == "tcp://127.0.0.1:1\n"
    assert machine.run("-D", "url", "m1", environment={"MACHINE_DEBUG": "false"}).err == ""
    result = machine.run("url", "m1", environment={"MACHINE_DEBUG": "maybe"})
    assert (result.code, result.err) == (1, 'Error parsing boolean value from MACHINE_DEBUG: strconv.ParseBool: '
                                            'parsing "maybe": invalid syntax\n')


def test_closed_pipes_are_no_error(program):
    for closed in ("out", "err"):
        read, write = os.pipe()
        os.close(read)
        name = f"m-{closed}"
        child = program.start("create", "-d", "none", "--url", "u", name, stdin=subprocess.DEVNULL,
                              stdout=write if closed == "out" else subprocess.DEVNULL,
                              stderr=write if closed == "err" else subprocess.DEVNULL)
        os.close(write)
        assert child.wait(60) == 0
        assert (program.store / "machines" / name / "config.json").exists()


def test_a_store_without_write_permission(program, tmp_path):
    (tmp_path / "file").write_text("")
    result = program.run("-s", str(tmp_path / "file" / "store"), "create", "-d", "none", "--url", "u", "m1")
    assert result.code == 1
    assert "not a directory" in result.err
    assert result.err.count("\n") == 1


def test_twenty_first_creates_at_once(program):
    children = [program.start("create", "-d", "none", "--url", "u", f"m{i}", stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for i in range(20)]
    for child in children:
        error = child.communicate(timeout=120)[1]
        assert (child.returncode, error) == (0, "")
    certs = program.store / "certs"
    subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", certs / "ca.pem", certs / "cert.pem"], check=True,
                   stdout=subprocess.DEVNULL)
    assert len(program.ok("ls", "-q").splitlines()) == 20
