# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Driver azure on a simulated Azure, whose machines are real hosts or refuse every connection."""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.clouds.azure import Azure, Settings, models
from tests.clouds.common.connect_proxy import ConnectProxy
from tests.clouds.common.faults import Gate

from .real_hosts import SomeRealHosts
from .site import Site

LOCATION, SIZE = "japaneast", "Standard_D2s_v3"
# What a machine has to itself; the rest is shared, and may stay.
_OWN = ("machines", "disks", "interfaces", "addresses", "security_groups", "storage_accounts")
# What the cases ask for in Google's words, in Azure's.
_REFUSALS = {"forbidden": (403, "AuthorizationFailed"), "quotaExceeded": (409, "OperationNotAllowed"),
             "invalid": (400, "InvalidParameter"), "rateLimitExceeded": (429, "TooManyRequests"),
             "backendError": (503, "ServiceUnavailable")}


class AzureSite(Site):
    """`direct` False: the program takes no endpoint from the environment, so it comes by a proxy, and may be one that
    knows only what Azure had in 2016."""

    driver = "azure"
    refusal = "planted refusal 4711"
    stockout = "AllocationFailed"
    missing_image = ("azure-image=Canonical:UbuntuServer:no-such-sku-4711:latest", "no-such-sku-4711")
    true_and_false = ("azure-spot=true", "azure-use-private-ip=false", "Spot")

    def __init__(self, *, real: bool, direct: bool = True) -> None:
        self.direct = direct
        self._hosts = SomeRealHosts() if real else None
        # Without Microsoft's models installed the cloud is as strict, but nobody judges the cloud itself.
        self.engine = Azure(self._hosts, judge=direct and models.available(),
                            settings=Settings(legacy=not direct, reservation_seconds=1))
        self._proxy = None if direct else self.engine.proxy()
        self.environment = self.engine.environment()
        if self._proxy:
            self.environment |= self._indirect(self._proxy)

    def options(self, name: str) -> list[str]:
        return [f"azure-location={LOCATION}", f"azure-size={SIZE}", "azure-image=Canonical:UbuntuServer:18.04-LTS:latest"]

    def holds(self) -> list[str]:
        state = self.engine.state()
        return [f"{kind} {one}" for kind in _OWN for one in state[kind]]

    def instances(self) -> list[str]:
        return sorted(self.engine.state()["machines"])

    def has_running_instance(self, name: str) -> bool:
        return self.engine.state()["machines"].get(name, {}).get("power") == "running"

    def close(self) -> None:
        found = self.engine.verdict()
        self.engine.close()
        if self._proxy:
            self._proxy.close()
        assert not found, "the rules of Azure's API were broken: " + "; ".join(found)

    # What happens to the cloud.

    def stop_instance(self, name: str) -> None:
        self.engine.stop_by_itself(name)

    def delete_instance(self, name: str) -> None:
        """Returns when its host is gone too, which the cloud does not wait for."""
        host = self.engine.instance(name).host
        self.engine.vanish(name)
        if host:
            host.destroy()

    def wipe(self) -> None:
        for name in self.instances():
            self.engine.vanish(name)
        self.engine.forget_resources()

    def add_foreign_disks(self, count: int, labels: dict[str, str]) -> None:
        """Like the disk that is there, but nobody's; every second one with these tags."""
        with self.engine.world.lock:
            like = self.engine.world.all("Microsoft.Compute/disks")[0]
            for number in range(count):
                disk = dataclasses.replace(like, id=dataclasses.replace(like.id, names=(f"foreign-{number}",)),
                                           body=copy.deepcopy(like.body))
                disk.body["tags"] = dict(labels) if number % 2 else {}
                self.engine.world.add(disk)

    def boot_only(self, number: int) -> None:
        self._hosts.limit = number

    def booted(self) -> list[str]:
        return list(self._hosts.booted)

    def set_operation_seconds(self, kind: str, seconds: float) -> None:
        verbs = ("powerOff", "deallocate") if kind == "stop" else (kind,)
        self.engine.settings.operation_seconds |= {f"virtualMachines/{verb}": seconds for verb in verbs}

    def limit_rate(self, per_second: int | None) -> None:
        self.engine.settings.rate_limit = per_second

    def exhaust(self) -> None:
        self.engine.exhaust(code=self.stockout)

    def refuse_deletion(self) -> None:
        self.engine.faults.answer(403, "AuthorizationFailed", self.refusal, method="DELETE", times=None)

    def refuse_call(self, number: int, status: int, reason: str, times: int = 1) -> None:
        """The call of that number from now on, and those after it up to `times`."""
        headers = {"Retry-After": "1"} if status == 429 else {}
        self.engine.faults.answer(*_REFUSALS[reason], self.refusal, headers=headers, nth=number, times=times)

    def gate(self, number: int, point: str) -> Gate:
        """Holds the call of that number from now on."""
        return self.engine.faults.gate(point, nth=number)

    def allow_everything(self) -> None:
        self.engine.faults.clear()
        self.engine.settings.exhausted.clear()

    # What it has seen.

    def forget_calls(self) -> None:
        self.engine.forget_calls()

    def start_over(self) -> None:
        """Forgets the calls, and what machines share too, so that every create makes the same calls."""
        self.engine.forget_resources()
        self.engine.forget_calls()

    def call_count(self) -> int:
        return len(self.engine.calls())

    def call_line(self, number: int) -> str:
        calls = self.engine.calls()
        if number > len(calls):
            return "not reached"
        call = calls[number - 1]
        path = call.path.partition("/providers/")[2] or call.path.partition("/subscriptions/")[2].partition("/")[2]
        return f"{call.method} {path or 'subscription'}"

    def requests_per_second(self) -> list[int]:
        seconds = Counter(int(call.time) for call in self.engine.calls())
        return [seconds[s] for s in range(min(seconds), max(seconds) + 1)] if seconds else [0]

    # Ways to it.

    @contextmanager
    def proxied(self) -> Iterator[tuple[dict[str, str], ConnectProxy]]:
        """Variables for a program that is to come by a proxy to Microsoft's own names, and the proxy."""
        with self.engine.proxy() as proxy:
            yield self._indirect(proxy), proxy

    def _indirect(self, proxy: ConnectProxy) -> dict[str, str]:
        return proxy.environment() | {"AZURE_ARM_ENDPOINT": "", "AZURE_AUTHORITY_HOST": ""}
