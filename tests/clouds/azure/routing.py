# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The table of methods that the simulated API has; every file of resources/ adds its own."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..common.http import Request, Response
from .ids import ResourceId
from .tokens import Token
from .world import Group, Subscription

if TYPE_CHECKING:
    from .cloud import Cloud

GROUP_KIND = "Microsoft.Resources/resourceGroups"


@dataclass
class Context:
    """One call on its way to a handler. `request` None: the simulation itself acts, as the portal would."""

    cloud: Cloud
    request: Request | None
    token: Token | None
    subscription: Subscription
    ids: dict[str, str]
    route: Route | None = None
    body: Any = None

    @property
    def version(self) -> str:
        return (self.request.argument("api-version") or "") if self.request else ""

    @property
    def group(self) -> Group:
        found = self.subscription.group(self.ids["group"])
        assert found  # the API has checked it
        return found

    def argument(self, name: str) -> str | None:
        return self.request.argument(name) if self.request else None

    def id(self, kind: str, *names: str) -> ResourceId:
        return ResourceId(self.subscription.id, self.group.name, kind, names or (self.ids["name"],))


Handler = Callable[[Context], Response]


@dataclass(frozen=True)
class Route:
    """`kind`: whose api-versions and permissions count. `action`: the last part of the permission."""

    method: str
    template: str
    kind: str
    handler: Handler
    action: str
    body: Any = None
    optional_body: bool = False
    query: frozenset[str] = field(default_factory=frozenset)
    pattern: re.Pattern = re.compile("")

    @property
    def changes(self) -> bool:
        return self.method in ("PUT", "PATCH", "DELETE") or self.action.endswith("/action")

    @property
    def permission(self) -> str:
        kind = "Microsoft.Resources/subscriptions/resourceGroups" if self.kind == GROUP_KIND else self.kind
        return f"{kind}/{self.action}"


ROUTES: list[Route] = []
_ACTIONS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def route(method: str, template: str, kind: str, *, body: Any = None, optional_body: bool = False,
          query: set[str] = frozenset(), action: str | None = None) -> Callable[[Handler], Handler]:
    """Adds a method below /subscriptions/{subscription}/. `body`: its shape; none is allowed without."""
    full = "/subscriptions/{subscription}" + ("/" + template if template else "")
    parts = re.split(r"{(\w+)}", full)
    pattern = re.compile("".join(re.escape(part) if index % 2 == 0 else f"(?P<{part}>[^/]+)"
                                 for index, part in enumerate(parts)) + "/?", re.IGNORECASE)

    def add(handler: Handler) -> Handler:
        ROUTES.append(Route(method, full, kind, handler, action or _ACTIONS.get(method) or template.rpartition("/")[2]
                            + "/action", body, optional_body, frozenset(query | {"api-version"}), pattern))
        return handler
    return add


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route with the most literal parts: instanceView is no child called so."""
    found = [(candidate, match) for candidate in ROUTES
             if candidate.method == method and (match := candidate.pattern.fullmatch(path))]
    if not found:
        return None
    best, match = min(found, key=lambda pair: pair[0].template.count("{"))
    return best, {name: urllib.parse.unquote(value) for name, value in match.groupdict().items()}


def kind_is_known(path: str) -> bool:
    """Whether any method has this path."""
    return any(candidate.pattern.fullmatch(path) for candidate in ROUTES)
