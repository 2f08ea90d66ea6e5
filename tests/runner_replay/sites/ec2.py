# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Driver amazonec2 on a simulated EC2, whose instances are real hosts or refuse every connection."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.clouds.common.connect_proxy import ConnectProxy
from tests.clouds.common.faults import Gate
from tests.clouds.ec2 import EC2
from tests.clouds.ec2.judge import find_models
from tests.clouds.ec2.world import new_id

from .real_hosts import SomeRealHosts
from .site import Site

REGION, ZONE, INSTANCE_TYPE = "eu-central-1", "b", "t3.medium"
SHARED_GROUP = "docker-machine"  # made once for all machines, and left, as the reference does
# What the cases ask for in Google's words, in EC2's.
_REFUSALS = {"forbidden": (403, "UnauthorizedOperation"), "quotaExceeded": (400, "InstanceLimitExceeded"),
             "invalid": (400, "InvalidParameterValue"), "rateLimitExceeded": (503, "RequestLimitExceeded"),
             "backendError": (503, "Unavailable")}


class Ec2Site(Site):
    """`direct` False: the program takes no endpoint from the environment, so it comes by a proxy, and may be one that
    AWS's model finds fault with."""

    driver = "amazonec2"
    refusal = "planted refusal 4711"
    stockout = "InsufficientInstanceCapacity"
    missing_image = ("amazonec2-ami=ami-0123456789abcdef0", "ami-0123456789abcdef0")
    true_and_false = ("amazonec2-request-spot-instance=true", "amazonec2-monitoring=false", "RequestSpotInstance")

    def __init__(self, *, real: bool, direct: bool = True) -> None:
        self.direct = direct
        self._hosts = SomeRealHosts() if real else None
        # Without AWS's models installed the cloud is as strict, but nobody judges the cloud itself.
        self.engine = EC2(self._hosts, region=REGION, judge=direct and find_models() is not None)
        self._proxy = None if direct else self.engine.proxy()
        self.environment = self.engine.environment()
        if self._proxy:
            self.environment |= self._indirect(self._proxy)

    def options(self, name: str) -> list[str]:
        return [f"amazonec2-region={REGION}", f"amazonec2-zone={ZONE}", f"amazonec2-instance-type={INSTANCE_TYPE}"]

    def holds(self) -> list[str]:
        """All but the group that machines share, once nothing is shutting down."""
        self.engine.is_empty()
        state = self.engine.state()
        return [f"{kind.removesuffix('s')} {one}" for kind, found in state.items() for one in found
                if (kind, one) != ("security_groups", SHARED_GROUP)]

    def instances(self) -> list[str]:
        return sorted(one["name"] for one in self.engine.state()["instances"].values() if one["state"] != "shutting-down")

    def has_running_instance(self, name: str) -> bool:
        return (name, "running") in [(one["name"], one["state"]) for one in self.engine.state()["instances"].values()]

    def close(self) -> None:
        found = self.engine.verdict()
        self.engine.close()
        if self._proxy:
            self._proxy.close()
        assert not found, "AWS's model of the API was broken: " + "; ".join(found)

    # What happens to the cloud.

    def stop_instance(self, name: str) -> None:
        self.engine.stop_by_itself(name)

    def delete_instance(self, name: str) -> None:
        """As whoever looks for it would find it: terminated."""
        self.engine.terminate(name)

    def wipe(self) -> None:
        for name in self.instances():
            self.engine.vanish(name)
        with self.engine.world.lock:
            self.engine.region().key_pairs.clear()

    def add_foreign_disks(self, count: int, labels: dict[str, str]) -> None:
        """Like the volume that is there, but nobody's; every second one with these tags."""
        with self.engine.world.lock:
            volumes = self.engine.region().volumes
            like = next(iter(volumes.values()))
            for number in range(count):
                volume = dataclasses.replace(like, id=new_id("vol"), instance=None, device=None,
                                             tags=dict(labels) if number % 2 else {})
                volumes[volume.id] = volume

    def boot_only(self, number: int) -> None:
        self._hosts.limit = number

    def booted(self) -> list[str]:
        return list(self._hosts.booted)

    def set_operation_seconds(self, kind: str, seconds: float) -> None:
        """`stop` takes that long; EC2 ends instances in its own time, so it is the answer to `delete` that does."""
        if kind == "stop":
            self.engine.settings.stop_seconds = seconds
        else:
            self.engine.faults.delay(seconds, action="TerminateInstances", times=None)

    def limit_rate(self, per_second: int | None) -> None:
        self.engine.settings.rate_limit = per_second

    def exhaust(self) -> None:
        self.engine.exhaust()

    def refuse_deletion(self) -> None:
        self.engine.faults.answer(403, "UnauthorizedOperation", self.refusal, action="(Terminate|Delete|Cancel).*", times=None)

    def refuse_call(self, number: int, status: int, reason: str, times: int = 1) -> None:
        """The call of that number from now on, and those after it up to `times`."""
        self.engine.faults.answer(*_REFUSALS[reason], self.refusal, nth=number, times=times)

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
        """Forgets the calls, and the shared group too, so that every create makes the same calls."""
        with self.engine.world.lock:
            groups = self.engine.region().groups
            for number in [one.id for one in groups.values() if not one.brought]:
                del groups[number]
        self.engine.forget_calls()

    def call_count(self) -> int:
        return len(self.engine.calls())

    def call_line(self, number: int) -> str:
        actions = self.engine.actions()
        return actions[number - 1] if number <= len(actions) else "not reached"

    def requests_per_second(self) -> list[int]:
        seconds = Counter(int(call.time) for call in self.engine.calls())
        return [seconds[s] for s in range(min(seconds), max(seconds) + 1)] if seconds else [0]

    # Ways to it.

    @contextmanager
    def proxied(self) -> Iterator[tuple[dict[str, str], ConnectProxy]]:
        """Variables for a program that is to come by a proxy to Amazon's own names, and the proxy."""
        with self.engine.proxy() as proxy:
            yield self._indirect(proxy), proxy

    def _indirect(self, proxy: ConnectProxy) -> dict[str, str]:
        return proxy.environment() | {"AWS_ENDPOINT_URL_EC2": "", "AWS_ENDPOINT_URL_STS": "", "AWS_ENDPOINT_URL_SERVICE_QUOTAS": ""}
