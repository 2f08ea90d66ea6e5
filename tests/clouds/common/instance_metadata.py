# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The metadata service of an EC2 instance (IMDS), as the instance that the program under test runs on sees it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from .http import Request, Response, json_response

ACCOUNT = "123456789012"
_ROLES = "/latest/meta-data/iam/security-credentials"


class InstanceMetadata:
    """Below /latest/. `keys()`: the document of the role's keys without its Code, None when there are none. `role` None:
    the instance has none. `v1()`: whether requests without a token are answered."""

    def __init__(self, keys: Callable[[], dict[str, Any] | None], *, v1: Callable[[], bool] = lambda: False):
        self._keys, self._v1 = keys, v1
        self._tokens: dict[str, float] = {}
        self.role: str | None = "worker-role"
        self.region, self.zone_letter = "us-east-1", "a"
        self.instance_id = "i-0aaaaaaaaaaaaaaaa"

    def handle(self, request: Request) -> Response:
        if request.path == "/latest/api/token":
            return self._token(request)
        return self._refusal(request) or self._answer(request)

    def tokens(self) -> list[str]:
        return list(self._tokens)

    def forget_tokens(self) -> None:
        """From now on every token is refused, as after a restart of the service."""
        self._tokens.clear()

    def _token(self, request: Request) -> Response:
        if request.method != "PUT":
            return _text(405)
        if "x-forwarded-for" in request.headers:
            return _text(403)
        seconds = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
        if not seconds.isdigit() or not 1 <= int(seconds) <= 21600:
            return _text(400)
        token = secrets.token_urlsafe(40) + "=="
        self._tokens[token] = time.monotonic() + int(seconds)
        return Response(200, token.encode(), {"Content-Type": "text/plain", "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds})

    def _refusal(self, request: Request) -> Response | None:
        token = request.headers.get("x-aws-ec2-metadata-token")
        if token is None:
            return None if self._v1() else _text(401)
        if self._tokens.get(token, 0) <= time.monotonic():
            return _text(401)
        return None if request.method == "GET" else _text(405)

    def _answer(self, request: Request) -> Response:
        path = request.path
        texts = {"/latest/meta-data/placement/availability-zone": self.region + self.zone_letter,
                 "/latest/meta-data/placement/region": self.region, "/latest/meta-data/instance-id": self.instance_id}
        if path in texts:
            return _text(200, texts[path])
        if path == "/latest/dynamic/instance-identity/document":
            return _text(200, json.dumps({"accountId": ACCOUNT, "region": self.region, "instanceId": self.instance_id,
                                          "availabilityZone": self.region + self.zone_letter, "architecture": "x86_64"}))
        keys = self._keys() if self.role and path.startswith(_ROLES) else None
        if keys and path in (_ROLES, _ROLES + "/"):
            return _text(200, self.role or "")
        if keys and path == f"{_ROLES}/{self.role}":
            return json_response(200, {"Code": "Success", "LastUpdated": "2026-01-01T00:00:00Z", "Type": "AWS-HMAC", **keys})
        return _text(404)


def _text(status: int, text: str = "") -> Response:
    return Response(status, text.encode(), {"Content-Type": "text/plain", "Server": "EC2ws"})
