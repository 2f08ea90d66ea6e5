# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Faults on request: wrong answers, silence, cut connections, and gates at which a call waits for the test."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .call_log import Call
from .http import Response, html_response


class Dropped(Exception):
    """The connection is to be cut without an answer."""


@dataclass
class Match:
    """Which calls a fault is for: method, path and action (regular expressions; the path's is searched, the others must
    match the whole), of those the nth and the `times - 1` matching calls after it (None: all after it)."""

    method: str | None = None
    path: str | None = None
    action: str | None = None
    service: str | None = "compute"
    nth: int = 1
    times: int | None = 1
    seen: int = 0

    def takes(self, call: Call) -> bool:
        request = call.request
        if self.service not in (None, request.service):
            return False
        if self.method is not None and not re.fullmatch(self.method, request.method):
            return False
        if self.path is not None and not re.search(self.path, request.path):
            return False
        if self.action is not None and not re.fullmatch(self.action, request.action):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


@dataclass
class Fault:
    """`before` and `done` run around the work, `after` once the answer is sent. `before` may give an answer that
    takes the work's place, `done` one that takes its answer's place; each may raise Dropped."""

    name: str
    match: Match
    before: Callable[[Call], Response | None] = lambda call: None
    done: Callable[[Call], Response | None] = lambda call: None
    after: Callable[[Call], None] = lambda call: None
    number: int = field(default_factory=itertools.count(1).__next__)


class Gate:
    """One call held at a point: `before` its work, `done` with the work but unanswered, `after` its answer was
    sent. While the gate is shut `after` a call, all later calls wait in front of their own work, so that a test can
    kill the client there and know what the cloud has seen."""

    def __init__(self, point: str):
        if point not in ("before", "done", "after"):
            raise ValueError(f"no such point: {point}")
        self.point = point
        self.call: Call | None = None
        self.drop = False
        self._arrived, self._released = threading.Event(), threading.Event()

    def wait(self, timeout: float = 30) -> Call:
        """The call, once it stands at the gate. TimeoutError if none comes."""
        if not self._arrived.wait(timeout):
            raise TimeoutError(f"no call came to the gate within {timeout} s")
        assert self.call
        return self.call

    @property
    def arrived(self) -> bool:
        return self._arrived.is_set()

    @property
    def shut(self) -> bool:
        return self.arrived and not self._released.is_set()

    def release(self, *, drop: bool = False) -> None:
        """Lets the call go on; with `drop` it and those held behind it end without work and answer."""
        self.drop = drop
        self._released.set()

    def stand(self, call: Call) -> None:
        self.call = call
        self._arrived.set()
        self.hold()

    def hold(self) -> None:
        self._released.wait()
        if self.drop:
            raise Dropped


class FaultPlan:
    """The faults of one cloud. `make_error(status, reason, message)` gives an answer in that cloud's form. `service`:
    the one that faults are for unless they name another."""

    def __init__(self, make_error: Callable[[int, str | None, str | None], Response], service: str = "compute"):
        self._make_error, self._service = make_error, service
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._gates: list[Gate] = []
        self._closed = threading.Event()

    def answer(self, status: int, reason: str | None = None, message: str | None = None, *, after_work: bool = False,
               headers: dict[str, str] | None = None, **match) -> Fault:
        """Answers an error, in place of the work or (after_work) although the work was done."""
        def respond(call: Call) -> Response:
            response = self._make_error(status, reason, message)
            response.headers.update(headers or {})
            return response
        return self._add(f"answer {status} {reason or ''}".rstrip(), match, **{"done" if after_work else "before": respond})

    def html(self, status: int = 502, title: str = "Bad Gateway", *, after_work: bool = False, **match) -> Fault:
        """An error page instead of JSON."""
        return self._add(f"html {status}", match,
                         **{"done" if after_work else "before": lambda call: html_response(status, title)})

    def drop(self, when: str = "before", **match) -> Fault:
        """Cuts the connection `before` the work or `after` it, unanswered."""
        def cut(call: Call) -> None:
            raise Dropped
        return self._add(f"drop {when}", match, **{"before" if when == "before" else "done": cut})

    def hang(self, when: str = "before", **match) -> Fault:
        """Never answers; the connection stays open until the cloud closes."""
        def hang(call: Call) -> None:
            self._closed.wait()
            raise Dropped
        return self._add(f"hang {when}", match, **{"before" if when == "before" else "done": hang})

    def delay(self, seconds: float, **match) -> Fault:
        """Answers late; the work is done at once."""
        def late(call: Call) -> None:
            self._closed.wait(seconds)
        return self._add(f"delay {seconds:g}", match, done=late)

    def gate(self, point: str = "before", **match) -> Gate:
        gate = Gate(point)
        self._add(f"gate {point}", match, **{point: gate.stand})
        with self._lock:
            self._gates.append(gate)
        return gate

    def hook(self, point: str, callback: Callable[[Call], Response | None], **match) -> Fault:
        """Calls back at a point (before, done, after) of each matching call, in the server's thread."""
        return self._add(f"hook {point}", {"times": None, **match}, **{point: callback})

    def remove(self, fault: Fault) -> None:
        with self._lock:
            self._faults = [other for other in self._faults if other is not fault]

    def clear(self) -> None:
        """Removes all faults and opens all gates."""
        with self._lock:
            self._faults, gates, self._gates = [], self._gates, []
        for gate in gates:
            gate.release(drop=gate.drop)

    def pick(self, call: Call) -> list[Fault]:
        """Waits behind gates that are shut after an earlier call, then gives the faults of this one."""
        while True:
            with self._lock:
                shut = [gate for gate in self._gates if gate.point == "after" and gate.shut]
                if not shut:
                    picked = [fault for fault in self._faults if fault.match.takes(call)]
                    break
            shut[0].hold()
        call.faults = [fault.name for fault in picked]
        return picked

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            gates = self._gates
        for gate in gates:
            gate.release(drop=True)

    def _add(self, name: str, match: dict, **points) -> Fault:
        fault = Fault(name, Match(**{"service": self._service, **match}), **points)
        with self._lock:
            self._faults.append(fault)
        return fault
