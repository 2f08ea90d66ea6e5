# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Retry-After, watched: who asks again before the time that an answer named has broken the rules."""

from __future__ import annotations

import email.utils
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from ..common.call_log import Call, CallLog
from ..common.http import Request

# The client's clock starts when it has read the answer, ours before it is sent; the rest is for unlike clocks.
_TOLERANCE = 0.02


class PatientLog(CallLog):
    """Tells `complain(request, what)` of polls, and of repeated requests of one connection, that come too early."""

    def __init__(self, path: Path | None, complain: Callable[[Request, str], None]):
        super().__init__(path)
        self._complain = complain
        self._not_before: dict[tuple[str, ...], tuple[float, str]] = {}

    def arrive(self, request: Request) -> Call:
        call = super().arrive(request)
        with self._lock:
            until, value = max(self._not_before.pop(key, (0.0, "")) for key in (
                (request.method, request.path), (request.method, request.path, request.peer)))
        early = until - _TOLERANCE - call.time
        if early > 0 and request.service == "arm":
            self._complain(request, f"came {early:.2f} s before the time that Retry-After: {value} had named")
        return call

    def finish(self, call: Call, outcome: str) -> None:
        super().finish(call, outcome)
        headers = call.response.headers if call.response else {}
        if outcome != "answered" or "Retry-After" not in headers:
            return
        value = headers["Retry-After"]
        until = time.time() + float(value) if value.isdigit() else email.utils.parsedate_to_datetime(value).timestamp()
        with self._lock:
            if call.status in (429, 503):
                # Of one client: others may ask for the same, and were not told.
                self._not_before[call.method, call.path, call.request.peer] = until, value
                return
            for name in ("Azure-AsyncOperation", "Location"):
                if name in headers:
                    self._not_before["GET", urllib.parse.urlsplit(headers[name]).path] = until, value
            if call.method == "GET":
                self._not_before["GET", call.path] = until, value
