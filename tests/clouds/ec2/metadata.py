# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What an instance and a container see on their link-local addresses: IMDS below /latest/, container credentials."""

from __future__ import annotations

import json
import secrets
import threading
import time

from ..common.http import Request, Response, json_response
from .settings import Settings
from .sigv4 import ACCOUNT, Keys, Principal

CONTAINER_PATH = "/v2/credentials/7e9a2b0c-simulated"
_ROLES = "/latest/meta-data/iam/security-credentials"


class Metadata:
    """Stands for the machine that the program runs on. `role` None: it has none. `container_token`: what the container
    endpoint wants in Authorization, None: nothing."""

    def __init__(self, keys: Keys, settings: Settings):
        self._keys, self._settings = keys, settings
        self._lock = threading.Lock()
        self._tokens: dict[str, float] = {}
        self._sessions: dict[str, Principal] = {}
        self.role: str | None = "worker-role"
        self.region, self.zone_letter = "us-east-1", "a"
        self.instance_id = "i-0aaaaaaaaaaaaaaaa"
        self.container_token: str | None = None

    def handle(self, request: Request) -> Response:
        if request.path.startswith("/v2/credentials/"):
            return self._container(request)
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
            return None if self._settings.imds_v1 else _text(401)
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
        if self.role and path in (_ROLES, _ROLES + "/"):
            return _text(200, self.role)
        if self.role and path == f"{_ROLES}/{self.role}":
            keys = self._session("imds")
            return json_response(200, {"Code": "Success", "LastUpdated": _when(time.time()), "Type": "AWS-HMAC",
                                       **_document(keys)})
        return _text(404)

    def _container(self, request: Request) -> Response:
        if request.path != CONTAINER_PATH:
            return json_response(404, {"code": "InvalidIdInRequest", "message": "CredentialsEndpoint: unable to find"})
        if self.container_token is not None and request.headers.get("authorization") != self.container_token:
            return json_response(401, {"code": "AccessDeniedException", "message": "The token in the request is invalid"})
        return json_response(200, {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{self.role}", **_document(self._session("ecs"))})

    def _session(self, name: str) -> Principal:
        """The same keys until they are close to their end, as the real ones."""
        with self._lock:
            keys = self._sessions.get(name)
            if not keys or keys.expires - time.time() < 300:
                keys = self._keys.add_session(self.role or "", f"{self.instance_id}-{name}", self._settings.session_lifetime)
                self._sessions[name] = keys
            return keys


def _document(keys: Principal) -> dict:
    return {"AccessKeyId": keys.key_id, "SecretAccessKey": keys.secret, "Token": keys.token, "Expiration": _when(keys.expires)}


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _text(status: int, text: str = "") -> Response:
    return Response(status, text.encode(), {"Content-Type": "text/plain", "Server": "EC2ws"})
