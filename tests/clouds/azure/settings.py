# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a test may set while the cloud runs."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field


@dataclass
class Settings:
    """Times in seconds. Operations are named as permissions are, without provider: virtualMachines/write,
    networkInterfaces/delete, virtualMachines/deallocate; keys may be patterns such as */delete and *."""

    latency: float = 0.0
    operation_seconds: dict[str, float] = field(default_factory=dict)  # booting a host may take longer
    # How a long operation shows its end: async (Azure-AsyncOperation), location, both, body (provisioningState) or
    # sync (it is over before the answer). What is not named here goes the way its provider goes.
    styles: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = 0  # of 201 and 202 answers and of polls; None sends none
    retry_after_as_date: bool = False
    operation_host: str | None = None  # where operations are polled, as HOST:PORT; None: where the request came to
    token_lifetime: float = 3600.0
    rate_limit: int | None = None  # requests per second, then 429 with Retry-After: 1
    denied_permissions: set[str] = field(default_factory=set)  # such as Microsoft.Compute/*/write
    exhausted: set[tuple[str, str, str]] = field(default_factory=set)  # (location, size, error code); "*" is any
    quotas: dict[str, int] = field(default_factory=dict)  # cores, lowPriorityCores, virtualMachines, a family's name;
    #                                                       PublicIPAddresses; per region, else without limit
    reservation_seconds: float = 180.0  # a NIC is kept for the VM whose creation failed
    busy_as_429: bool = False  # a resource with an operation under way refuses with 429 RetryableError, not 409
    honour_delete_options: bool = True
    legacy: bool = False  # takes unmanaged disks, Basic addresses and the api-versions of 2016
    reach: str = "public"  # where an interface's host answers: at its public address if it has one, or "private"
    page_size: int = 50
    device_polls: int = 1  # so often a device code is authorization_pending
    device_outcome: str = "granted"  # or declined, expired
    device_interval: int = 1

    def seconds_of(self, operation: str) -> float:
        return _match(self.operation_seconds, operation, 0.0)

    def style_of(self, operation: str) -> str | None:
        return _match(self.styles, operation, None)

    def exhaustion(self, location: str, size: str) -> str | None:
        """The error of a region and size without capacity."""
        return next((code for place, what, code in sorted(self.exhausted)
                     if place in (location, "*") and what.lower() in (size.lower(), "*")), None)

    def denies(self, permission: str) -> bool:
        return any(fnmatch.fnmatchcase(permission.lower(), denied.lower()) for denied in self.denied_permissions)


def _match(table: dict, operation: str, default):
    if operation in table:
        return table[operation]
    return next((value for pattern, value in table.items() if fnmatch.fnmatchcase(operation, pattern)), default)
