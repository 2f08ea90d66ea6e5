# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The machines behind a simulated cloud, of which only the first few need to be real."""

from __future__ import annotations

import threading

from tests.clouds.common.hosts import AddressOnlyHosts


class SomeRealHosts:
    """The first `limit` instances boot; the others are addresses that refuse."""

    def __init__(self) -> None:
        from tests.lab.cloud_hosts import CloudHosts

        self._real, self._refusing = CloudHosts(), AddressOnlyHosts()
        self._lock = threading.Lock()
        self.limit: int | None = None
        self.booted: list[str] = []

    def boot(self, name: str, **more):
        with self._lock:
            real = self.limit is None or len(self.booted) < self.limit
            if real:
                self.booted.append(name)
        return (self._real if real else self._refusing).boot(name, **more)

    def reserve(self) -> str:
        return self._real.reserve()

    def release(self, address: str) -> None:
        self._real.release(address)
