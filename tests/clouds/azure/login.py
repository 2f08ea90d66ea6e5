# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The login server: token and device code endpoints of versions 1 and 2, and the documents that describe them."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from urllib.parse import unquote

from ..common import jwt
from ..common.http import Request, Response, html_response, json_response
from . import assertions
from .credentials import Application, Credentials
from .settings import Settings
from .tokens import AUDIENCES, Tokens

_PATH = re.compile(r"/([^/]+)/oauth2/(v2\.0/)?(token|devicecode)")
_DOCUMENT = re.compile(r"/([^/]+)/(v2\.0/)?\.well-known/openid-configuration")
_DEVICE_GRANTS = {True: "urn:ietf:params:oauth:grant-type:device_code", False: "device_code"}
_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class LoginError(Exception):
    """`error`: OAuth's word; `code`: the number of the AADSTS message."""

    def __init__(self, error: str, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.error, self.code, self.message, self.status = error, code, message, status

    def response(self) -> Response:
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        moment = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
        return json_response(self.status, {
            "error": self.error, "error_description": f"AADSTS{self.code}: {self.message} Trace ID: {trace} Correlation ID: "
            f"{correlation} Timestamp: {moment}", "error_codes": [int(self.code)], "timestamp": moment, "trace_id": trace,
            "correlation_id": correlation, "error_uri": f"https://login.microsoftonline.com/error?code={self.code}"})


class Login:
    def __init__(self, credentials: Credentials, tokens: Tokens, settings: Settings, base: str):
        self._credentials, self._tokens, self._settings, self._base = credentials, tokens, settings, base

    def handle(self, request: Request) -> Response:
        host = "https://" + request.headers.get("host", "")
        path = unquote(request.path)
        if path == "/common/discovery/instance" and request.method == "GET":
            return self._instance(request, host)
        try:
            if match := _DOCUMENT.fullmatch(path):
                return json_response(200, self._document(self._tenant(match[1]), host, match[1]))
            if not (match := _PATH.fullmatch(path)) or request.method != "POST":
                return html_response(404, "Not Found")
            if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                raise LoginError("invalid_request", "900144", "The request body must be form-encoded.")
            tenant, modern, form = self._tenant(match[1]), bool(match[2]), request.form()
            application = self._application(_wanted(form, "client_id"))
            if match[3] == "devicecode":
                return json_response(200, self._start_device_flow(application, form, modern))
            return json_response(200, self._token(tenant, application, form, modern, host + request.path))
        except LoginError as error:
            return error.response()

    def _tenant(self, name: str) -> str:
        if name.lower() in (self._credentials.tenant.lower(), "common", "organizations", "contoso.onmicrosoft.com"):
            return self._credentials.tenant
        raise LoginError("invalid_request", "90002", f"Tenant '{name}' not found. Check to make sure you have the correct tenant "
                         "ID and are signing into the correct cloud.")

    def _application(self, client_id: str) -> Application:
        found = self._credentials.applications.get(client_id.lower())
        if not found:
            raise LoginError("unauthorized_client", "700016", f"Application with identifier '{client_id}' was not found in the "
                             "directory 'Simulated'.")
        return found

    def _token(self, tenant: str, application: Application, form: dict[str, str], modern: bool, endpoint: str) -> dict:
        grant = _wanted(form, "grant_type")
        user = begun = None
        if grant == "client_credentials":
            source, principal = self._prove(application, form, endpoint), application.client_id
        elif grant == "refresh_token":
            client_id, user = self._credentials.refresh_tokens.get(_wanted(form, "refresh_token"), ("", ""))
            if client_id != application.client_id:
                raise LoginError("invalid_grant", "70043", "The refresh token has expired or is invalid.")
            source, principal = "refresh_token", user
        elif grant == _DEVICE_GRANTS[modern]:
            user, begun = self._redeem(application, _wanted(form, "device_code" if modern else "code"), modern)
            source, principal = "device_code", user
        else:
            raise LoginError("unsupported_grant_type", "70003", f"The app requested an unsupported grant type '{grant}'.")
        audience, offline, named = begun or self._audience(form, modern, grant)
        token = self._tokens.issue(principal, tenant, audience, self._settings.token_lifetime, source)
        lifetime = int(self._settings.token_lifetime)
        answer: dict[str, object] = {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime,
                                     "access_token": token.value}
        if not modern:  # version 1 writes its numbers as strings, and says more
            answer = {name: str(value) for name, value in answer.items()} | {
                "expires_on": str(int(token.expires)), "not_before": str(int(time.time()) - 300), "resource": audience}
        if user and offline:
            answer["refresh_token"] = self._credentials.refresh_token(application.client_id, user)
            answer["scope"] = form.get("scope", "user_impersonation")
        if user and named:
            answer["id_token"] = self._id_token(application, user, tenant)
        return answer

    def _id_token(self, application: Application, user: str, tenant: str) -> str:
        moment = int(time.time())
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": "1"}, {
            "iss": f"{self._base}/{tenant}/v2.0", "aud": application.client_id, "sub": user, "oid": user, "tid": tenant,
            "preferred_username": user, "iat": moment, "nbf": moment, "exp": moment + 3600, "ver": "2.0"},
            self._credentials.signing_key())

    def _prove(self, application: Application, form: dict[str, str], endpoint: str) -> str:
        if form.get("client_assertion"):
            if form.get("client_assertion_type") != _BEARER:
                raise LoginError("invalid_request", "900144", "The request body must contain the following parameter: "
                                 "'client_assertion_type'.")
            try:
                return assertions.check(application, form["client_assertion"], self._endpoints(endpoint))
            except assertions.BadAssertion as error:
                raise LoginError("invalid_client", error.code, error.message, 401) from None
        if not form.get("client_secret"):
            raise LoginError("invalid_client", "7000218", "The request body must contain the following parameter: "
                             "'client_assertion' or 'client_secret'.", 401)
        if form["client_secret"] not in application.secrets:
            raise LoginError("invalid_client", "7000215", "Invalid client secret provided. Ensure the secret being sent in the "
                             "request is the client secret value, not the client secret ID, for a secret added to app "
                             f"'{application.client_id}'.", 401)
        return "client_secret"

    def _endpoints(self, endpoint: str) -> set[str]:
        """What an assertion may name as its audience: the token endpoint, the issuer."""
        tenant = self._credentials.tenant
        return {endpoint, endpoint.replace("/oauth2/v2.0/token", "/v2.0"), f"{self._base}/{tenant}/oauth2/v2.0/token",
                f"https://login.microsoftonline.com/{tenant}/v2.0", f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"}

    def _audience(self, form: dict[str, str], modern: bool, grant: str) -> tuple[str, bool, bool]:
        """Whom the token is for, whether it may be refreshed, and whether the client wants to know who the user is."""
        known = {one.rstrip("/") for one in AUDIENCES | {self._base}}
        if not modern:
            resource = _wanted(form, "resource")
            if resource.rstrip("/") not in known:
                raise LoginError("invalid_resource", "500011", f"The resource principal named {resource} was not found in the "
                                 "tenant named Simulated.")
            return resource, True, False
        given = _wanted(form, "scope").split()
        scopes = [scope for scope in given if scope not in ("offline_access", "openid", "profile")]
        if len(scopes) != 1 or not (scopes[0].endswith("/.default") or (
                grant != "client_credentials" and scopes[0].endswith("/user_impersonation"))):
            raise LoginError("invalid_scope", "70011" if grant != "client_credentials" else "1002012", "The provided value for "
                             f"scope {form['scope']} is not valid. Client credential flows must have a scope value with "
                             "/.default suffixed to the resource identifier (application ID URI).")
        resource = scopes[0].rpartition("/")[0]
        if resource.rstrip("/") not in known:
            raise LoginError("invalid_resource", "500011", f"The resource principal named {resource} was not found in the tenant "
                             "named Simulated.")
        return resource, "offline_access" in given, "openid" in given

    def _start_device_flow(self, application: Application, form: dict[str, str], modern: bool) -> dict:
        if not application.public:
            raise LoginError("invalid_client", "7000218", "The request body must contain the following parameter: "
                             "'client_assertion' or 'client_secret'.", 401)
        audience = self._audience(form, modern, "device_code")
        device, user = "DAQ" + secrets.token_urlsafe(60), secrets.token_hex(5).upper()[:9]
        self._credentials.secrets.append(device)
        self._credentials.device_codes[device] = {"client": application.client_id, "polls": 0, "last": 0.0,
                                                  "audience": audience}
        where = "https://microsoft.com/devicelogin"
        numbers = {"expires_in": 900, "interval": self._settings.device_interval}
        return {"user_code": user, "device_code": device, "verification_uri" if modern else "verification_url": where,
                "message": f"To sign in, use a web browser to open the page {where} and enter the code {user} to authenticate.",
                **(numbers if modern else {name: str(value) for name, value in numbers.items()})}

    def _redeem(self, application: Application, code: str, modern: bool) -> tuple[str, tuple[str, bool, bool]]:
        """The user who has logged in, and what the flow was begun for."""
        flow = self._credentials.device_codes.get(code)
        if not flow or flow["client"] != application.client_id:
            raise LoginError("bad_verification_code" if modern else "invalid_grant", "70019", "Verification code is not known.")
        moment = time.monotonic()
        if moment - flow["last"] < self._settings.device_interval - 0.02:
            flow["last"] = moment
            raise LoginError("slow_down", "70020", "The client polls too often.")
        flow["last"] = moment
        flow["polls"] += 1
        if flow["polls"] <= self._settings.device_polls:
            raise LoginError("authorization_pending", "70016", "OAuth 2.0 device flow error. Authorization is pending. Continue "
                             "polling.")
        if self._settings.device_outcome == "declined":
            raise LoginError("authorization_declined" if modern else "access_denied", "70017", "The user declined.")
        if self._settings.device_outcome == "expired":
            raise LoginError("expired_token" if modern else "code_expired", "70020", "The provided value for the input parameter "
                             "'device_code' is not valid. This device code has expired.")
        del self._credentials.device_codes[code]
        return "user@contoso.onmicrosoft.com", flow["audience"]

    def _instance(self, request: Request, host: str) -> Response:
        """Which hosts are one cloud's (MSAL asks before anything else)."""
        name = host.removeprefix("https://")
        endpoint = (request.argument("authorization_endpoint") or "").replace("/oauth2/v2.0/authorize", "")
        return json_response(200, {
            "tenant_discovery_endpoint": f"{endpoint or host + '/' + self._credentials.tenant}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1", "metadata": [{"preferred_network": name, "preferred_cache": name, "aliases": [name]}]})

    def _document(self, tenant: str, host: str, given: str) -> dict:
        base = f"{host}/{given}"
        return {"issuer": f"{host}/{tenant}/v2.0", "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize", "jwks_uri": f"{base}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"], "tenant_region_scope": "WW",
                "cloud_instance_name": host.removeprefix("https://")}


def _wanted(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise LoginError("invalid_request", "900144", f"The request body must contain the following parameter: '{name}'.")
    return form[name]
