# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every request in order of arrival, as objects for tests and as JSON lines in a file. No token values."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .http import Request, Response

# Header and body fields that carry credentials.
_SECRET_HEADERS = {"authorization", "x-goog-iam-authorization-token", "cookie", "x-amz-security-token",
                   "x-aws-ec2-metadata-token"}
_SECRET_FIELDS = {"assertion", "access_token", "accessToken", "refresh_token", "client_secret", "subject_token",
                  "client_assertion", "id_token", "password", "WebIdentityToken", "SecretAccessKey", "Token", "UserData",
                  "LaunchSpecification.UserData"}
# The same in XML.
_SECRET_ELEMENTS = re.compile(r"<(SecretAccessKey|SessionToken|keyMaterial)>[^<]*<")


@dataclass
class Call:
    """One request and what became of it. `number` counts from 1 within its service."""

    number: int
    request: Request
    time: float
    seconds: float | None = None
    response: Response | None = None
    outcome: str = "open"  # open, answered, dropped
    worked: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def action(self) -> str:
        return self.request.action

    @property
    def status(self) -> int | None:
        return self.response.status if self.response else None

    def json(self) -> Any:
        """The request's body."""
        return json.loads(self.request.body)

    def record(self) -> dict[str, Any]:
        request = self.request
        return {
            "number": self.number, "service": request.service, "time": round(self.time, 6),
            "seconds": None if self.seconds is None else round(self.seconds, 6),
            "method": request.method, "path": request.path, "query": [list(pair) for pair in request.query],
            "headers": {k: _redact_header(k, v) for k, v in request.headers.items()},
            "body": _readable(request.body, request.headers.get("content-type", "")),
            "outcome": self.outcome, "worked": self.worked, "faults": self.faults, "status": self.status,
            "answer": None if self.response is None else
            _readable(self.response.body, self.response.headers.get("Content-Type", "")),
        }


class CallLog:
    def __init__(self, path: Path | None = None):
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._counts: dict[str, int] = {}
        self._file = path.open("a", buffering=1) if path else None

    def arrive(self, request: Request) -> Call:
        with self._lock:
            number = self._counts[request.service] = self._counts.get(request.service, 0) + 1
            call = Call(number, request, time.time())
            self._calls.append(call)
            return call

    def finish(self, call: Call, outcome: str) -> None:
        call.outcome, call.seconds = outcome, time.time() - call.time
        with self._lock:
            if self._file:
                self._file.write(json.dumps(call.record(), ensure_ascii=False) + "\n")

    def calls(self, service: str | None = None) -> list[Call]:
        with self._lock:
            return [call for call in self._calls if service in (None, call.request.service)]

    def clear(self) -> None:
        """Forgets all calls and counts from 1 again; the file keeps its lines."""
        with self._lock:
            self._calls.clear()
            self._counts.clear()

    def close(self) -> None:
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None


def _redact_header(name: str, value: str) -> str:
    if name not in _SECRET_HEADERS:
        return value
    kind, blank, _ = value.partition(" ")
    return f"{kind} [redacted]" if blank else "[redacted]"


def _readable(body: bytes, content_type: str) -> Any:
    """A body as JSON value, form or text, its secret fields blanked."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    if "x-www-form-urlencoded" in content_type:
        return {k: "[redacted]" if k in _SECRET_FIELDS else v for k, v in Request("", "", "", [], {}, body).form().items()}
    try:
        return _redact(json.loads(text))
    except ValueError:
        return _SECRET_ELEMENTS.sub(r"<\1>[redacted]<", text)


def _redact(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "[redacted]" if k in _SECRET_FIELDS else _redact(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_redact(item) for item in value]
    return value
