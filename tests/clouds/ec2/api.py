# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""One call of the EC2 API from bytes to bytes: the checks in the order in which EC2 makes them."""

from __future__ import annotations

import threading
import time
import urllib.parse
from typing import Any

from ..common.http import Request, Response, html_response
from . import actions, catalog, query  # noqa: F401  (actions: fills the table of actions)
from .cloud import Cloud
from .errors import ApiError, missing
from .routing import ACTIONS, Action, Context
from .sigv4 import ACCOUNT, Principal, verify
from .xml import ec2_response

VERSION = "2016-11-15"
# Versions that the real one still answers; only the newest is simulated with its own fields.
_VERSIONS = {VERSION, "2016-09-15", "2016-04-01"}


class Ec2Api:
    def __init__(self, cloud: Cloud):
        self._cloud = cloud
        self._recent: list[float] = []
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        cloud = self._cloud
        if cloud.settings.latency:
            time.sleep(cloud.settings.latency)
        if request.path not in ("", "/") or request.method not in ("POST", "GET"):
            return html_response(404, "Not Found")
        complaints = cloud.judge.check_request("ec2", request) if cloud.judge else []
        try:
            name, answer = self._answer(request, complaints)
            response = ec2_response(name, answer)
        except ApiError as error:
            response = error.response()
        if cloud.judge:
            cloud.judge.check_answer("ec2", request, response)
        if offset := cloud.settings.clock_offset:
            response.headers["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + offset))
        return response

    def _answer(self, request: Request, complaints: list[str]) -> tuple[str, dict]:
        cloud = self._cloud
        pairs = _pairs(request)
        known = self._known_action(request, pairs)
        signed = verify(request, cloud.keys, "ec2", time.time() + cloud.settings.clock_offset,
                        lambda region: region in catalog.REGIONS and _serves(request, region), cloud.settings.skew_code)
        self._check_rate()
        action = known(request)
        self._authorize(action.name, signed.principal, signed.region)
        if complaints and cloud.judge.enforce:
            raise ApiError("InvalidParameter", "Refused by AWS's description of the API: " + "; ".join(complaints))
        params = query.parse([pair for pair in pairs if pair[0] not in ("Action", "Version")], action.shape)
        query.require(params, *action.required)
        return action.name, self._run(request, action, signed, params)

    def _run(self, request: Request, action: Action, signed, params: dict[str, Any]) -> dict:
        cloud = self._cloud
        trial = params.pop("DryRun", False)
        if params.get("TagSpecification"):
            self._authorize("CreateTags", signed.principal, signed.region)
        with cloud.world.lock:
            cloud.lifecycle.advance()
            context = Context(cloud, request, signed.principal, cloud.world.region(signed.region), params,
                              trial)
            answer = action.handler(context)
            context.commit()
        return answer() if callable(answer) else answer

    def _known_action(self, request: Request, pairs: list[tuple[str, str]]):
        """Refuses what is no action at all at once, and gives a function for what needs a signature first."""
        given = dict(pairs)
        if "Action" not in given:
            raise ApiError("MissingAction", "The request is missing an action or a required parameter.")
        if "Version" not in given:
            raise missing("Version")
        if given["Version"] not in _VERSIONS:
            raise ApiError("NoSuchVersion", f"The requested version ({given['Version']}) of service AmazonEC2 does not exist")

        def find(request: Request) -> Action:
            name = given["Action"]
            if name in ACTIONS:
                return ACTIONS[name]
            if self._cloud.judge and self._cloud.judge.knows("ec2", name):
                self._cloud.judge.defect(request, "the real API has this action, the simulated one has not")
                raise ApiError("NotSimulated", f"{name} is not simulated")
            raise ApiError("InvalidAction", f"The action {name} is not valid for this web service.")
        return find

    def _authorize(self, action: str, principal: Principal, region: str) -> None:
        if f"ec2:{action}" in self._cloud.settings.denied_actions:
            raise denied(action, principal, f"arn:aws:ec2:{region}:{ACCOUNT}:*")

    def _check_rate(self) -> None:
        limit = self._cloud.settings.rate_limit
        if limit is None:
            return
        with self._lock:
            now = time.monotonic()
            self._recent = [when for when in self._recent if when > now - 1]
            if len(self._recent) >= limit:
                raise ApiError("RequestLimitExceeded", "Request limit exceeded.")
            self._recent.append(now)


def denied(action: str, principal: Principal, resource: str) -> ApiError:
    """403 with the encoded message that only decode-authorization-message can read."""
    return ApiError("UnauthorizedOperation", f"You are not authorized to perform this operation. User: {principal.arn} is "
                    f"not authorized to perform: ec2:{action} on resource: {resource} because no identity-based policy "
                    f"allows the ec2:{action} action. Encoded authorization failure message: " + "Zm9yIHRlc3Rz" * 20)


def _pairs(request: Request) -> list[tuple[str, str]]:
    if request.method == "GET":
        return request.query
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise ApiError("MissingAction", "The request is missing an action or a required parameter.")
    try:
        text = request.body.decode("utf-8", "strict")
        return urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError as error:
        raise ApiError("MalformedQueryString", f"The query string contains a syntax error: {error}") from None


def _serves(request: Request, region: str) -> bool:
    """Whether the name that the client came to is that region's; a bare address is every region's."""
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    parts = host.split(".")
    return parts[0] not in ("ec2", "sts") or len(parts) < 4 or parts[1] in (region, "amazonaws")
