# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a test may set while the cloud runs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Settings:
    """Times in seconds. Resource types are EC2's: instance, key-pair, security-group, volume, network-interface,
    spot-instances-request; "*" stands for all."""

    latency: float = 0.0
    pending_seconds: float = 0.0  # from launch or start to running, after the host has booted
    stop_seconds: float = 0.0
    terminate_seconds: float = 0.0
    terminated_visible: float = 3600.0  # how long a terminated instance is still described
    spot_seconds: float = 0.0  # until a RequestSpotInstances is fulfilled
    # Eventual consistency, by resource type: a new one does not exist for the first calls that look for it, and for
    # the first seconds of its life.
    invisible_calls: dict[str, int] = field(default_factory=dict)
    invisible_seconds: dict[str, float] = field(default_factory=dict)
    rate_limit: int | None = None  # calls per second, then 503 RequestLimitExceeded
    denied_actions: set[str] = field(default_factory=set)  # such as ec2:CreateTags, sts:AssumeRole
    exhausted: set[tuple[str, str, str]] = field(default_factory=set)  # zone, instance type, market (spot, on-demand)
    # What was granted in each region: vCPUs by code of Service Quotas, such as L-1216C47A, else the default of them all;
    # instances and storage_gib, else without limit.
    quotas: dict[str, int] = field(default_factory=dict)
    session_lifetime: float = 3600.0  # of the keys that metadata and container hand out
    clock_offset: float = 0.0  # the cloud's clock minus ours
    skew_code: str = "RequestExpired"  # what EC2 says to a wrong clock; AuthFailure has been seen, too
    imds_v1: bool = False  # metadata without a token
    default_vpc: bool = True  # whether regions seen from now on come with one
    encrypt_by_default: bool = False

    def is_exhausted(self, zone: str, instance_type: str, market: str) -> bool:
        return any(all(wanted in ("*", given) for wanted, given in zip(rule, (zone, instance_type, market)))
                   for rule in self.exhausted)

    def hides(self, kind: str) -> tuple[int, float]:
        """How many calls do not see a new resource of that type, and for how many seconds none does."""
        return tuple(table.get(kind, table.get("*", 0)) for table in (self.invisible_calls, self.invisible_seconds))
