# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Machines of the driver generic on real hosts, for the commands that need one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.lab import lab
from tests.lab.host import Host


def pytest_collection_modifyitems(items):
    if not lab.inside():
        pytest.exit("these tests need a lab world: python3 -m tests.lab exec -- python3 -m pytest …", 2)


@dataclass
class Fleet:
    """Hosts `a` (SSH on port 22) and `b` (on 2222), each with a key of its own, and a machine of that name on each."""

    program: Program
    hosts: dict[str, Host]


def new_key(folder: Path, name: str) -> Path:
    key = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key


def create(program: Program, host: Host, name: str, key: Path, *options: str) -> None:
    result = program.run("create", "-d", "generic", "--generic-ip-address", host.ip, "--generic-ssh-user", "ubuntu",
                         "--generic-ssh-key", str(key), *options, name)  # fmt: skip
    assert result.code == 0, f"{result}\n{host.journal()[-3000:]}"


@pytest.fixture(scope="session")
def fleet(tmp_path_factory) -> Fleet:
    folder = tmp_path_factory.mktemp("fleet")
    program = Program(folder / "a store", name="docker-machine")
    ports = {"a": "22", "b": "2222"}
    hosts, keys = {}, {}
    try:
        for name, port in ports.items():
            keys[name] = new_key(folder, f"key-{name}")
            users = {"ubuntu": [keys[name].with_suffix(".pub").read_text()]}
            hosts[name] = Host(name, users=users, sshd_options=[f"Port {port}"])
            hosts[name].start()
        for name, host in hosts.items():
            host.wait_running()
            create(program, host, name, keys[name], "--generic-ssh-port", ports[name])
        yield Fleet(program, hosts)
    finally:
        for host in hosts.values():
            host.destroy()


@pytest.fixture
def one(tmp_path):
    """one(image=…, …): a fleet of one machine `m` on a host of its own, gone after the test."""
    hosts = []

    def make(*options: str, **settings) -> Fleet:
        key = new_key(tmp_path, "key")
        host = Host("m", users={"ubuntu": [key.with_suffix(".pub").read_text()]}, **settings)
        hosts.append(host)
        host.start()
        host.wait_running()
        program = Program(tmp_path / "store", name="docker-machine")
        create(program, host, "m", key, *options)
        return Fleet(program, {"m": host})

    yield make
    for host in hosts:
        host.destroy()
