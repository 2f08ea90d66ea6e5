# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""One call of the Compute Engine API from bytes to bytes: the checks in the order in which Google makes them."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from ..common.http import Request, Response, html_response, json_response
from . import names, partial, resources  # noqa: F401  (resources: fills the table of routes)
from .catalog import REGIONS, ZONES
from .errors import ApiError, error_info, forbidden, invalid, not_found, required, service_disabled
from .routing import BASE, GLOBAL_QUERY, Context, Route, find_route
from .shapes import check_shape
from .tokens import Token


class ComputeApi:
    def __init__(self, cloud):
        self._cloud = cloud
        self._recent: list[float] = []

    def handle(self, request: Request) -> Response:
        cloud = self._cloud
        if cloud.settings.latency:
            time.sleep(cloud.settings.latency)
        indent = None if request.argument("prettyPrint") == "false" else 2
        complaints = cloud.judge.check_request(request) if cloud.judge else []
        try:
            answer = self._answer(request, complaints)
            if fields := request.argument("fields"):
                answer = partial.select(answer, fields)
        except ApiError as error:
            return error.response(indent=indent)
        except NoSuchPath:
            return html_response(404, "Not Found")
        response = json_response(200, answer, indent=indent)
        if cloud.judge and not fields:
            cloud.judge.check_answer(request, json.loads(response.body))
        return response

    def _answer(self, request: Request, complaints: list[str]) -> Any:
        cloud = self._cloud
        found = find_route(request.method, request.path.removeprefix(BASE))
        if not found:
            if cloud.judge and cloud.judge.knows(request):
                cloud.judge.defect(request, "the real API has this method, the simulated one has not")
                raise ApiError(501, f"{request.method} {request.path} is not simulated")
            raise NoSuchPath
        route, ids = found
        self._check_query(request, route)
        token = cloud.tokens.check(request.headers.get("authorization"), route.scopes)
        self._check_rate()
        context = self._context(request, route, ids, token)
        context.body = self._body(request, route)
        if complaints and cloud.judge.enforce:
            raise ApiError(400, "Refused by Google's description of the API: " + "; ".join(complaints), "invalid")
        if not route.changes:
            with cloud.world.lock:
                return route.handler(context)
        return self._change(route, context)

    def _change(self, route: Route, context: Context) -> dict:
        """Runs a changing method, or finds the operation that the same request made before."""
        request_id = context.request.argument("requestId")
        with self._cloud.world.lock:
            if request_id is None:
                return route.handler(context)
            names.check_request_id(request_id)
            what = (route.method, context.request.path, context.request.body)
            key = (context.project.id, request_id.lower())
            before = self._cloud.request_ids.get(key)
            if before:
                if before[0] != what:
                    raise invalid("requestId", request_id, "It was used for another request.")
                return self._cloud.operations.find(before[1]).body()
            answer = route.handler(context)
            self._cloud.request_ids[key] = (what, _path_of(answer))
            return answer

    def _check_query(self, request: Request, route: Route) -> None:
        for name, value in request.query:
            if name not in route.query and name not in GLOBAL_QUERY:
                raise ApiError(400, f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                               f"Field '{name}' could not be found in request message.", "invalid",
                               rpc_status="INVALID_ARGUMENT")
            if (name == "alt" and value != "json") or (name == "prettyPrint" and value not in ("true", "false")):
                raise ApiError(400, f'Invalid value "{value}" for query parameter "{name}"', "invalid")

    def _check_rate(self) -> None:
        limit = self._cloud.settings.rate_limit
        if limit is None:
            return
        with self._cloud.world.lock:
            now = time.monotonic()
            self._recent = [when for when in self._recent if when > now - 1]
            if len(self._recent) >= limit:
                raise ApiError(403, "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service "
                               "'compute.googleapis.com' for consumer 'project_number:1'.", "rateLimitExceeded",
                               rpc_status="PERMISSION_DENIED", details=[error_info("RATE_LIMIT_EXCEEDED", "googleapis.com")])
            self._recent.append(now)

    def _context(self, request: Request, route: Route, ids: dict[str, str], token: Token) -> Context:
        world, settings = self._cloud.world, self._cloud.settings
        project_id = ids.pop("project")
        if not re.fullmatch(names.PROJECT_ID, project_id):
            raise invalid("project", project_id, f"Must be a match of regex '{names.PROJECT_ID}'")
        quota_project = request.headers.get("x-goog-user-project")
        if quota_project is not None and quota_project not in world.projects:
            raise ApiError(403, f"Caller does not have required permission to use project {quota_project}.", "forbidden",
                           rpc_status="PERMISSION_DENIED", details=[error_info("USER_PROJECT_DENIED", "googleapis.com")])
        project = world.projects.get(project_id)
        if project is None:
            raise not_found(f"projects/{project_id}")
        if "compute.googleapis.com" in settings.disabled_services:
            raise service_disabled("compute.googleapis.com", project.number)
        # The public image projects can be read by everyone and changed by no one.
        foreign = project_id not in self._cloud.own_projects
        readable = route.permission.startswith(("compute.images.get", "compute.images.list"))
        if route.permission in settings.denied_permissions or (foreign and not readable):
            raise forbidden(route.permission, request.path.removeprefix(BASE))
        if "zone" in ids and ids["zone"] not in ZONES:
            raise invalid("zone", ids["zone"], "Unknown zone.")
        if "region" in ids and ids["region"] not in REGIONS:
            raise invalid("region", ids["region"], "Unknown region.")
        for name, value in ids.items():
            if name not in ("zone", "region"):
                names.check_path_id(value)
        return Context(self._cloud, request, token, project, ids)

    def _body(self, request: Request, route: Route) -> Any:
        if route.body is None:
            if request.body.strip() not in (b"", b"{}"):
                raise ApiError(400, "This method takes no request body.", "badRequest")
            return None
        if not request.body:
            raise required("resource")
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            raise ApiError(400, "Invalid content type; application/json is wanted.", "badContent")
        try:
            body = json.loads(request.body, object_pairs_hook=_no_doubles)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, f"Parse Error: {error}", "parseError") from None
        check_shape(body, route.body)
        return body


class NoSuchPath(Exception):
    pass


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _path_of(operation: dict) -> str:
    return operation["selfLink"].split("/compute/v1/", 1)[1]
