# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Access tokens: who got which, with what scopes, until when; and the check of the Authorization header."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

from .errors import ApiError, error_info

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
COMPUTE = "https://www.googleapis.com/auth/compute"
READ_SCOPES = {CLOUD_PLATFORM, COMPUTE, "https://www.googleapis.com/auth/compute.readonly"}
WRITE_SCOPES = {CLOUD_PLATFORM, COMPUTE}


@dataclass(frozen=True)
class Token:
    value: str
    principal: str
    scopes: frozenset[str]
    expires: float
    source: str  # jwt, refresh_token, sts, impersonation, metadata


class Tokens:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}

    def issue(self, principal: str, scopes: list[str], lifetime: float, source: str) -> Token:
        token = Token("ya29." + secrets.token_urlsafe(48), principal, frozenset(scopes), time.time() + lifetime, source)
        with self._lock:
            self._tokens[token.value] = token
        return token

    def all(self) -> list[Token]:
        with self._lock:
            return list(self._tokens.values())

    def expire_all(self) -> None:
        """All tokens issued up to now count as expired."""
        with self._lock:
            self._tokens = {value: Token(value, token.principal, token.scopes, 0.0, token.source)
                            for value, token in self._tokens.items()}

    def check(self, header: str | None, scopes: set[str]) -> Token:
        """The token behind an Authorization header, ApiError 401 or 403 if there is none that is good for this."""
        if not header:
            raise ApiError(401, "Request is missing required authentication credential. Expected OAuth 2 access token, "
                           "login cookie or other valid authentication credential.", "required",
                           location=("header", "Authorization"),
                           details=[error_info("CREDENTIALS_MISSING", "googleapis.com", service="compute.googleapis.com")])
        kind, _, value = header.partition(" ")
        with self._lock:
            token = self._tokens.get(value)
        if kind != "Bearer" or token is None or token.expires <= time.time():
            reason = "ACCESS_TOKEN_EXPIRED" if token else "ACCESS_TOKEN_TYPE_UNSUPPORTED"
            raise ApiError(401, "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
                           "cookie or other valid authentication credential.", "authError",
                           location=("header", "Authorization"),
                           details=[error_info(reason, "googleapis.com", service="compute.googleapis.com")])
        if not token.scopes & scopes:
            raise ApiError(403, "Request had insufficient authentication scopes.", "insufficientPermissions",
                           rpc_status="PERMISSION_DENIED",
                           details=[error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com",
                                               service="compute.googleapis.com")])
        return token
