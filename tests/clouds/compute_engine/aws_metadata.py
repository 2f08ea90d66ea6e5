# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The metadata service of an EC2 instance as far as a federated login needs it: IMDSv2 token, region, role keys."""

from __future__ import annotations

import secrets

from ..common.http import Request, Response, json_response

_ROLE = "worker-role"


class AwsMetadata:
    """Below /latest/. `keys`: id, secret, session token of the role; None: no role."""

    def __init__(self) -> None:
        self.keys: tuple[str, str, str | None] | None = None
        self.region = "us-east-2"
        self._tokens: set[str] = set()

    def handle(self, request: Request) -> Response:
        if request.path == "/latest/api/token":
            return self._token(request)
        if request.headers.get("x-aws-ec2-metadata-token") not in self._tokens or request.method != "GET":
            return Response(401, b"", {"Content-Type": "text/plain"})
        folder = "/latest/meta-data/iam/security-credentials"
        if request.path == "/latest/meta-data/placement/availability-zone":
            return Response(200, f"{self.region}b".encode(), {"Content-Type": "text/plain"})
        if self.keys and request.path in (folder, folder + "/"):
            return Response(200, _ROLE.encode(), {"Content-Type": "text/plain"})
        if self.keys and request.path == f"{folder}/{_ROLE}":
            key_id, secret, session = self.keys
            return json_response(200, {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key_id,
                                       "SecretAccessKey": secret, "Token": session, "Expiration": "2099-01-01T00:00:00Z"})
        return Response(404, b"", {"Content-Type": "text/plain"})

    def _token(self, request: Request) -> Response:
        if request.method != "PUT" or not request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "").isdigit():
            return Response(400, b"", {"Content-Type": "text/plain"})
        token = secrets.token_urlsafe(40)
        self._tokens.add(token)
        return Response(200, token.encode(), {"Content-Type": "text/plain"})
