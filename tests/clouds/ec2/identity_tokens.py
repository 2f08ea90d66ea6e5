# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Web identity tokens as a Kubernetes cluster issues them to its service accounts."""

from __future__ import annotations

import base64
import json
import secrets
import time

from .errors import ApiError


class IdentityTokens:
    """Good are those issued here and not yet over; to clients a token is an opaque text in three parts."""

    issuer = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
    subject = "system:serviceaccount:ci:runner"

    def __init__(self) -> None:
        self._expiry: dict[str, float] = {}

    def issue(self, seconds: float = 86400) -> str:
        ends = time.time() + seconds
        parts = [{"alg": "RS256", "kid": "1"}, {"iss": self.issuer, "sub": self.subject, "aud": ["sts.amazonaws.com"],
                                                "exp": int(ends)}, secrets.token_hex(256)]
        token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
        self._expiry[token] = ends
        return token

    def all(self) -> list[str]:
        return list(self._expiry)

    def check(self, token: str) -> str:
        """The subject of a good one."""
        if not token:
            raise ApiError("ValidationError", "1 validation error detected: Value null at 'webIdentityToken' failed to "
                           "satisfy constraint: Member must not be null")
        if token not in self._expiry:
            raise ApiError("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you "
                           "sent an Access Token)")
        if time.time() >= self._expiry[token]:
            raise ApiError("ExpiredTokenException", "Token expired")
        return self.subject
