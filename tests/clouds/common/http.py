# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A request as it came in and an answer as it goes out, free of sockets."""

from __future__ import annotations

import json
import urllib.parse
from dataclasses import dataclass, field


@dataclass
class Request:
    """One HTTP request. Header names are lower case, the path is still percent-encoded and has no query. `peer`: the
    connection it came by."""

    service: str
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    peer: str = ""

    def form(self) -> dict[str, str]:
        """The fields of a form-encoded body; of a repeated field, the last."""
        return dict(urllib.parse.parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def action(self) -> str:
        """The operation's name in the APIs that have all of them at one path (AWS's query and JSON protocols)."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2] or self.form().get("Action") or \
            self.argument("Action") or ""

    def argument(self, name: str) -> str | None:
        """The last value of a query parameter."""
        return dict(self.query).get(name)


@dataclass
class Response:
    """One answer. Content-Length is added when it is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_response(status: int, value: object, *, indent: int | None = None, **headers: str) -> Response:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return Response(status, (text + "\n").encode(), {"Content-Type": "application/json; charset=UTF-8", **headers})


def html_response(status: int, title: str) -> Response:
    """What the load balancers in front of an API answer: no JSON at all."""
    page = f"<!DOCTYPE html>\n<html lang=en>\n<title>Error {status} ({title})!!1</title>\n<p><b>{status}.</b> {title}.\n"
    return Response(status, page.encode(), {"Content-Type": "text/html; charset=UTF-8"})
