# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Access tokens: who got which, for what audience, until when; and the check of the Authorization header."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, replace

from .errors import ArmError

# What the resource of a token for the Resource Manager may be called; a slash at the end makes no difference.
AUDIENCES = {"https://management.azure.com", "https://management.core.windows.net"}


@dataclass(frozen=True)
class Token:
    value: str
    principal: str
    tenant: str
    audience: str
    expires: float
    source: str  # client_secret, client_assertion, federated, refresh_token, device_code, managed_identity


class Tokens:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}

    def issue(self, principal: str, tenant: str, audience: str, lifetime: float, source: str) -> Token:
        expires = time.time() + lifetime
        parts = ({"typ": "JWT", "alg": "RS256"}, {"aud": audience, "tid": tenant, "oid": principal, "exp": int(expires)})
        text = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        # No client may look into it, so that nobody needs the signature to be one.
        token = Token(".".join((*text, secrets.token_urlsafe(64))), principal, tenant, audience, expires, source)
        with self._lock:
            self._tokens[token.value] = token
        return token

    def all(self) -> list[Token]:
        with self._lock:
            return list(self._tokens.values())

    def expire_all(self) -> None:
        """All tokens issued up to now count as expired."""
        with self._lock:
            self._tokens = {value: replace(token, expires=0.0) for value, token in self._tokens.items()}

    def check(self, header: str | None, tenant: str, audiences: set[str], challenge: str) -> Token:
        """The token behind an Authorization header; ArmError 401 with `challenge` if there is none that is good here."""
        if not header:
            raise _refused("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", challenge)
        kind, _, value = header.partition(" ")
        with self._lock:
            token = self._tokens.get(value)
        if kind != "Bearer" or token is None:
            raise _refused("InvalidAuthenticationToken", "The access token is invalid.", challenge)
        if token.expires <= time.time():
            raise _refused("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC "
                           "time.", challenge)
        if token.audience.rstrip("/") not in {audience.rstrip("/") for audience in audiences}:
            raise _refused("InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience "
                           f"or resource '{token.audience}'.", challenge)
        if token.tenant.lower() != tenant.lower():
            raise _refused("InvalidAuthenticationTokenTenant", f"The access token is from the wrong issuer "
                           f"'https://sts.windows.net/{token.tenant}/'. It must match the tenant "
                           f"'https://sts.windows.net/{tenant}/' associated with this subscription.", challenge)
        return token


def _refused(code: str, message: str, challenge: str) -> ArmError:
    return ArmError(401, code, message, headers={"WWW-Authenticate": challenge})
