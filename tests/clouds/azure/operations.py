# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Long operations: what a write answers, and what happens behind it while the client asks again."""

from __future__ import annotations

import fnmatch
import secrets
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .settings import Settings
from .world import World, now


class OperationError(Exception):
    """An operation ends in an error. `keep`: what it made so far stays, in the state Failed."""

    def __init__(self, code: str, message: str, *, keep: bool = True, status: int = 409):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.keep, self.status = code, message, keep, status

    def body(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message}


@dataclass
class PlannedFailure:
    """An error that a test asked for, for the nth operation whose name matches."""

    pattern: str
    error: OperationError
    nth: int
    times: int | None
    seen: int = 0

    def takes(self, name: str) -> bool:
        if not fnmatch.fnmatchcase(name, self.pattern):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


@dataclass(eq=False)
class Operation:
    """`name`: such as virtualMachines/write. `outcome`: what a Location answers at the end, None for no body."""

    name: str
    target: str
    namespace: str
    location: str
    outcome: Callable[[], Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    signature: str = field(default_factory=lambda: secrets.token_urlsafe(600))  # real ones are that long
    started: str = field(default_factory=now)
    begun: float = field(default_factory=time.monotonic)
    ended: str | None = None
    error: OperationError | None = None
    preempted: bool = False

    @property
    def status(self) -> str:
        return "InProgress" if self.ended is None else "Failed" if self.error else "Succeeded"

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"name": self.id, "status": self.status, "startTime": self.started}
        if self.ended:
            body["endTime"] = self.ended
        if self.ended and self.error:
            body["error"] = self.error.body()
        return body


class Operations:
    def __init__(self, world: World, settings: Settings):
        self._world, self._settings = world, settings
        self._operations: dict[str, Operation] = {}
        self._failures: list[PlannedFailure] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()
        self.defects: list[str] = []

    def plan_failure(self, pattern: str, error: OperationError, *, nth: int, times: int | None) -> None:
        self._failures.append(PlannedFailure(pattern, error, nth, times))

    def forget_failures(self) -> None:
        self._failures.clear()

    def start(self, operation: Operation, *, work: Callable[[], None] | None, finish: Callable[[], None],
              fail: Callable[[OperationError], None]) -> Operation:
        """Runs `work` (slow, without the lock), lets the set time of such operations pass, then in one step with the
        end of the operation `finish`, or `fail` if it went wrong."""
        with self._world.lock:
            self._operations[operation.id] = operation
            planned = next((failure for failure in self._failures if failure.takes(operation.name)), None)
            error = planned.error if planned else None
            seconds = self._settings.seconds_of(operation.name)
            if work is None and not seconds:  # nothing to wait for: over before the answer leaves
                self._end(operation, error, finish, fail)
                return operation
        thread = threading.Thread(target=self._run, args=(operation, work, finish, fail, error, seconds), daemon=True,
                                  name=f"{operation.name} {operation.target.rpartition('/')[2]}")
        self._threads.append(thread)
        thread.start()
        return operation

    def find(self, operation_id: str) -> Operation | None:
        with self._world.lock:
            return self._operations.get(operation_id)

    def running(self) -> list[Operation]:
        with self._world.lock:
            return [operation for operation in self._operations.values() if operation.ended is None]

    def wait(self, operation: Operation, seconds: float = 600) -> None:
        with self._world.changed:
            self._world.changed.wait_for(lambda: operation.ended is not None or self._closed.is_set(), seconds)

    def close(self) -> None:
        """Ends all waits at once and waits for the work that is under way."""
        self._closed.set()
        with self._world.changed:
            self._world.changed.notify_all()
        for thread in self._threads:
            thread.join(60)

    def _run(self, operation, work, finish, fail, error: OperationError | None, seconds: float) -> None:
        try:
            if work and not error:
                work()
        except OperationError as caught:
            error = caught
        except Exception as caught:  # a host that would not boot: the test must hear of it, the client as well
            self._defect(operation)
            error = OperationError("InternalExecutionError", f"An internal execution error occurred: {caught}")
        self._closed.wait(max(0.0, operation.begun + seconds - time.monotonic()))
        with self._world.changed:
            self._end(operation, error, finish, fail)

    def _end(self, operation: Operation, error: OperationError | None, finish, fail) -> None:
        try:
            if operation.preempted:  # what it works on belongs to the newer one
                error = OperationError("OperationPreempted", "Operation execution has been preempted by a more recent "
                                       "operation.")
            elif error:
                fail(error)
            else:
                finish()
        except Exception:  # the simulation's own mistake; nobody should wait for ever because of it
            self._defect(operation)
        operation.error, operation.ended = error, now()
        self._world.changed.notify_all()

    def _defect(self, operation: Operation) -> None:
        self.defects.append(f"{operation.name} {operation.target}: {traceback.format_exc()}")
