# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""One call of the Resource Manager from bytes to bytes: the checks in the order in which it makes them."""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import Any

from ..common.http import Request, Response, html_response, json_response
from . import resources  # noqa: F401  (fills the table of routes)
from .errors import ArmError, forbidden, group_not_found
from .routing import GROUP_KIND, Context, find_route, kind_is_known
from .shapes import check_shape
from .tokens import AUDIENCES, Token
from .versions import versions_of
from .world import Subscription

_POLL = re.compile(r"/subscriptions/([^/]+)(?:/providers/([^/]+)/locations/[^/]+)?/(operations|operationResults)/([^/]+)",
                   re.IGNORECASE)


class ArmApi:
    def __init__(self, cloud):
        self._cloud = cloud
        self._recent: list[float] = []

    def handle(self, request: Request) -> Response:
        cloud = self._cloud
        if cloud.settings.latency:
            time.sleep(cloud.settings.latency)
        try:
            response = self._answer(request)
        except ArmError as error:
            response = error.response()
        given = request.headers.get("x-ms-correlation-request-id") or request.headers.get("x-ms-client-request-id")
        response.headers.update({"x-ms-request-id": str(uuid.uuid4()), "Cache-Control": "no-cache",
                                 "x-ms-correlation-request-id": given or str(uuid.uuid4())})
        kind = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(request.method, "writes")
        response.headers.setdefault(f"x-ms-ratelimit-remaining-subscription-{kind}", "199")
        return response

    def _answer(self, request: Request) -> Response:
        if poll := _POLL.fullmatch(request.path):
            return self._poll(request, *poll.groups())
        if request.path.lower() == "/subscriptions":
            return self._list_subscriptions(request)
        found = find_route(request.method, request.path)
        if not found:
            return self._no_route(request)
        route, ids = found
        subscription = self._subscription(ids["subscription"])
        token = self._authenticate(request, subscription)
        self._check_version(request, route.kind)
        self._check_rate()
        context = Context(self._cloud, request, token, subscription, ids, route)
        self._authorize(context)
        self._check_query(context)
        with self._cloud.world.lock:
            self._check_provider(context)
            self._check_group(context)
            context.body = self._body(context)
            response = route.handler(context)
        if response.status < 300 and response.body:
            self._cloud.judge.check_answer(request, route, json.loads(response.body))
        return response

    def _no_route(self, request: Request) -> Response:
        if not request.path.lower().startswith("/subscriptions/"):
            return html_response(404, "Not Found")
        subscription = self._subscription(request.path.split("/")[2])
        self._authenticate(request, subscription)
        if kind_is_known(request.path):
            raise ArmError(405, "HttpMethodNotAllowed", f"The requested resource does not support http method "
                           f"'{request.method}'.")
        self._cloud.judge.complain("server", request, "the simulation has no such method")
        raise ArmError(501, "NotImplemented", f"{request.method} {request.path} is not simulated")

    def _subscription(self, name: str) -> Subscription:
        found = self._cloud.world.subscriptions.get(name.lower())
        if not found:
            raise ArmError(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")
        return found

    def _authenticate(self, request: Request, subscription: Subscription) -> Token:
        challenge = (f'Bearer authorization_uri="https://login.windows.net/{subscription.tenant}", error="invalid_token", '
                     'error_description="The authentication failed because of missing \'Authorization\' header."')
        host = "https://" + request.headers.get("host", "")
        return self._cloud.tokens.check(request.headers.get("authorization"), subscription.tenant,
                                        AUDIENCES | {self._cloud.base, host}, challenge)

    def _check_version(self, request: Request, kind: str) -> None:
        given = [value for name, value in request.query if name == "api-version"]
        if not given or not given[0]:
            raise ArmError(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required "
                           "for all requests.")
        known = versions_of(kind, self._cloud.settings.legacy)
        if len(given) > 1 or given[0] not in known:
            raise ArmError(400, "InvalidApiVersionParameter", f"The api-version '{','.join(given)}' is invalid. The "
                           f"supported versions are '{','.join(reversed(known))}'.")

    def _check_rate(self) -> None:
        limit = self._cloud.settings.rate_limit
        if limit is None:
            return
        with self._cloud.world.lock:
            now = time.monotonic()
            self._recent = [when for when in self._recent if when > now - 1]
            if len(self._recent) >= limit:
                raise ArmError(429, "SubscriptionRequestsThrottled", "Number of requests for subscription exceeded the "
                               "limit. Please try again after '1' seconds.", headers={"Retry-After": "1"})
            self._recent.append(now)

    def _authorize(self, context: Context) -> None:
        permission = context.route.permission
        if self._cloud.settings.denies(permission):
            raise forbidden(permission, context.request.path, context.token.principal)

    def _check_query(self, context: Context) -> None:
        for name, _ in context.request.query:
            if name not in context.route.query:
                raise ArmError(400, "InvalidQueryParameter", f"The query parameter '{name}' is not known here.", target=name)

    def _check_provider(self, context: Context) -> None:
        namespace = context.route.kind.partition("/")[0]
        registered = {name.lower(): state for name, state in context.subscription.providers.items()}.get(namespace.lower())
        if context.route.changes and namespace != "Microsoft.Resources" and registered != "Registered":
            raise ArmError(409, "MissingSubscriptionRegistration", "The subscription is not registered to use namespace "
                           f"'{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.")

    def _check_group(self, context: Context) -> None:
        if "group" not in context.ids or context.route.kind == GROUP_KIND:
            return
        group = context.subscription.group(context.ids["group"])
        if not group:
            raise group_not_found(context.ids["group"])
        if group.state == "Deleting" and context.route.method in ("PUT", "PATCH", "POST"):
            raise ArmError(409, "ResourceGroupBeingDeleted", f"The resource group '{group.name}' is in deprovisioning state "
                           "and cannot perform this operation.")

    def _body(self, context: Context) -> Any:
        request, route = context.request, context.route
        if route.body is None or (route.optional_body and not request.body.strip()):
            if request.body.strip() not in (b"", b"{}"):
                raise ArmError(400, "InvalidRequestContent", "This method takes no request body.")
            return None
        if request.headers.get("content-type", "").split(";")[0].strip().lower() not in ("application/json", "text/json"):
            raise ArmError(415, "UnsupportedMediaType", "The content media type is not supported. Only 'application/json' "
                           "is supported.")
        try:
            body = json.loads(request.body, object_pairs_hook=_no_doubles)
        except (ValueError, RecursionError) as error:
            raise ArmError(400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: "
                           f"'{error}'.") from None
        if not isinstance(body, dict):
            raise ArmError(400, "InvalidRequestContent", "The request content is no JSON object.")
        complaints = self._cloud.judge.check_request(request, route, body)
        check_shape(body, route.body)
        if complaints and self._cloud.judge.enforce:
            raise ArmError(400, "RefusedByModels", "Refused by Microsoft's models: " + "; ".join(complaints))
        return _without_nulls(body)

    def _list_subscriptions(self, request: Request) -> Response:
        world = self._cloud.world
        tenants = {one.tenant for one in world.subscriptions.values()}
        for tenant in tenants:
            self._authenticate(request, Subscription("", tenant))
        self._check_version(request, "Microsoft.Resources/subscriptions")
        from .resources.subscriptions import show
        return json_response(200, {"value": [show(one) for one in world.subscriptions.values()]})

    def _poll(self, request: Request, subscription_id: str, namespace: str | None, form: str, operation_id: str) -> Response:
        cloud = self._cloud
        subscription = self._subscription(subscription_id)
        token = self._authenticate(request, subscription)
        self._check_rate()
        kind = f"{namespace or 'Microsoft.Resources'}/locations/{form}"
        if cloud.settings.denies(f"{kind}/read"):
            raise forbidden(f"{kind}/read", request.path, token.principal)
        operation = cloud.operations.find(operation_id)
        if not operation or request.method != "GET":
            raise ArmError(404, "OperationNotFound", f"The operation '{operation_id}' is not found.")
        if request.argument("s") != operation.signature or not request.argument("api-version"):
            cloud.judge.complain("client", request, "an operation is polled with another query than the one it was given")
            raise ArmError(400, "InvalidOperationToken", "The operation's query is not the one that was given.")
        context = Context(cloud, request, token, subscription, {})
        if form.lower() == "operations":
            return json_response(200, operation.body(), **(cloud.retry_after() if not operation.ended else {}))
        if not operation.ended:
            return Response(202, b"", {"Location": cloud.operation_url(context, operation, form), **cloud.retry_after()})
        if operation.error:
            raise ArmError(operation.error.status, operation.error.code, operation.error.message)
        body = operation.outcome()
        return Response(204) if body is None else json_response(200, body)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
