# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The login servers: OAuth token endpoint, security token service, and the minting of tokens by impersonation."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import datetime, timezone

from ..common import jwt
from ..common.http import Request, Response, json_response
from .aws_subject import BadSubject, check_aws_subject
from .credentials import AWS_SUBJECT, Accounts, Credentials, principal_of
from .errors import ApiError, forbidden, not_found
from .settings import Settings
from .tokens import CLOUD_PLATFORM, Tokens

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"
_CLOCK_SKEW = 300  # seconds that the two clocks may differ
_SCOPE = re.compile(r"https://www\.googleapis\.com/auth/[a-z._-]+|openid|email|profile")
# Names that the token endpoint also has on the real internet, for clients that come through a proxy.
_TOKEN_AUDIENCES = {"https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token",
                    "https://www.googleapis.com/oauth2/v4/token"}
# The paths of the three services, each in two spellings: as this server writes them into credential files, and as they
# are at Google's own hosts.
TOKEN_PATHS = {"/token", "/o/oauth2/token", "/oauth2/v4/token"}
STS_PATHS = {"/sts/v1/token", "/v1/token"}
IAM_PATHS = ("/iam/v1/projects/-/serviceAccounts/", "/v1/projects/-/serviceAccounts/")


class OAuthError(Exception):
    def __init__(self, error: str, description: str, status: int = 400):
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


class OAuth:
    def __init__(self, credentials: Credentials, tokens: Tokens, settings: Settings):
        self._credentials, self._tokens, self._settings = credentials, tokens, settings

    @property
    def _accounts(self) -> Accounts:
        return self._credentials.accounts

    def handle(self, request: Request) -> Response:
        """Answers a request of the service `oauth` (token endpoint, STS, IAM credentials)."""
        if request.path.startswith(IAM_PATHS):
            return self._impersonate(request)
        try:
            if request.method != "POST":
                raise OAuthError("invalid_request", "Request must use POST.", 405)
            if request.headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
                raise OAuthError("invalid_request", "Invalid content type; a form is wanted.")
            exchange = self._exchange if request.path in STS_PATHS else self._grant
            return json_response(200, exchange(request), **{"Cache-Control": "no-store"})
        except OAuthError as error:
            return json_response(error.status, {"error": error.error, "error_description": error.description}, indent=2)

    def _grant(self, request: Request) -> dict:
        form = request.form()
        if form.get("grant_type") == _JWT_GRANT:
            return self._answer(*self._check_jwt(_wanted(form, "assertion")), "jwt")
        if form.get("grant_type") == "refresh_token":
            mail = self._check_refresh_token(form, form.get("client_id"), form.get("client_secret"))
            return self._answer(mail, [CLOUD_PLATFORM], "refresh_token")
        raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")

    def _check_jwt(self, assertion: str) -> tuple[str, list[str]]:
        try:
            header, claims, signed, signature = jwt.decode(assertion)
        except jwt.BadToken as error:
            raise OAuthError("invalid_grant", f"Bad Request: {error}") from None
        if header.get("alg") != "RS256" or header.get("typ", "JWT") != "JWT":
            raise OAuthError("invalid_grant", "Invalid JWT: unsupported algorithm or type.")
        mail = claims.get("iss")
        keys = self._accounts.service_keys.get(mail) if isinstance(mail, str) else None
        if not keys:
            raise OAuthError("invalid_grant", "Invalid grant: account not found")
        if "kid" in header and header["kid"] not in keys:
            raise OAuthError("invalid_grant", "Invalid JWT Signature.")
        candidates = [keys[header["kid"]]] if "kid" in header else list(keys.values())
        if not any(jwt.is_signed_by(key, signed, signature) for key in candidates):
            raise OAuthError("invalid_grant", "Invalid JWT Signature.")
        if claims.get("aud") not in {self._credentials.token_uri, *_TOKEN_AUDIENCES}:
            raise OAuthError("invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires, now = claims.get("iat"), claims.get("exp"), time.time()
        if not _is_number(issued) or not _is_number(expires) or issued > now + _CLOCK_SKEW or \
                expires <= now - _CLOCK_SKEW or not 0 < expires - issued <= 3600:
            raise OAuthError("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                             "reasonable timeframe. Check your iat and exp values in the JWT claim.")
        return mail, _scopes(claims.get("scope"))

    def _check_refresh_token(self, form: dict[str, str], client_id: str | None, client_secret: str | None) -> str:
        known = self._accounts.refresh_tokens.get(_wanted(form, "refresh_token"))
        if not known:
            raise OAuthError("invalid_grant", "Token has been expired or revoked.")
        if client_id != known[0]:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if client_secret != known[1]:
            raise OAuthError("invalid_client", "Unauthorized", 401)
        return known[2]

    def _exchange(self, request: Request) -> dict:
        """RFC 8693, and the refresh of workforce users, who are at home at the same address."""
        form = request.form()
        if form.get("grant_type") == "refresh_token":
            mail = self._check_refresh_token(form, *_basic_auth(request))
            return self._answer(mail, [CLOUD_PLATFORM], "refresh_token")
        if form.get("grant_type") != _EXCHANGE_GRANT:
            raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        if form.get("requested_token_type") != _ACCESS_TOKEN_TYPE:
            raise OAuthError("invalid_request", "requested_token_type must be an access token.")
        workload = self._accounts.workloads.get(_wanted(form, "audience"))
        if not workload:
            raise OAuthError("invalid_target", "The target service indicated by the \"audience\" parameters is invalid.")
        if _wanted(form, "subject_token_type") != workload.subject_token_type:
            raise OAuthError("invalid_request", "Invalid value for \"subject_token_type\".")
        subject = _wanted(form, "subject_token")
        if workload.subject_token_type == AWS_SUBJECT:
            try:
                check_aws_subject(subject, workload.audience, workload.aws_keys)
            except BadSubject as error:
                raise OAuthError("invalid_grant", f"Received invalid AWS subject token: {error}") from None
        elif subject != workload.subject_token:
            raise OAuthError("invalid_grant", "The given subject token is invalid.")
        answer = self._answer(principal_of(workload), _scopes(form.get("scope")), "sts")
        return {**answer, "issued_token_type": _ACCESS_TOKEN_TYPE}

    def _impersonate(self, request: Request) -> Response:
        try:
            match = re.fullmatch(r"(?:/iam)?/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken", request.path)
            if not match or request.method != "POST":
                raise not_found(request.path)
            token = self._tokens.check(request.headers.get("authorization"),
                                       {CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam"})
            body = _impersonation_body(request)
            mail = match[1]
            if mail not in self._accounts.service_keys:
                raise ApiError(404, f"Not found; Gaia id not found for email {mail}", rpc_status="NOT_FOUND")
            if (token.principal, mail) not in self._accounts.impersonators:
                raise forbidden("iam.serviceAccounts.getAccessToken", f"projects/-/serviceAccounts/{mail}")
            lifetime = min(float(body.get("lifetime", "3600s")[:-1]), self._settings.token_lifetime)
            made = self._tokens.issue(mail, body["scope"], lifetime, "impersonation")
            expires = datetime.fromtimestamp(int(made.expires), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            return json_response(200, {"accessToken": made.value, "expireTime": expires}, indent=2)
        except ApiError as error:
            return error.response()

    def _answer(self, principal: str, scopes: list[str], source: str) -> dict:
        token = self._tokens.issue(principal, scopes, self._settings.token_lifetime, source)
        # The real service names one second less than the hour.
        return {"access_token": token.value, "expires_in": max(1, int(self._settings.token_lifetime) - 1),
                "token_type": "Bearer"}


def _impersonation_body(request: Request) -> dict:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise ApiError(400, "Invalid JSON payload received.", "badRequest", rpc_status="INVALID_ARGUMENT") from None
    if isinstance(body, dict):  # null counts as absent; Google's own library sends "delegates": null
        body = {key: value for key, value in body.items() if value is not None}
    good = (isinstance(body, dict) and not set(body) - {"delegates", "scope", "lifetime"}
            and isinstance(body.get("scope"), list) and body["scope"] and all(_is_scope(s) for s in body["scope"])
            and isinstance(body.get("delegates", []), list)
            and re.fullmatch(r"[0-9]+(\.[0-9]+)?s", body.get("lifetime", "3600s")) is not None
            and 0 < float(body.get("lifetime", "3600s")[:-1]) <= 3600)
    if not good:
        raise ApiError(400, "Request contains an invalid argument.", "badRequest", rpc_status="INVALID_ARGUMENT")
    return body


def _wanted(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise OAuthError("invalid_request", f"Missing required parameter: {name}")
    return form[name]


def _scopes(text: object) -> list[str]:
    scopes = text.split(" ") if isinstance(text, str) and text else []
    if not scopes or not all(_is_scope(scope) for scope in scopes):
        raise OAuthError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return scopes


def _is_scope(scope: object) -> bool:
    return isinstance(scope, str) and _SCOPE.fullmatch(scope) is not None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _basic_auth(request: Request) -> tuple[str | None, str | None]:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None, None
    return (name, secret) if kind == "Basic" else (None, None)
