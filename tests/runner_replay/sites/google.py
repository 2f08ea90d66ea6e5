# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Driver google on a simulated Compute Engine, whose instances are real hosts or refuse every connection."""

from __future__ import annotations

import copy
import json
import ssl
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.clouds.common.connect_proxy import ConnectProxy
from tests.clouds.common.faults import Gate
from tests.clouds.compute_engine import ComputeEngine
from tests.clouds.compute_engine.judge import find_document

from .real_hosts import SomeRealHosts
from .site import Site

PROJECT = "demo-project"
ZONE = "europe-north1-a"
MACHINE_TYPE = "e2-highcpu-2"
SCOPE = "https://www.googleapis.com/auth/compute"
GOOGLE_NAMES = ("www.googleapis.com", "compute.googleapis.com", "oauth2.googleapis.com", "accounts.google.com")


class GoogleSite(Site):
    """`direct` False: the program takes no other endpoint, so it comes by a proxy."""

    driver = "google"
    labels = {"Zone": ZONE, "MachineType": MACHINE_TYPE, "Project": PROJECT}
    refusal = "planted refusal 4711"
    stockout = "ZONE_RESOURCE_POOL_EXHAUSTED"
    missing_image = ("google-machine-image=debian-cloud/global/images/no-such-image-4711", "no-such-image-4711")
    true_and_false = ("google-preemptible=true", "google-use-internal-ip=false", "Preemptible")

    def __init__(self, *, real: bool, direct: bool = True) -> None:
        self.direct = direct
        self._hosts = SomeRealHosts() if real else None
        # Without Google's description installed the cloud is as strict, but nobody judges the cloud itself.
        self.engine = ComputeEngine(self._hosts, project=PROJECT, judge=find_document() is not None)
        self._proxy = None if direct else self._new_proxy()
        self.environment = self.engine.environment()
        if self._proxy:
            self.environment |= self._indirect(self._proxy)

    def options(self, name: str) -> list[str]:
        return [f"google-project={PROJECT}", f"google-zone={ZONE}", f"google-machine-type={MACHINE_TYPE}",
                "google-machine-image=ubuntu-os-cloud/global/images/family/ubuntu-2204-lts"]

    def holds(self) -> list[str]:
        state = self.engine.state()
        return [f"instance {n}" for n in state["instances"]] + [f"disk {n}" for n in state["disks"]] + \
            [f"address {a}" for a in state["ephemeral_addresses"]] + \
            [f"address {n}" for n, a in state["addresses"].items() if a["user"]]

    def instances(self) -> list[str]:
        return sorted(self.engine.state()["instances"])

    def has_running_instance(self, name: str) -> bool:
        return self.engine.state()["instances"].get(name, {}).get("status") == "RUNNING"

    def close(self) -> None:
        found = self.engine.verdict()
        self.engine.close()
        if self._proxy:
            self._proxy.close()
        assert not found, "Google's description of the API was broken: " + "; ".join(found)

    # What happens to the cloud.

    def stop_instance(self, name: str) -> None:
        self.engine.preempt(name)

    def delete_instance(self, name: str) -> None:
        """Returns when its host is gone too, which the cloud does not wait for."""
        host = self.engine.instance(name).host
        self.engine.vanish(name)
        if host:
            host.destroy()

    def wipe(self) -> None:
        for name in self.instances():
            self.engine.vanish(name)

    def add_foreign_disks(self, count: int, labels: dict[str, str]) -> None:
        """Like the disk that is there, but nobody's; every second one with these labels."""
        with self.engine.world.lock:
            disks = self.engine.world.projects[PROJECT].disks
            like = next(iter(disks.values()))
            for number in range(count):
                disk = {**copy.deepcopy(like), "name": f"foreign-{number}", "users": [], "labels": labels if number % 2 else {}}
                disk["selfLink"] = like["selfLink"].replace(like["name"], disk["name"])
                disks[ZONE, disk["name"]] = disk

    def boot_only(self, number: int) -> None:
        self._hosts.limit = number

    def booted(self) -> list[str]:
        return list(self._hosts.booted)

    def set_operation_seconds(self, kind: str, seconds: float) -> None:
        self.engine.settings.operation_seconds[kind] = seconds

    def limit_rate(self, per_second: int | None) -> None:
        self.engine.settings.rate_limit = per_second

    def exhaust(self) -> None:
        self.engine.exhaust()

    def refuse_deletion(self) -> None:
        self.engine.faults.answer(403, "forbidden", self.refusal, method="DELETE", times=None)

    def refuse_call(self, number: int, status: int, reason: str, times: int = 1) -> None:
        """The call of that number from now on, and those after it up to `times`."""
        self.engine.faults.answer(status, reason, self.refusal, nth=number, times=times)

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
        """Forgets the calls, and the firewall rule too, so that every create makes the same calls."""
        if self.direct:
            with self.engine.world.lock:
                self.engine.world.projects[PROJECT].firewalls.clear()
        self.engine.forget_calls()

    def call_count(self) -> int:
        return len(self.engine.calls())

    def call_line(self, number: int) -> str:
        calls = self.engine.calls()
        if number > len(calls):
            return "not reached"
        call = calls[number - 1]
        return f"{call.method} {call.path.partition('/projects/')[2].partition('/')[2] or 'project'}"

    def requests_per_second(self) -> list[int]:
        seconds = Counter(int(call.time) for call in self.engine.calls())
        return [seconds[s] for s in range(min(seconds), max(seconds) + 1)] if seconds else [0]

    # Ways to it.

    @contextmanager
    def proxied(self) -> Iterator[tuple[dict[str, str], ConnectProxy]]:
        """Variables for a program that is to come by a proxy to Google's own names, and the proxy."""
        with self._new_proxy() as proxy:
            yield self._indirect(proxy), proxy

    def _indirect(self, proxy: ConnectProxy) -> dict[str, str]:
        return proxy.environment() | {"CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": ""}

    def _new_proxy(self) -> ConnectProxy:
        return ConnectProxy(dict.fromkeys(GOOGLE_NAMES, self.engine.port))

    def add_firewall_rule(self) -> None:
        """The rule that some programs cannot do without, as they would make it."""
        token = self.engine.tokens.issue("owner@example.com", [SCOPE], 3600, "replay").value
        body = {"name": "docker-machines", "network": f"projects/{PROJECT}/global/networks/default",
                "allowed": [{"IPProtocol": "tcp", "ports": ["2376"]}], "sourceRanges": ["0.0.0.0/0"],
                "targetTags": ["docker-machine"]}
        request = urllib.request.Request(
            f"{self.engine.endpoint}projects/{PROJECT}/global/firewalls", json.dumps(body).encode(), method="POST",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        # No proxy, whatever the environment says.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(self.engine.ca_file))))
        opener.open(request, timeout=30).close()
        self.engine.forget_calls()
