# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The table of actions that the simulated API has; every file of actions/ adds its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..common.http import Request
from .errors import dry_run
from .query import BOOL
from .sigv4 import Principal
from .world import Region, Resource

if TYPE_CHECKING:
    from .cloud import Cloud


@dataclass
class Context:
    """One call on its way to a handler: who asks, in which region, with what parameters."""

    cloud: Cloud
    request: Request
    principal: Principal
    region: Region
    params: dict[str, Any]
    trial: bool = False  # DryRun
    _sights: dict[int, bool] = field(default_factory=dict)

    def commit(self) -> None:
        """To be called before the first change: a dry run ends here."""
        if self.trial:
            raise dry_run()

    def sees(self, resource: Resource) -> bool:
        """Whether this call finds the resource, which may be too new for it. The same answer all through one call."""
        if id(resource) not in self._sights:
            self._sights[id(resource)] = self.cloud.is_visible(resource)
        return self._sights[id(resource)]


# What a handler gives is the answer, or a function that makes it once the world is no longer locked.
Handler = Callable[[Context], "dict | Callable[[], dict]"]


@dataclass(frozen=True)
class Action:
    name: str
    shape: dict[str, Any]
    required: tuple[str, ...]
    handler: Handler


ACTIONS: dict[str, Action] = {}


def action(name: str, shape: dict[str, Any], *, required: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
    """Adds an action. `shape` as in query.py, without DryRun, which all take."""
    def add(handler: Handler) -> Handler:
        ACTIONS[name] = Action(name, {**shape, "DryRun": BOOL}, required, handler)
        return handler
    return add
