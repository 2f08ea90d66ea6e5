# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a test may set while the cloud runs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Settings:
    """Times in seconds. `operation_seconds`: how long an operation takes, by its type (insert, delete, stop, start,
    reset, setMetadata, …) or "*" for the rest; booting a host may take longer."""

    latency: float = 0.0
    operation_seconds: dict[str, float] = field(default_factory=dict)
    wait_limit: float = 120.0  # the real service holds `wait` for up to two minutes
    token_lifetime: float = 3600.0
    rate_limit: int | None = None  # requests per second, then 403 rateLimitExceeded
    disabled_services: set[str] = field(default_factory=set)  # such as compute.googleapis.com
    denied_permissions: set[str] = field(default_factory=set)  # such as compute.projects.get
    exhausted: set[tuple[str, str]] = field(default_factory=set)  # (zone, machine type); "*" stands for any
    no_spot: bool = False  # no zone has capacity for spot and preemptible instances
    unreachable: set[str] = field(default_factory=set)  # zones that aggregated lists get no answer from
    quotas: dict[str, int] = field(default_factory=dict)  # INSTANCES, CPUS per region, …_ALL_REGIONS; else without limit
    vm_scopes: list[str] = field(default_factory=lambda: ["https://www.googleapis.com/auth/cloud-platform"])

    def seconds_of(self, operation_type: str) -> float:
        return self.operation_seconds.get(operation_type, self.operation_seconds.get("*", 0.0))

    def is_exhausted(self, zone: str, machine_type: str, spot: bool = False) -> bool:
        return (spot and self.no_spot) or any(pair in self.exhausted for pair in
                   ((zone, machine_type), (zone, "*"), ("*", machine_type), ("*", "*")))
