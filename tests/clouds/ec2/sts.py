# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The Security Token Service: who am I, and the keys of roles."""

from __future__ import annotations

import re
import time
import urllib.parse

from ..common.http import Request, Response, html_response
from . import catalog
from .cloud import Cloud
from .errors import ApiError
from .query import INT, STRING, parse
from .sigv4 import ACCOUNT, Principal, Signed, verify
from .xml import sts_response, timestamp
from .identity_tokens import IdentityTokens

_SHAPES = {
    "GetCallerIdentity": {},
    "AssumeRole": {"RoleArn": STRING, "RoleSessionName": STRING, "DurationSeconds": INT, "ExternalId": STRING,
                   "Policy": STRING, "SerialNumber": STRING, "TokenCode": STRING},
    "AssumeRoleWithWebIdentity": {"RoleArn": STRING, "RoleSessionName": STRING, "WebIdentityToken": STRING,
                                  "ProviderId": STRING, "Policy": STRING, "DurationSeconds": INT},
}


class Sts:
    """`external_ids`: role name -> the ExternalId that its trust policy asks for."""

    def __init__(self, cloud: Cloud, identity_tokens: IdentityTokens):
        self._cloud, self._identities = cloud, identity_tokens
        self.external_ids: dict[str, str] = {}

    def handle(self, request: Request) -> Response:
        cloud = self._cloud
        if cloud.settings.latency:
            time.sleep(cloud.settings.latency)
        if request.path not in ("", "/"):
            return html_response(404, "Not Found")
        complaints = cloud.judge.check_request("sts", request) if cloud.judge else []
        try:
            if complaints and cloud.judge.enforce:
                raise ApiError("ValidationError", "Refused by AWS's description of the API: " + "; ".join(complaints))
            response = sts_response(request.action, self._answer(request))
        except ApiError as error:
            response = error.response("sts")
        if cloud.judge:
            cloud.judge.check_answer("sts", request, response)
        return response

    def _answer(self, request: Request) -> dict:
        name = request.action
        if name not in _SHAPES:
            raise ApiError("InvalidAction", f"Could not find operation {name} for version 2011-06-15")
        text = request.body.decode("utf-8", "replace")
        pairs = request.query + urllib.parse.parse_qsl(text, keep_blank_values=True)
        if dict(pairs).get("Version") != "2011-06-15":
            raise ApiError("InvalidAction", f"Could not find operation {name} for version {dict(pairs).get('Version')}")
        params = parse([pair for pair in pairs if pair[0] not in ("Action", "Version")], _SHAPES[name])
        if name == "AssumeRoleWithWebIdentity":
            return self._with_web_identity(params)
        signed = verify(request, self._cloud.keys, "sts", time.time() + self._cloud.settings.clock_offset,
                        lambda region: region in catalog.REGIONS)
        if f"sts:{name}" in self._cloud.settings.denied_actions:
            raise _denied(name, signed.principal.arn, params.get("RoleArn", "*"))
        return self._assume(signed, params) if name == "AssumeRole" else self._identity(signed.principal)

    def _identity(self, principal: Principal) -> dict:
        return {"Arn": principal.arn, "UserId": principal.user_id, "Account": ACCOUNT}

    def _assume(self, signed: Signed, params: dict) -> dict:
        role = self._role(params, "AssumeRole", signed.principal.arn)
        if self.external_ids.get(role) != params.get("ExternalId") and role in self.external_ids:
            raise _denied("AssumeRole", signed.principal.arn, params["RoleArn"])
        # A role that assumes a role gets an hour at most.
        longest = 3600 if signed.principal.expires else 43200
        return self._session(role, params, longest)

    def _with_web_identity(self, params: dict) -> dict:
        if "sts:AssumeRoleWithWebIdentity" in self._cloud.settings.denied_actions:
            raise ApiError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        role = self._role(params, "AssumeRoleWithWebIdentity", None)
        subject = self._identities.check(params.get("WebIdentityToken", ""))
        return self._session(role, params, 43200) | {
            "SubjectFromWebIdentityToken": subject, "Provider": self._identities.issuer, "Audience": "sts.amazonaws.com"}

    def _role(self, params: dict, action: str, arn: str | None) -> str:
        for name in ("RoleArn", "RoleSessionName"):
            if not params.get(name):
                raise ApiError("ValidationError", f"1 validation error detected: Value null at '{name[0].lower()}{name[1:]}' "
                               "failed to satisfy constraint: Member must not be null")
        session = params["RoleSessionName"]
        if not re.fullmatch(r"[\w+=,.@-]{2,64}", session):
            raise ApiError("ValidationError", f"1 validation error detected: Value '{session}' at 'roleSessionName' failed to "
                           "satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*")
        match = re.fullmatch(rf"arn:aws[\w-]*:iam::{ACCOUNT}:role/(?:.*/)?([\w+=,.@-]+)", params["RoleArn"])
        if not match or match[1] not in self._cloud.world.roles:
            raise _denied(action, arn, params["RoleArn"]) if arn else \
                ApiError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        return match[1]

    def _session(self, role: str, params: dict, longest: int) -> dict:
        seconds = params.get("DurationSeconds", 3600)
        if not 900 <= seconds <= longest:
            raise ApiError("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                           if seconds > longest else f"1 validation error detected: Value '{seconds}' at 'durationSeconds' "
                           "failed to satisfy constraint: Member must have value greater than or equal to 900")
        keys = self._cloud.keys.add_session(role, params["RoleSessionName"], seconds)
        return {"Credentials": {"AccessKeyId": keys.key_id, "SecretAccessKey": keys.secret, "SessionToken": keys.token,
                                "Expiration": timestamp(keys.expires).replace(".000", "")},
                "AssumedRoleUser": {"AssumedRoleId": keys.user_id, "Arn": keys.arn}}


def _denied(action: str, arn: str, resource: str) -> ApiError:
    return ApiError("AccessDenied", f"User: {arn} is not authorized to perform: sts:{action} on resource: {resource}")
