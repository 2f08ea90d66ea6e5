# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""RunInstances."""

from __future__ import annotations

import copy
import re
from typing import Any

from ..capacity import check_capacity
from ..errors import ApiError, combination, invalid, missing
from ..ids import check_token
from ..launch import LAUNCH, Plan, make_instance, make_plan
from ..query import BOOL, INT, STRING, TAG_SPECIFICATIONS, TIME
from ..routing import Context, action
from ..sigv4 import ACCOUNT
from ..tagging import tags_for
from ..world import Instance, new_id
from .instances import instance_body
from .spot import check_price, new_request

_SHAPE = {
    **LAUNCH, "MinCount": INT, "MaxCount": INT, "ClientToken": STRING, "TagSpecification": TAG_SPECIFICATIONS,
    "Placement": {"AvailabilityZone": STRING, "Tenancy": STRING, "GroupName": STRING},
    "InstanceMarketOptions": {"MarketType": STRING, "SpotOptions": {
        "MaxPrice": STRING, "SpotInstanceType": STRING, "BlockDurationMinutes": INT, "ValidUntil": TIME,
        "InstanceInterruptionBehavior": STRING}},
    "MetadataOptions": {"HttpTokens": STRING, "HttpPutResponseHopLimit": INT, "HttpEndpoint": STRING,
                        "HttpProtocolIpv6": STRING, "InstanceMetadataTags": STRING},
    "InstanceInitiatedShutdownBehavior": STRING, "DisableApiTermination": BOOL, "PrivateIpAddress": STRING,
    "CreditSpecification": {"CpuCredits": STRING},
}


@action("RunInstances", _SHAPE, required=("MinCount", "MaxCount"))
def run_instances(context: Context):
    params = context.params
    token = params.get("ClientToken") or None
    check_token(token)
    if token and token in context.region.tokens:
        return _repeated(context, token)
    low, high = params["MinCount"], params["MaxCount"]
    if not 1 <= low <= high:
        raise invalid(f"Invalid value '{low}' for minCount. Must be between 1 and maxCount ({high})." if low < 1 or high < low
                      else "Invalid value for maxCount")
    for name in ("PrivateIpAddress",):
        if name in params:
            raise ApiError("NotSimulated", f"{name} is not simulated")
    _check_options(params)
    spot = _market(params)
    tags = tags_for(params, {"instance", "volume", "network-interface"} | ({"spot-instances-request"} if spot is not None else set()))
    plan = make_plan(context, params)
    if spot is not None:
        plan.market = "spot"
        _check_spot(context, plan, spot)
    context.commit()  # a dry run knows nothing of limits (aws/aws-parallelcluster#1779), nor of capacity
    check_capacity(context, plan)
    reservation = new_id("r")
    instances = []
    for index in range(high):
        if index:
            try:
                check_capacity(context, plan)
            except ApiError:
                break  # fewer than the maximum; below the minimum only the first can be
        instance = make_instance(context, plan, tags, reservation, index, token)
        if spot is not None:
            request = new_request(context, spot, tags.get("spot-instances-request", {}), params, "active",
                                  ("fulfilled", "Your spot request is fulfilled."))
            request.instance, instance.spot = instance.id, request.id
        instances.append(instance)
    if token:
        context.region.tokens[token] = (_essence(params), [one.id for one in instances])
    return lambda: _answer(context, instances, reservation)


def _repeated(context: Context, token: str):
    """The same token again: the same instances, if it is the same request."""
    essence, ids = context.region.tokens[token]
    if essence != _essence(context.params):
        raise ApiError("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments "
                       "used in previous request(s).")
    instances = [context.region.instances[one] for one in ids if one in context.region.instances]
    if not instances or any(one.state == "terminated" for one in instances):  # an error since January 2025
        raise ApiError("IdempotentInstanceTerminated", "The client token you have provided is associated with a terminated "
                       "instance. Please use a different client token.")
    return lambda: _answer(context, instances, instances[0].reservation, repeated=True)


def _answer(context: Context, instances: list[Instance], reservation: str, repeated: bool = False) -> dict:
    for instance in instances:
        instance.booted.wait(300)
    with context.cloud.world.lock:
        bodies = [instance_body(context, one, state=None if repeated else "pending") for one in instances]
    return {"reservationId": reservation, "ownerId": ACCOUNT, "groupSet": [], "instancesSet": bodies}


def _essence(params: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy({name: value for name, value in params.items() if name != "ClientToken"})


def _check_options(params: dict[str, Any]) -> None:
    options = params.get("MetadataOptions", {})
    for name, good in (("HttpTokens", ("optional", "required")), ("HttpEndpoint", ("enabled", "disabled")),
                       ("HttpProtocolIpv6", ("enabled", "disabled")), ("InstanceMetadataTags", ("enabled", "disabled"))):
        if name in options and options[name] not in good:
            raise invalid(f"Invalid value '{options[name]}' for {name}. Allowed values are {', '.join(good)}.")
    hops = options.get("HttpPutResponseHopLimit", 1)
    if not 1 <= hops <= 64:
        raise invalid(f"Value ({hops}) for parameter HttpPutResponseHopLimit is invalid. It must be between 1 and 64.")
    behavior = params.get("InstanceInitiatedShutdownBehavior", "stop")
    if behavior not in ("stop", "terminate"):
        raise invalid(f"Value ({behavior}) for parameter InstanceInitiatedShutdownBehavior is invalid.")
    if params.get("Placement", {}).get("Tenancy", "default") != "default":
        raise ApiError("NotSimulated", "tenancies other than default are not simulated")


def _market(params: dict[str, Any]) -> dict[str, Any] | None:
    """The spot options of the request, None on demand."""
    options = params.get("InstanceMarketOptions")
    if options is None:
        return None
    if "MarketType" not in options:
        raise missing("InstanceMarketOptions.MarketType")
    if options["MarketType"] != "spot":
        raise invalid(f"Invalid value '{options['MarketType']}' for InstanceMarketOptions.MarketType")
    return {"SpotInstanceType": "one-time", **options.get("SpotOptions", {})}


def _check_spot(context: Context, plan: Plan, options: dict[str, Any]) -> None:
    price = options.get("MaxPrice")
    if price is not None and not re.fullmatch(r"\d+(\.\d+)?|\.\d+", price):
        raise invalid(f"The value '{price}' is invalid for parameter MaxPrice")
    kind = options["SpotInstanceType"]
    behavior = options.get("InstanceInterruptionBehavior", "terminate")
    if kind not in ("one-time", "persistent"):
        raise invalid(f"Invalid value '{kind}' for SpotInstanceType")
    if behavior not in ("hibernate", "stop", "terminate"):
        raise invalid(f"Invalid value '{behavior}' for InstanceInterruptionBehavior")
    if kind == "one-time" and behavior != "terminate":
        raise combination(f"The request with type 'one-time' is not supported when instanceInterruptionBehavior is set to "
                          f"'{behavior}'.")
    if kind == "one-time" and "ValidUntil" in options:
        raise combination("ValidUntil is not supported for one-time spot requests of RunInstances")
    if options.get("BlockDurationMinutes") is not None:
        raise ApiError("UnsupportedOperation", "Spot Instances with a defined duration are no longer available.")
    if price is not None and not check_price(context, plan, float(price)):
        lowest = context.cloud.spot_price(plan.type.name)
        raise ApiError("SpotMaxPriceTooLow", f"Your Spot request price of {price} is lower than the minimum required Spot "
                       f"request fulfillment price of {lowest:.4f}.")
