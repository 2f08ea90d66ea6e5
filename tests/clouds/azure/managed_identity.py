# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Tokens of the place a program runs in: the instance metadata service, and App Service's endpoint of the same kind."""

from __future__ import annotations

import secrets
import time

from ..common.http import Request, Response, json_response
from .credentials import Credentials
from .settings import Settings
from .tokens import AUDIENCES, Tokens


class ManagedIdentity:
    def __init__(self, credentials: Credentials, tokens: Tokens, settings: Settings, base: str):
        self._credentials, self._tokens, self._settings, self._base = credentials, tokens, settings, base
        self.header = secrets.token_urlsafe(24)  # App Service's proof that the asker is inside

    def handle(self, request: Request) -> Response:
        if request.path == "/metadata/identity/oauth2/token":
            if request.headers.get("metadata", "").lower() != "true" or "x-forwarded-for" in request.headers:
                return _refused(400, "bad_request_102", "Required metadata header not specified")
            return self._token(request, {"2018-02-01", "2018-10-01", "2019-08-01", "2021-02-01"}, modern=False)
        if request.path == "/msi/token":
            if request.headers.get("x-identity-header") != self.header:
                return _refused(401, "unauthorized", "The X-IDENTITY-HEADER is missing or wrong.")
            return self._token(request, {"2019-08-01"}, modern=True)
        return _refused(404, "not_found", "There is nothing here.")

    def _token(self, request: Request, versions: set[str], *, modern: bool) -> Response:
        if request.method != "GET":
            return _refused(405, "method_not_allowed", "GET is wanted.")
        if request.argument("api-version") not in versions:
            return _refused(400, "invalid_request", "The api-version is missing or not supported.")
        resource = request.argument("resource") or ""
        if resource.rstrip("/") not in {one.rstrip("/") for one in AUDIENCES | {self._base}}:
            return _refused(400, "invalid_resource", f"AADSTS500011: The resource principal named {resource} was not found.")
        wanted = request.argument("client_id") or ""
        principal = self._credentials.identities.get(wanted)
        if not principal:
            return _refused(400, "invalid_request", "Identity not found")
        token = self._tokens.issue(principal, self._credentials.tenant, resource, self._settings.token_lifetime,
                                   "managed_identity")
        answer = {"access_token": token.value, "expires_on": str(int(token.expires)), "resource": resource,
                  "token_type": "Bearer", "client_id": wanted or next(iter(self._credentials.identities))}
        if not modern:  # all of them strings
            answer |= {"expires_in": str(int(token.expires - time.time())), "not_before": str(int(time.time()) - 300),
                       "ext_expires_in": str(int(self._settings.token_lifetime)), "refresh_token": ""}
        return json_response(200, answer)


def _refused(status: int, error: str, description: str) -> Response:
    return json_response(status, {"error": error, "error_description": description})
