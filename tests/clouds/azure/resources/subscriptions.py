# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Subscriptions and the registration of resource providers."""

from __future__ import annotations

import threading
from typing import Any

from ...common.http import Response, json_response
from .. import catalog
from ..errors import ArmError
from ..routing import Context, route
from ..world import Subscription

_SUBSCRIPTION = "Microsoft.Resources/subscriptions"
_PROVIDER = "Microsoft.Resources/providers"


def show(one: Subscription) -> dict[str, Any]:
    return {"id": f"/subscriptions/{one.id}", "subscriptionId": one.id, "tenantId": one.tenant, "displayName": one.name,
            "state": "Enabled", "authorizationSource": "RoleBased", "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"}}


@route("GET", "", _SUBSCRIPTION)
def get_subscription(context: Context) -> Response:
    return json_response(200, show(context.subscription))


@route("GET", "locations", _SUBSCRIPTION)
def list_locations(context: Context) -> Response:
    return json_response(200, {"value": [
        {"id": f"/subscriptions/{context.subscription.id}/locations/{name}", "name": name, "displayName": one.display,
         "regionalDisplayName": one.display, "type": "Region"} for name, one in catalog.LOCATIONS.items()]})


@route("GET", "providers", _PROVIDER, query={"$top", "$expand"})
def list_providers(context: Context) -> Response:
    return json_response(200, {"value": [_show(context, name) for name in context.subscription.providers]})


@route("GET", "providers/{namespace}", _PROVIDER, query={"$expand"})
def get_provider(context: Context) -> Response:
    return json_response(200, _show(context, _find(context)))


@route("POST", "providers/{namespace}/register", _PROVIDER, action="register/action")
def register_provider(context: Context) -> Response:
    name, providers = _find(context), context.subscription.providers
    seconds = context.cloud.settings.seconds_of("providers/register")
    if providers[name] != "Registered":
        providers[name] = "Registering" if seconds else "Registered"
        if seconds:
            timer = threading.Timer(seconds, providers.__setitem__, (name, "Registered"))
            timer.daemon = True
            timer.start()
    return json_response(200, _show(context, name))


def _find(context: Context) -> str:
    wanted = context.ids["namespace"].lower()
    for name in context.subscription.providers:
        if name.lower() == wanted:
            return name
    raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{context.ids['namespace']}' is invalid.")


def _show(context: Context, name: str) -> dict[str, Any]:
    return {"id": f"/subscriptions/{context.subscription.id}/providers/{name}", "namespace": name,
            "registrationPolicy": "RegistrationRequired", "registrationState": context.subscription.providers[name],
            "resourceTypes": []}
