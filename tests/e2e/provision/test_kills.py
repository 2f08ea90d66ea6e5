# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What is left of a create by a kill at any point is mended by `provision`. One host serves many points."""

from __future__ import annotations

import re
import subprocess
import time

import pytest

from tests.e2e.program import Program
from tests.e2e.provision.rig import DROP_IN, engine_process
from tests.lab.install_script import InstallScripts

# Lines of `create --debug`, in their order; the thing happens as soon as one shows.
POINTS = [
    r"Waiting for SSH to be available",
    r"Detecting the provisioner",
    r"hostname: .*hostname changed",
    r"hostname: took",
    r"install: took",
    r"certs: /etc/docker/ca.pem changed",
    r"certs: /etc/docker/server-key.pem changed",
    r"config: .*10-machine.conf changed",
    r"engine: the Docker daemon was told to restart",
    r"engine: took",
]

# As an image with Docker leaves it.
FRESH = f"""\
systemctl stop docker.service docker.socket
rm -rf {DROP_IN} /etc/docker/*.pem
hostname other; echo other >/etc/hostname; sed -i '/[[:space:]]m$/d' /etc/hosts
systemctl daemon-reload; systemctl reset-failed docker.service docker.socket
systemctl start docker.socket docker.service
"""


class Create:
    """`create` of machine m until a line shows."""

    def __init__(self, program: Program, host, key, *options: str) -> None:
        self.child = program.start(
            "--debug", "create", "-d", "generic", "--generic-ip-address", host.ip, "--generic-ssh-user", "ubuntu",
            "--generic-ssh-key", str(key), *options, "m", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        self.out = ""

    def until(self, pattern: str) -> None:
        for line in self.child.stdout:
            self.out += line
            if re.search(pattern, line):
                return
        raise AssertionError(f"no line with {pattern}:\n{self.out}")

    def kill(self) -> None:
        self.child.kill()
        self.child.communicate()
        assert self.child.returncode == -9

    def end(self) -> int:
        self.out += self.child.communicate(timeout=120)[0]
        return self.child.returncode


@pytest.fixture
def program(tmp_path) -> Program:
    return Program(tmp_path / "store", name="docker-machine")


def check_good(program: Program, host) -> None:
    """The engine answers the machine's own certificates, and another provision changes nothing."""
    assert program.run("config", "m").code == 0
    started = engine_process(host)[0]
    assert program.run("provision", "m").code == 0
    assert engine_process(host)[0] == started


def mend(program: Program, host, *, last: bool = True) -> None:
    result = program.run("provision", "m")
    assert result.code == 0, f"{result}\n{host.journal('docker')[-2000:]}"
    assert program.run("config", "m").code == 0
    if last:
        check_good(program, host)
    program.run("rm", "-f", "m")


def cut_sessions(host) -> None:
    """The processes of all ssh sessions, from inside."""
    host.exec("pkill -KILL '^sshd-(session|auth)'", check=False)


def test_a_create_killed_at_ten_points_is_completed_by_provision(boot, manager, program):
    host = boot()
    for point in POINTS:
        create = Create(program, host, manager.key)
        create.until(point)
        create.kill()
        mend(program, host, last=point == POINTS[-1])
        host.exec(FRESH)


def test_a_create_goes_on_when_its_sessions_are_killed_on_the_host(boot, manager, program):
    host = boot()
    for point in POINTS[2:8:2]:
        create = Create(program, host, manager.key)
        create.until(point)
        cut_sessions(host)
        assert create.end() == 0, create.out
        check_good(program, host)
        program.run("rm", "-f", "m")
        host.exec(FRESH)


def test_a_host_that_reboots_in_mid_provisioning_is_completed(boot, manager, program):
    """Killed as by a power cut, with Docker in its image: at the files, and while the engine restarts."""
    host = boot()
    for point in (POINTS[5], POINTS[7]):
        create = Create(program, host, manager.key)
        create.until(point)
        host.reset()
        host.wait_running()
        create.end()  # goes on after the reboot, or has failed
        mend(program, host, last=point == POINTS[7])
        host.exec(FRESH)


def test_an_install_that_is_killed_or_loses_its_host_is_completed(boot, manager, program):
    """Docker comes from a script: manager killed, sessions killed, power cut while dpkg is at work."""
    host = boot(image="bare")
    with InstallScripts() as scripts:
        options = ("--engine-install-url", scripts.url("docker-ce"))
        create = Create(program, host, manager.key, *options)
        create.until(r"Installing Docker")
        create.kill()
        # Its job goes on; the power goes as soon as dpkg has begun.
        deadline = time.monotonic() + 60
        while not host.exec("grep -A9 -E '^Package: (containerd|docker.io|runc)$' /var/lib/dpkg/status; ls /var/lib/dpkg/updates",
                            check=False).stdout:  # fmt: skip
            assert time.monotonic() < deadline
        host.reset()
        host.wait_running()
        mend(program, host)
    assert manager  # its key was the login's
