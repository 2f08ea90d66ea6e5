# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The machines behind a simulated cloud: what it asks of them, and a stand-in that only hands out addresses."""

from __future__ import annotations

import itertools
import threading
from typing import Protocol


class Host(Protocol):
    """One booted machine. All calls may block until they are done; a failure is raised."""

    ip: str

    def stop(self) -> None: ...
    def start(self) -> str:
        """Boots again and gives the new address."""
    def reset(self) -> None: ...
    def update_keys(self, users: dict[str, list[str]]) -> None: ...
    def destroy(self) -> None: ...


class Hosts(Protocol):
    def boot(self, name: str, *, users: dict[str, list[str]], metadata: dict[str, str], image: str) -> Host:
        """Boots a machine of that image. `users`: for each user the lines of authorized_keys. Hosts that have reserve()
        and release(address) take an `address` here and in start(), which stays reserved when the machine is gone."""


class AddressOnlyHosts:
    """Nothing boots: each machine is a loopback address (127.64.0.0/10), which refuses connections, and a record."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.hosts: list[AddressOnlyHost] = []

    def boot(self, name: str, *, users: dict[str, list[str]], metadata: dict[str, str], image: str,
             address: str = "") -> AddressOnlyHost:
        host = AddressOnlyHost(self, name, users, metadata, image, address)
        with self._lock:
            self.hosts.append(host)
        return host

    def new_address(self) -> str:
        with self._lock:
            number = next(self._numbers)
        return f"127.{64 + number // 62500 % 64}.{number // 250 % 250}.{1 + number % 250}"

    reserve = new_address

    def release(self, address: str) -> None:
        """Addresses are not used twice."""


class AddressOnlyHost:
    def __init__(self, hosts: AddressOnlyHosts, name: str, users: dict[str, list[str]], metadata: dict[str, str],
                 image: str, address: str = ""):
        self._hosts = hosts
        self.name, self.users, self.metadata, self.image = name, users, metadata, image
        self.ip = address or hosts.new_address()
        self.events: list[str] = ["boot"]

    def stop(self) -> None:
        self.events.append("stop")

    def start(self, address: str = "") -> str:
        self.events.append("start")
        self.ip = address or self._hosts.new_address()
        return self.ip

    def reset(self) -> None:
        self.events.append("reset")

    def update_keys(self, users: dict[str, list[str]]) -> None:
        self.events.append("update_keys")
        self.users = users

    def destroy(self) -> None:
        self.events.append("destroy")
