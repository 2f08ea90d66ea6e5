# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What an instance and a container see on their link-local addresses: IMDS below /latest/, container credentials."""

from __future__ import annotations

import threading
import time

from ..common.http import Request, Response, json_response
from ..common.instance_metadata import InstanceMetadata
from .settings import Settings
from .sigv4 import ACCOUNT, Keys, Principal

CONTAINER_PATH = "/v2/credentials/7e9a2b0c-simulated"


class Metadata(InstanceMetadata):
    """Stands for the machine that the program runs on. `container_token`: what the container's endpoint wants in
    Authorization, None: nothing."""

    def __init__(self, keys: Keys, settings: Settings):
        super().__init__(lambda: _document(self._session("imds")), v1=lambda: settings.imds_v1)
        self._known, self._settings = keys, settings
        self._lock = threading.Lock()
        self._sessions: dict[str, Principal] = {}
        self.container_token: str | None = None

    def handle(self, request: Request) -> Response:
        return self._container(request) if request.path.startswith("/v2/credentials/") else super().handle(request)

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
            if not keys or (keys.expires or 0) - time.time() < 300:
                keys = self._known.add_session(self.role or "", f"{self.instance_id}-{name}", self._settings.session_lifetime)
                self._sessions[name] = keys
            return keys


def _document(keys: Principal) -> dict:
    return {"AccessKeyId": keys.key_id, "SecretAccessKey": keys.secret, "Token": keys.token,
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(keys.expires))}
