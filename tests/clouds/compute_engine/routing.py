# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The table of methods that the simulated API has; every file of resources/ adds its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..common.http import Request
from .tokens import READ_SCOPES, WRITE_SCOPES, Token
from .world import Project

if TYPE_CHECKING:
    from .cloud import Cloud

BASE = "/compute/v1/"
LIST_QUERY = {"filter", "maxResults", "orderBy", "pageToken"}
# Parameters of every method. Of those that would change the answer only alt, fields and prettyPrint are simulated.
GLOBAL_QUERY = {"alt", "fields", "prettyPrint", "key", "quotaUser", "userIp"}


@dataclass
class Context:
    """One call on its way to a handler: who asks, for which project, with what path ids and which body."""

    cloud: Cloud
    request: Request
    token: Token
    project: Project
    ids: dict[str, str]
    body: Any = None

    @property
    def zone(self) -> str:
        return self.ids["zone"]

    def path(self, *parts: str) -> str:
        return "/".join((self.project.path, *parts))


Handler = Callable[[Context], dict]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    permission: str
    handler: Handler
    body: Any = None
    query: frozenset[str] = field(default_factory=frozenset)
    pattern: re.Pattern = re.compile("")
    changes: bool = False

    @property
    def scopes(self) -> set[str]:
        return WRITE_SCOPES if self.changes else READ_SCOPES


ROUTES: list[Route] = []


def route(method: str, template: str, permission: str, *, body: Any = None, query: set[str] = frozenset(),
          changes: bool | None = None) -> Callable[[Handler], Handler]:
    """Adds a method below /compute/v1/projects/{project}. `body`: its shape; none is allowed without."""
    if changes is None:
        changes = method != "GET"
    full = "projects/{project}" + ("/" + template if template else "")
    pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", full))
    parameters = frozenset(query | ({"requestId"} if changes else set()))

    def add(handler: Handler) -> Handler:
        ROUTES.append(Route(method, full, permission, handler, body, parameters, pattern, changes))
        return handler
    return add


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """`path` below /compute/v1/. Literal parts win over ids: images/family/F is no image called family."""
    for candidate in ROUTES:
        if candidate.method == method and (match := candidate.pattern.fullmatch(path)):
            return candidate, match.groupdict()
    return None
