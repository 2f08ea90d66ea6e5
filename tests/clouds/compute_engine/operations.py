# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Operations: what every changing call answers, and what happens behind it while the client waits."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .links import link
from .settings import Settings
from .world import World, new_id, timestamp


class OperationError(Exception):
    """An operation ends in an error. `http`: the status that the API reports beside it."""

    def __init__(self, code: str, message: str, http: tuple[int, str] = (503, "SERVICE UNAVAILABLE")):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.http = code, message, http


@dataclass
class PlannedFailure:
    """An error that a test asked for: for the nth operation of this type, with its effect kept or undone."""

    operation_type: str
    error: OperationError
    keep: bool
    nth: int
    times: int | None
    seen: int = 0

    def takes(self, operation_type: str) -> bool:
        if operation_type != self.operation_type:
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


@dataclass
class Operation:
    """`scope` is a path such as projects/P/zones/Z, projects/P/regions/R or projects/P/global."""

    scope: str
    type: str
    target: str
    target_id: str
    user: str
    name: str = field(default_factory=lambda: f"operation-{int(time.time() * 1000)}-{random.getrandbits(52):013x}-"
                                              f"{random.getrandbits(32):08x}-{random.getrandbits(32):08x}")
    id: str = field(default_factory=new_id)
    inserted: float = field(default_factory=time.time)
    ended: float | None = None
    error: OperationError | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"{self.scope}/operations/{self.name}"

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "kind": "compute#operation", "id": self.id, "name": self.name, "operationType": self.type,
            "targetLink": link(self.target), "targetId": self.target_id, "user": self.user,
            "status": "RUNNING" if self.ended is None else "DONE", "progress": 0 if self.ended is None else 100,
            "insertTime": timestamp(self.inserted), "startTime": timestamp(self.inserted), "selfLink": link(self.path),
            **self.more,
        }
        kind = self.scope.split("/")[2]
        if kind != "global":
            body["zone" if kind == "zones" else "region"] = link(self.scope)
        if self.ended is not None:
            body["endTime"] = timestamp(self.ended)
        if self.ended is not None and self.error:
            body["error"] = {"errors": [{"code": self.error.code, "message": self.error.message}]}
            body["httpErrorStatusCode"], body["httpErrorMessage"] = self.error.http
        return body


class Operations:
    def __init__(self, world: World, settings: Settings):
        self._world, self._settings = world, settings
        self._operations: dict[str, Operation] = {}
        self._failures: list[PlannedFailure] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self.defects: list[str] = []

    def plan_failure(self, operation_type: str, code: str, message: str, *, http: tuple[int, str], keep: bool,
                     nth: int, times: int | None) -> None:
        self._failures.append(PlannedFailure(operation_type, OperationError(code, message, http), keep, nth, times))

    def start(self, operation: Operation, *, work: Callable[[], None] | None = None,
              finish: Callable[[], None] = lambda: None, undo: Callable[[], None] = lambda: None) -> Operation:
        """Runs `work` (slow, without the lock), lets the set time of such operations pass, then in one step with the
        end of the operation `finish`, or `undo` if it failed."""
        with self._world.lock:
            self._operations[operation.path] = operation
            planned = next((failure for failure in self._failures if failure.takes(operation.type)), None)
        seconds = self._settings.seconds_of(operation.type)
        thread = threading.Thread(target=self._run, args=(operation, work, finish, undo, planned, seconds), daemon=True,
                                  name=operation.name)
        self._threads.append(thread)
        thread.start()
        return operation

    def find(self, path: str) -> Operation | None:
        with self._world.lock:
            return self._operations.get(path)

    def running(self) -> list[Operation]:
        with self._world.lock:
            return [operation for operation in self._operations.values() if operation.ended is None]

    def wait(self, operation: Operation, seconds: float) -> None:
        """Returns when the operation is done, the time is over, or the cloud closes."""
        with self._world.changed:
            self._world.changed.wait_for(lambda: operation.ended is not None or self._closed.is_set(), seconds)

    def close(self) -> None:
        """Ends all waits at once and waits for the work that is under way."""
        self._closed.set()
        with self._world.changed:
            self._world.changed.notify_all()
        for thread in self._threads:
            thread.join(60)

    def _run(self, operation, work, finish, undo, planned: PlannedFailure | None, seconds: float) -> None:
        error = planned.error if planned else None
        try:
            if work and not (planned and not planned.keep):
                work()
        except OperationError as caught:
            error = caught
        except Exception as caught:  # a host that would not boot: the test must hear of it, the client as well
            self._defect(operation)
            error = OperationError("INTERNAL_ERROR", f"Internal error: {caught}", (500, "INTERNAL SERVER ERROR"))
            planned = None
        self._closed.wait(max(0.0, operation.inserted + seconds - time.time()))
        with self._world.changed:
            try:
                (undo if error and not (planned and planned.keep) else finish)()
            except Exception:  # the simulation's own mistake; nobody should wait for ever because of it
                self._defect(operation)
            operation.error, operation.ended = error, time.time()
            self._world.changed.notify_all()

    def _defect(self, operation: Operation) -> None:
        self.defects.append(f"{operation.type} {operation.target}: {traceback.format_exc()}")
