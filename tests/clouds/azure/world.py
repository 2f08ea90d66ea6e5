# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What there is: subscriptions, their resource groups, and resources by id."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..common.hosts import Host
from .ids import ResourceId, parse_id, same

PROVIDERS = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.Storage", "Microsoft.Resources",
             "Microsoft.ManagedIdentity", "Microsoft.MarketplaceOrdering")


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


@dataclass(eq=False)
class Resource:
    """`body`: as it was put, with what the service adds for good. `state`: its provisioningState. `operation`: the one
    under way. `brought`: a test put it there, so that it is not left over from a machine."""

    id: ResourceId
    body: dict[str, Any]
    state: str = "Succeeded"
    operation: Any = None
    brought: bool = False
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))
    etag: str = field(default_factory=lambda: f'W/"{uuid.uuid4()}"')
    made: str = field(default_factory=now)
    hidden: dict[str, Any] = field(default_factory=dict)  # what the service knows and does not show

    @property
    def name(self) -> str:
        return self.id.name

    @property
    def kind(self) -> str:
        return self.id.kind

    @property
    def properties(self) -> dict[str, Any]:
        return self.body.setdefault("properties", {})

    @property
    def location(self) -> str:
        return self.body.get("location", "")


@dataclass(eq=False)
class Machine(Resource):
    """A virtual machine. `power` is the end of its PowerState code. `gate` is held while its host boots or goes."""

    power: str | None = None
    host: Host | None = None
    gate: threading.Lock = field(default_factory=threading.Lock)
    generation: str = "V2"


@dataclass(eq=False)
class Group:
    name: str
    location: str
    tags: dict[str, str]
    state: str = "Succeeded"
    brought: bool = False
    operation: Any = None


@dataclass(eq=False)
class Subscription:
    id: str
    tenant: str
    name: str = "Simulated"
    groups: dict[str, Group] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PROVIDERS, "Registered"))

    def group(self, name: str) -> Group | None:
        return self.groups.get(name.lower())


class World:
    """All of it, under one lock. `changed` is told of the end of operations."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.subscriptions: dict[str, Subscription] = {}
        self._resources: dict[str, Resource] = {}
        self._by_kind: dict[str, dict[str, Resource]] = {}  # the same by kind, in small letters

    def add_subscription(self, subscription: str, tenant: str) -> Subscription:
        return self.subscriptions.setdefault(subscription.lower(), Subscription(subscription, tenant))

    def find(self, resource_id: ResourceId | str | None) -> Resource | None:
        return self._resources.get(str(resource_id).lower())

    def add(self, resource: Resource) -> None:
        key = str(resource.id).lower()
        self._resources[key] = self._by_kind.setdefault(resource.kind.lower(), {})[key] = resource

    def remove(self, resource: Resource) -> None:
        key = str(resource.id).lower()
        self._resources.pop(key, None)
        self._of_kind(resource.kind).pop(key, None)

    def all(self, kind: str | None = None, *, group: str | None = None, subscription: str | None = None) -> list[Resource]:
        return [one for one in (self._resources if kind is None else self._of_kind(kind)).values()
                if (group is None or same(one.id.group, group))
                and (subscription is None or same(one.id.subscription, subscription))]

    def children(self, parent: Resource, kind: str) -> list[Resource]:
        """Those of a kind such as `subnets` that are in a resource."""
        prefix = f"{parent.id}/{kind}/".lower()
        return [one for key, one in self._of_kind(f"{parent.kind}/{kind}").items() if key.startswith(prefix)]

    def users(self, target: Resource | ResourceId, kind: str) -> list[Resource]:
        """The resources of a kind that name this one somewhere in their body."""
        wanted = str(target.id if isinstance(target, Resource) else target).lower()
        return [one for one in self.all(kind) if any(text.lower() == wanted for text in _ids_in(one.body))]

    def _of_kind(self, kind: str) -> dict[str, Resource]:
        return self._by_kind.get(kind.lower(), {})


def _ids_in(value: Any):
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "id" and isinstance(item, str):
                yield item
            else:
                yield from _ids_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids_in(item)


__all__ = ["Group", "Machine", "PROVIDERS", "Resource", "Subscription", "World", "now", "parse_id"]
