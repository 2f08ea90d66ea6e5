# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The first judge: Microsoft's own models of the API (azure-mgmt-compute, -network and -resource). Every request and every
answer is held against their fields, types and enumerations. Nothing in here knows how the simulation works."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from ..common.http import Request
from . import models


@dataclass(frozen=True)
class Violation:
    """`side`: who broke the rules, the `client` or the `server` (the simulation itself)."""

    side: str
    method: str
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.side}: {self.method} {self.path}: {self.what}"


class Judge:
    """`enforce` False: requests that break the models are recorded, but left to the simulation to refuse. Without
    `with_models` only what the simulation complains of itself is recorded."""

    def __init__(self, with_models: bool = True):
        self.enforce = True
        self.with_models = with_models
        self.violations: list[Violation] = []
        self._lock = threading.Lock()

    def take(self) -> list[Violation]:
        """The violations so far, and forgets them: for tests that break the rules on purpose."""
        with self._lock:
            taken, self.violations = self.violations, []
            return taken

    def complain(self, side: str, request: Request, what: str) -> None:
        with self._lock:
            self.violations.append(Violation(side, request.method, request.path, what))

    def check_request(self, request: Request, route: Any, body: Any) -> list[str]:
        """What is wrong with a request's body; recorded as violations of the client."""
        model = models.of_request(route.method, route.template) if self.with_models else None
        complaints = models.check(model, body, "body", asking=True) if model else []
        for what in complaints:
            self.complain("client", request, what)
        return complaints

    def check_answer(self, request: Request, route: Any, answer: Any) -> list[str]:
        """What is wrong with an answer of success; recorded as violations of the server."""
        model = models.of_answer(route.method, route.template) if self.with_models else None
        complaints = models.check(model, answer, "answer", asking=False) if model else []
        for what in complaints:
            self.complain("server", request, what)
        return complaints
