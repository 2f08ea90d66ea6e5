# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What commands print about a machine whose engine answers: env, config, url, ip, version, active, ls (cli.md sections 8, 9)."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.lab.images import Images

SHELLS = {
    "bash": ('export {0}="{1}"', "# ", "# eval $({0})"),
    "csh": ('export {0}="{1}"', "# ", "# eval $({0})"),
    "fish": ('set -gx {0} "{1}";', "# ", "# eval ({0})"),
    "powershell": ('$Env:{0} = "{1}"', "# ", "# & {0} | Invoke-Expression"),
    "cmd": ("SET {0}={1}", "REM ", "REM \t@FOR /f \"tokens=*\" %i IN ('{0}') DO @%i"),
    "tcsh": ('setenv {0} "{1}";', ": ", ": eval `{0}`"),
    "emacs": ('(setenv "{0}" "{1}")', ";; ", ';; (with-temp-buffer (shell-command "{0}" (current-buffer)) (eval-buffer))'),
}


def variables(fleet):
    return [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_HOST", f"tcp://{fleet.hosts['a'].ip}:2376"),
            ("DOCKER_CERT_PATH", str(fleet.program.store / "machines/a")), ("DOCKER_MACHINE_NAME", "a")]  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
def test_env_in_every_shell(fleet, shell):
    form, comment, hint = SHELLS[shell]
    expected = [form.format(*pair) for pair in variables(fleet)] + [comment + "Run this command to configure your shell: "]
    words = ["env", "--shell", shell, "a"]
    assert fleet.program.ok(*words).split("\n") == [*expected, hint.format("docker-machine " + " ".join(words)), ""]
    assert fleet.program.ok("env", "a", environment={"SHELL": f"/usr/bin/{shell}"}).split("\n") == [
        *expected, hint.format("docker-machine env a"), ""]  # fmt: skip


@pytest.mark.parametrize(("before", "name", "after"), [
    ({}, "NO_PROXY", "{ip}"),
    ({"NO_PROXY": "x"}, "NO_PROXY", "x,{ip}"),
    ({"no_proxy": "y", "NO_PROXY": "x"}, "no_proxy", "y,{ip}"),
    ({"no_proxy": "y,{ip}"}, "no_proxy", "y,{ip}"),
])  # fmt: skip
def test_env_no_proxy(fleet, before, name, after):
    ip = fleet.hosts["a"].ip
    before = {key: value.format(ip=ip) for key, value in before.items()}
    lines = fleet.program.ok("env", "--no-proxy", "--shell", "sh", "a", environment=before).split("\n")
    assert lines[4] == f'export {name}="{after.format(ip=ip)}"'


def test_env_and_config_take_the_docker_client_there(fleet):
    text = fleet.program.ok("env", "--shell", "sh", "a")
    pairs = dict(line.removeprefix("export ").split("=", 1) for line in text.splitlines() if line.startswith("export "))
    client = str(Images.current().docker_client)
    words = [client, "version", "--format", "{{.Server.Os}}"]
    environment = os.environ | {key: value.strip('"') for key, value in pairs.items()}
    assert subprocess.run(words, env=environment, check=True, text=True, stdout=subprocess.PIPE).stdout == "linux\n"
    config = fleet.program.ok("config", "a")
    folder = fleet.program.store / "machines/a"
    assert config.split("\n") == ["--tlsverify", f'--tlscacert="{folder}/ca.pem"', f'--tlscert="{folder}/cert.pem"',
                                  f'--tlskey="{folder}/key.pem"', f"-H=tcp://{fleet.hosts['a'].ip}:2376", ""]  # fmt: skip
    script = "eval \"$CLIENT $(cat) version --format '{{.Server.Os}}'\""  # the paths are quoted and may hold blanks
    done = subprocess.run(["sh", "-c", script], env=os.environ | {"CLIENT": client}, input=config.replace("\n", " "),
                          check=True, text=True, stdout=subprocess.PIPE)  # fmt: skip
    assert done.stdout == "linux\n"


def test_only_a_swarm_master_has_swarm_settings(fleet):
    for command, doing in (("env", "Error checking TLS connection"), ("config", "Error running connection boilerplate")):
        result = fleet.program.run(command, "--swarm", "a", environment={"SHELL": "/bin/sh"})
        assert (result.code, result.out) == (1, "")
        assert result.err == f'{doing}: "a" is not a swarm master. The --swarm flag is intended for use with swarm masters\n'


def test_a_machine_is_asked_for_itself(fleet):
    ip = fleet.hosts["a"].ip
    assert fleet.program.ok("url", "a") == f"tcp://{ip}:2376\n"
    assert fleet.program.ok("ip", "a") == f"{ip}\n"
    assert fleet.program.ok("status", "a") == "Running\n"
    version = fleet.hosts["a"].exec("docker version --format '{{.Server.Version}}'").stdout
    assert fleet.program.ok("version", "a") == version
    rows = fleet.program.ok("ls").splitlines()
    assert rows[1].split() == ["a", "-", "generic", "Running", f"tcp://{ip}:2376", f"v{version.strip()}"]
    assert fleet.program.ok("ls", "--filter", "state=running", "-q") == "a\nb\n"


def test_active(fleet):
    environment = {"DOCKER_HOST": f"tcp://{fleet.hosts['b'].ip}:2376"}
    for option in ([], ["-t", "20"], ["--timeout=20"]):
        assert fleet.program.ok("active", *option, environment=environment) == "b\n"
    assert fleet.program.ok("ls", "-f", "{{.Name}}{{.Active}}", environment=environment) == "a-\nb*\n"
    result = fleet.program.run("active", "-t", "0", environment=environment)
    assert (result.code, result.err) == (1, "Error getting active host: timeout\n")


def test_ssh_words_are_ssh_s(fleet):
    program = fleet.program
    assert program.ok("ssh", "a", "hostname") == "a\n"
    assert program.ok("ssh", "a", "--", "echo", "a  b") == "a b\n"  # joined by blanks, as ssh does
    assert program.ok("ssh", "a", "-n", "echo 'a  b'; id -un") == "a  b\nubuntu\n"
    assert program.run("ssh", "a", "cat >&2; exit 4", stdin="x\n").err == "x\nexit status 4\n"
    assert program.ok("--native-ssh", "ssh", "b", "hostname") == "b\n"
    assert program.run("--native-ssh", "ssh", "b", "exit 4").err == "Process exited with status 4\n"


@pytest.mark.parametrize("command", ["start", "stop", "kill"])
def test_a_generic_host_is_not_ours_to_switch(fleet, command):
    result = fleet.program.run(command, "a")
    assert result.code == 1
    said = {"start": 'Machine "a" is already running.\n', "stop": "generic driver does not support stop\n",
            "kill": "generic driver does not support kill\n"}  # fmt: skip
    assert result.err == said[command]


def test_a_swarm_master_s_settings(fleet):
    file = fleet.program.store / "machines/a/config.json"
    kept = file.read_text()
    try:
        master = kept.replace('"Master": false', '"Master": true', 1)
        file.write_text(master)
        result = fleet.program.run("config", "--swarm", "a")
        assert (result.code, result.err) == (
            1, "Error running connection boilerplate: Connection to Swarm cannot be checked but the certs are valid. "
               "Maybe swarm is not started\n")  # fmt: skip
        file.write_text(master.replace("tcp://0.0.0.0:3376", "tcp://0.0.0.0:2376"))
        url = f"tcp://{fleet.hosts['a'].ip}:2376"
        assert fleet.program.ok("config", "--swarm", "a").endswith(f"-H={url}\n")
        assert f'export DOCKER_HOST="{url}"\n' in fleet.program.ok("env", "--swarm", "--shell", "sh", "a")
    finally:
        file.write_text(kept)
