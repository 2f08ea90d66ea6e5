# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Container-Optimized OS: Docker in the image, /etc in memory, a packet filter that lets nothing but SSH in."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from tests.clouds.compute_engine import ComputeEngine
from tests.e2e.google.test_main_path import docker
from tests.e2e.program import Program
from tests.lab.cloud_hosts import CloudHosts
from tests.lab.network import METADATA_ADDRESS

NAME = "runner-cos"
OPTIONS = [
    "--driver", "google", "--google-project=demo-project", "--google-zone=europe-north1-a",
    "--google-machine-image=cos-cloud/global/images/family/cos-stable",
    "--engine-registry-mirror=https://mirror.gcr.io", "--engine-label=kind=cos",
]
RULE = "-A INPUT -p tcp -m tcp --dport 2376 -j ACCEPT"


def until_config(program, is_so, limit=60):
    """A machine that was started a moment ago has no engine yet."""
    end = time.monotonic() + limit
    while not is_so(result := program.run("config", NAME)):
        assert time.monotonic() < end, result
        time.sleep(0.5)


def until_config_answers(program):
    until_config(program, lambda result: result.code == 0)


def options_in_force(program):
    info = json.loads(docker(program, NAME, "info", "--format", "{{json .}}"))
    return sorted(info["Labels"]), info["RegistryConfig"]["Mirrors"]


def test_a_reboot_takes_nothing_away(cloud, program):
    result = program.run("create", *OPTIONS, NAME)
    assert (result.code, result.err) == (0, ""), result
    assert "Provisioning with cos..." in result.lines() and "Installing Docker..." not in result.lines()
    machine = cloud.instance(NAME).host.host
    before = options_in_force(program)
    assert before == (["kind=cos", "provider=google"], ["https://mirror.gcr.io/"])
    assert machine.exec("iptables -S INPUT").stdout.splitlines().count(RULE) == 1

    machine.exec("touch /etc/forgotten")
    machine.reset()
    machine.wait_running()
    until_config_answers(program)
    machine.exec("test ! -e /etc/forgotten")
    assert options_in_force(program) == before
    assert machine.exec("iptables -S INPUT").stdout.splitlines().count(RULE) == 1
    assert machine.exec("stat -c %a /etc/docker/server-key.pem /var/lib/dmachine").stdout.split() == ["600", "700"]

    started = machine.exec("systemctl show -P ActiveEnterTimestampMonotonic docker").stdout
    assert program.run("provision", NAME).code == 0
    assert machine.exec("systemctl show -P ActiveEnterTimestampMonotonic docker").stdout == started
    assert program.run("rm", "-y", NAME).code == 0
    assert cloud.is_empty()


@pytest.fixture
def metadata_cloud():
    """Its instances reach their metadata server."""
    with ComputeEngine(CloudHosts(), project="demo-project", metadata=(METADATA_ADDRESS, 80)) as engine:
        yield engine


def attributes(cloud):
    return cloud.instance(NAME).metadata()


def test_certificates_by_metadata_need_no_login(metadata_cloud, tmp_path):
    cloud, program = metadata_cloud, Program(tmp_path / "store", metadata_cloud.environment(), "docker-machine")
    result = program.run("-D", "create", *OPTIONS, "--google-cos-tls-via-metadata", "--google-no-service-account",
                         "--google-cos-docker-network-readiness-gate",
                         "--google-cos-docker-network-readiness-url=https://registry.example.com/v2/", NAME)  # fmt: skip
    machine = cloud.instance(NAME).host.host
    assert result.code == 0, f"{result}\n{machine.journal()[-4000:]}"
    assert not [line for line in result.lines() if "SSH to be available" in line or "provisioner" in line.lower()]
    assert "Accepted publickey" not in machine.journal("ssh")
    before = options_in_force(program)
    assert before == (["kind=cos", "provider=google"], ["https://mirror.gcr.io/"])
    assert machine.exec("iptables -S INPUT").stdout.splitlines().count(RULE) == 1

    folder = program.store / "machines" / NAME
    key = (folder / "server-key.pem").read_text()
    assert machine.exec("cat /etc/docker/server-key.pem").stdout == key
    assert not any(line in result.out + result.err for line in key.splitlines()[1:-1])
    assert key not in attributes(cloud).values(), "the key stays in the cloud"
    assert attributes(cloud)["gitlab-docker-tls-cert"] == (folder / "server.pem").read_text()
    assert attributes(cloud)["gitlab-docker-network-readiness-gate"] == "true"
    assert attributes(cloud)["gitlab-docker-network-readiness-url"] == "https://registry.example.com/v2/"
    assert "serviceAccounts" not in cloud.instance(NAME).body
    names = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", folder / "server.pem"],
                           check=True, capture_output=True, text=True).stdout  # fmt: skip
    assert f"DNS:{NAME}" in names and f"IP Address:{machine.ip}" in names

    machine.reset()
    machine.wait_running()
    until_config_answers(program)
    assert options_in_force(program) == before
    assert machine.exec("stat -c %a /etc/docker/server-key.pem /var/lib/dmachine /etc").stdout.split() == ["600", "700", "755"]

    started = machine.exec("systemctl show -P ActiveEnterTimestampMonotonic docker").stdout
    assert program.run("provision", NAME).code == 0
    assert machine.exec("systemctl show -P ActiveEnterTimestampMonotonic docker").stdout == started

    assert program.run("stop", NAME).code == 0
    for command in ("provision", "regenerate-certs -f"):
        began = time.monotonic()
        stopped = program.run(*command.split(), NAME)
        assert stopped.code == 1 and "Host is not running" in stopped.err and time.monotonic() - began < 30, stopped
    assert program.run("start", NAME).code == 0  # at another address
    until_config(program, lambda result: "certificate is valid for" in result.err)
    assert program.run("provision", NAME).code == 0
    assert program.run("config", NAME).code == 0
    assert options_in_force(program) == before
    assert program.run("rm", "-y", NAME).code == 0
    assert cloud.is_empty()


def test_a_reboot_in_the_middle_of_provisioning(cloud, program):
    child = program.start("create", *OPTIONS, NAME, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in child.stdout:
        if line.startswith("Copying certs to the remote machine"):
            break
    machine = cloud.instance(NAME).host.host
    machine.reset()
    rest = child.communicate(timeout=200)[0]
    machine.wait_running()
    assert program.run("provision", NAME).code == 0, rest
    for _ in range(2):
        until_config_answers(program)
        assert options_in_force(program) == (["kind=cos", "provider=google"], ["https://mirror.gcr.io/"])
        assert machine.exec("iptables -S INPUT").stdout.splitlines().count(RULE) == 1
        machine.reset()
        machine.wait_running()
    assert program.run("rm", "-y", NAME).code == 0
    assert cloud.is_empty()
