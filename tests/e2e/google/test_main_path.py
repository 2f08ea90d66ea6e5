# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""From an API key to a container and back to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from pathlib import Path

from tests.clouds.compute_engine import ComputeEngine
from tests.e2e.program import Program
from tests.lab.images import Images
from tests.runner_replay.sites.google import SomeRealHosts

NAME = "runner-wm4hpnge-auto-scale-runner-1700000000-0a1b2c3d"
# As a published how-to gives them to gitlab-runner, in this order.
OPTIONS = [
    "--driver", "google", "--google-project=demo-project", "--google-machine-type=e2-highcpu-2",
    "--google-machine-image=ubuntu-os-cloud/global/images/ubuntu-2004-focal-v20210510", "--google-preemptible=true",
    "--google-zone=europe-north1-a", "--engine-registry-mirror=https://mirror.gcr.io",
]
LINES = [
    "Running pre-create checks...",
    f"({NAME}) Check that the project exists",
    f"({NAME}) Check if the instance already exists",
    "Creating machine...",
    f"({NAME}) Generating SSH Key",
    f"({NAME}) Creating host...",
    f"({NAME}) Opening firewall ports",
    f"({NAME}) Creating instance",
    f"({NAME}) Waiting for Instance",
    "Waiting for machine to be running, this may take a few minutes...",
    "Detecting operating system of created instance...",
    "Waiting for SSH to be available...",
    "Detecting the provisioner...",
    "Provisioning with ubuntu(systemd)...",
    "Installing Docker...",
    "Copying certs to the local machine directory...",
    "Copying certs to the remote machine...",
    "Setting Docker configuration on the remote daemon...",
    "Checking connection to Docker...",
    "Docker is up and running!",
]


def create(program, name=NAME, **more):
    return program.run("--bugsnag-api-token=no-report", "create", *OPTIONS, name, **more)


def docker(program, name, *words):
    """The docker client with the environment from `env`."""
    text = program.ok("env", "--shell", "sh", name)
    pairs = dict(line.removeprefix("export ").split("=", 1) for line in text.splitlines() if line.startswith("export "))
    done = subprocess.run([Images.current().docker_client, *words], check=True, text=True, stdout=subprocess.PIPE,
                          env=os.environ | {key: value.strip('"') for key, value in pairs.items()})
    return done.stdout


def in_order(wanted, lines):
    rest = iter(lines)
    missing = [line for line in wanted if line not in rest]
    assert not missing, f"missing or out of order: {missing}\n" + "\n".join(lines)


def test_the_published_configuration_works_in_a_project_without_a_rule(cloud, program):
    result = create(program)
    assert (result.code, result.err) == (0, ""), result
    in_order(LINES, result.lines())
    config = json.loads((program.store / "machines" / NAME / "config.json").read_text())
    assert config["Driver"]["Zone"] == "europe-north1-a"
    assert config["Driver"]["MachineType"] == "e2-highcpu-2"
    assert config["Driver"]["Preemptible"] is True

    assert "https://mirror.gcr.io/" in docker(program, NAME, "info")
    docker(program, NAME, "import", str(Images.current().image_tar), "box")
    assert docker(program, NAME, "run", "--rm", "box", "/bin/busybox", "echo", "hello") == "hello\n"
    assert program.ok("ssh", NAME, "hostname").strip() == NAME
    assert program.run("--native-ssh", "ssh", NAME, "exit 7").err == "Process exited with status 7\n"
    assert program.run("ssh", NAME, "exit 7").err == "exit status 7\n"

    cloud.forget_calls()
    for words in (["config"], ["url"], ["ip"], ["inspect"], ["env", "--shell", "sh"]):
        program.ok(*words, NAME)
    assert [call.path for call in cloud.calls(None)] == []  # a machine that answers needs no cloud

    assert program.ok("rm", "-y", NAME).endswith(f"Successfully removed {NAME}\n")
    assert cloud.is_empty(), cloud.state()
    assert os.listdir(program.store / "machines") == []


def test_provision_changes_nothing_on_a_good_host(cloud, program):
    assert create(program).code == 0
    host = cloud.instance(NAME).host.host
    started = host.exec("systemctl show -p ActiveEnterTimestampMonotonic docker").stdout
    assert program.run("provision", NAME).code == 0
    assert host.exec("systemctl show -p ActiveEnterTimestampMonotonic docker").stdout == started
    assert program.run("config", NAME).code == 0


def test_stop_start_restart_kill(cloud, program):
    assert create(program).code == 0
    assert program.ok("stop", NAME).splitlines() == [f'Stopping "{NAME}"...', f"({NAME}) Waiting for instance to stop.",
                                                     f'Machine "{NAME}" was stopped.']
    assert program.ok("status", NAME) == "Stopped\n"
    assert program.run("url", NAME).err == "Host is not running\n"
    assert program.run("stop", NAME).err == f'Machine "{NAME}" is already stopped.\n'
    assert program.run("ssh", NAME, "true").err == f'Error: Cannot run SSH command: Host "{NAME}" is not running\n'
    assert program.run("start", NAME).code == 0
    assert program.run("ssh", NAME, "true").code == 0
    assert program.run("provision", NAME).code == 0  # the address is new, so the certificate has to be
    assert program.run("config", NAME).code == 0
    assert program.run("restart", NAME).code == 0
    assert program.run("config", NAME).code == 0
    assert program.run("kill", NAME).code == 0
    assert program.run("rm", "-y", NAME).code == 0
    assert cloud.is_empty()


def test_an_address_that_changed_behind_our_back_is_noticed(cloud, program):
    assert create(program).code == 0
    before = program.ok("ip", NAME)
    cloud.preempt(NAME)
    assert program.ok("status", NAME) == "Stopped\n"
    assert program.run("start", NAME).code == 0
    assert program.ok("ip", NAME) != before
    assert program.ok("url", NAME) == f"tcp://{program.ok('ip', NAME).strip()}:2376\n"


class ArgvWatcher(threading.Thread):
    """Collects the command lines of all processes of this world while it runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self._stop_it = threading.Event()

    def run(self):
        while not self._stop_it.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:
                    pass
            time.sleep(0.002)

    def finish(self) -> bytes:
        self._stop_it.set()
        self.join()
        return b"\n".join(self.seen)


def test_no_secret_in_output_or_argv(cloud, program):
    watcher = ArgvWatcher()
    watcher.start()
    said = ""
    for words in (["create", *OPTIONS, "--engine-env=PROXY_PASSWORD=planted-engine-secret", NAME], ["config", NAME],
                  ["inspect", NAME, "-f", "{{.Name}}"], ["ssh", NAME, "true"], ["--native-ssh", "ssh", NAME, "true"],
                  ["provision", NAME], ["stop", NAME], ["rm", "-y", NAME]):
        if words[0] == "stop":
            folder = program.store / "machines" / NAME
            keys = [folder / "id_rsa", folder / "key.pem", folder / "server-key.pem", program.store / "certs" / "ca-key.pem",
                    program.store / "certs" / "key.pem"]
            private = [line for key in keys for line in key.read_text().splitlines() if len(line) == 64]
        result = program.run("--debug", *words)
        assert result.code == 0, result
        said += result.out + result.err
    argv = watcher.finish().decode(errors="replace")
    assert NAME in argv  # the watcher saw something
    assert "Docker Machine Version" in said
    secrets = [*cloud.secrets(), *private]
    assert len(secrets) > 50
    for secret in secrets:
        assert secret not in said
        assert secret not in argv
    assert "planted-engine-secret" not in said
    # It stands in the argv of our own command line, as the user gave it; no child may repeat it.
    assert all("create" in line for line in argv.split("\n") if "planted-engine-secret" in line)


def test_twenty_creates_at_once_into_an_empty_store(tmp_path):
    """Eight instances are real hosts, the others are addresses that refuse: those creates are stopped by TERM."""
    hosts = SomeRealHosts()
    hosts.limit = 8
    with ComputeEngine(hosts, project="demo-project") as cloud:
        create_twenty(cloud, hosts, Program(tmp_path / "store", cloud.environment(), "docker-machine"))


def create_twenty(cloud, hosts, program):
    names = [f"many-{i}" for i in range(20)]
    children = {name: program.start("create", *OPTIONS, name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT) for name in names}
    deadline = time.monotonic() + 180
    while len(cloud.state()["instances"]) < 20 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(cloud.state()["instances"]) == 20
    assert sorted(program.ok("ls", "-q").split()) == sorted(names)
    good = []
    for name in hosts.booted:
        output = children[name].communicate(timeout=180)[0]
        assert children[name].returncode == 0, output
        good.append(name)
    assert len(good) == 8
    for name in set(names) - set(good):
        children[name].terminate()
    for name in set(names) - set(good):
        children[name].communicate(timeout=90)
    certs = program.store / "certs"
    subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", certs / "ca.pem", certs / "cert.pem"], check=True,
                   stdout=subprocess.DEVNULL)
    for name in good:
        assert program.run("config", name).code == 0
    removals = [program.start("rm", "-y", name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for name in good]
    assert [child.wait(120) for child in removals] == [0] * 8
    assert cloud.is_empty(), cloud.state()
    assert os.listdir(program.store / "machines") == []
