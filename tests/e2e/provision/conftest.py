# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Hosts and a manager."""

from __future__ import annotations

import pytest

from tests.e2e.provision.rig import Manager
from tests.lab import lab
from tests.lab.host import Host


def pytest_collection_modifyitems(items):
    if not lab.inside():
        pytest.exit("these tests need a lab world: python3 -m tests.lab exec -- python3 -m pytest …", 2)


@pytest.fixture
def manager(tmp_path) -> Manager:
    return Manager(tmp_path)


@pytest.fixture
def boot(manager):
    """boot(image=…, …): a host that lets the manager in, gone after the test."""
    hosts = []

    def start(wait: bool = True, **settings) -> Host:
        host = Host(f"host{len(hosts)}", users=settings.pop("users", manager.users), **settings)
        hosts.append(host)
        host.start()
        if wait:
            host.wait_running()
        return host

    yield start
    for host in hosts:
        host.destroy()
