# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Spot requests: those that RunInstances makes, and the ones of old that are asked for by themselves."""

from __future__ import annotations

import secrets
import time
from typing import Any

from ..capacity import check_capacity
from ..catalog import INSTANCE_TYPES
from ..errors import ApiError, invalid
from ..filters import page, select, tag_set
from ..ids import check_token, look_up, visible
from ..launch import LAUNCH, Plan, make_instance, make_plan
from ..query import DESCRIBE, INT, STRING, TAG_SPECIFICATIONS, TIME
from ..routing import Context, action
from ..tagging import tags_for
from ..world import SpotRequest, new_id
from ..xml import timestamp


def check_price(context: Context, plan: Plan, price: float) -> bool:
    return price >= context.cloud.spot_price(plan.type.name)


def new_request(context: Context, options: dict[str, Any], tags: dict[str, str], launch: dict[str, Any], state: str,
                status: tuple[str, str]) -> SpotRequest:
    kind = INSTANCE_TYPES[launch["InstanceType"]]
    number = "sir-" + "".join(secrets.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(8))
    # Without a maximum it is the price on demand.
    price = options.get("MaxPrice") or f"{kind.price:.6f}"
    request = SpotRequest(id=number, type=options.get("SpotInstanceType", "one-time"), price=f"{float(price):.6f}",
                          interruption=options.get("InstanceInterruptionBehavior", "terminate"), state=state, status=status,
                          launch=launch, valid_until=options.get("ValidUntil"), tags=dict(tags))
    context.region.spot_requests[number] = request
    return request


@action("RequestSpotInstances", {
    "InstanceCount": INT, "SpotPrice": STRING, "Type": STRING, "ClientToken": STRING, "BlockDurationMinutes": INT,
    "ValidUntil": TIME, "InstanceInterruptionBehavior": STRING, "TagSpecification": TAG_SPECIFICATIONS,
    "LaunchSpecification": {**LAUNCH, "Placement": {"AvailabilityZone": STRING, "GroupName": STRING, "Tenancy": STRING}}})
def request_spot_instances(context: Context) -> dict:
    params, launch = context.params, context.params.get("LaunchSpecification", {})
    token = params.get("ClientToken") or None
    check_token(token)
    if token in context.region.tokens:
        essence, ids = context.region.tokens[token]
        if essence != {**params, "ClientToken": None}:
            raise ApiError("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments "
                           "used in previous request(s).")
        return {"spotInstanceRequestSet": [_body(context, context.region.spot_requests[one]) for one in ids]}
    price = params.get("SpotPrice") or None
    try:
        if price is not None and float(price) < 0.001:
            raise invalid(f"Invalid value '{price}' for spotPrice. Must be at least 0.001.")
    except ValueError:
        raise invalid(f"The value '{price}' is invalid for parameter SpotPrice") from None
    if params.get("BlockDurationMinutes") is not None:
        raise ApiError("UnsupportedOperation", "Spot Instances with a defined duration are no longer available.")
    tags = tags_for(params, {"spot-instances-request"}, "InvalidParameter").get("spot-instances-request", {})
    plan = make_plan(context, launch)
    plan.market = "spot"
    options = {"MaxPrice": price, "SpotInstanceType": params.get("Type", "one-time"),
               "InstanceInterruptionBehavior": params.get("InstanceInterruptionBehavior", "terminate"),
               "ValidUntil": params.get("ValidUntil")}
    context.commit()
    requests = [new_request(context, options, tags, launch, "open", ("pending-evaluation", "Your Spot request has been "
                            "submitted for review, and is pending evaluation.")) for _ in range(params.get("InstanceCount", 1))]
    for request in requests:
        request.due = time.monotonic() + context.cloud.settings.spot_seconds
    if token:
        context.region.tokens[token] = ({**params, "ClientToken": None}, [one.id for one in requests])
    return {"spotInstanceRequestSet": [_body(context, one) for one in requests]}


@action("DescribeSpotInstanceRequests", {"SpotInstanceRequestId": [STRING], **DESCRIBE})
def describe_spot_instance_requests(context: Context) -> dict:
    _fulfil(context)
    requests = look_up(context, "spot-instances-request", context.params.get("SpotInstanceRequestId")) or \
        visible(context, context.region.spot_requests.values())
    found = select(context, requests, {
        "spot-instance-request-id": lambda one: one.id, "state": lambda one: one.state, "type": lambda one: one.type,
        "instance-id": lambda one: one.instance, "status-code": lambda one: one.status[0],
        "spot-price": lambda one: one.price, "launch.image-id": lambda one: one.launch.get("ImageId"),
        "launch.instance-type": lambda one: one.launch.get("InstanceType"),
        "launch.key-name": lambda one: one.launch.get("KeyName")})
    found, token = page(context, found, "SpotInstanceRequestId")
    return {"spotInstanceRequestSet": [_body(context, one) for one in found], "nextToken": token}


@action("CancelSpotInstanceRequests", {"SpotInstanceRequestId": [STRING]}, required=("SpotInstanceRequestId",))
def cancel_spot_instance_requests(context: Context) -> dict:
    requests = look_up(context, "spot-instances-request", context.params["SpotInstanceRequestId"])
    context.commit()
    for one in requests:
        if one.state == "active":
            one.status = ("request-canceled-and-instance-running", "Your Spot request is canceled, but your instance is running.")
        elif one.state in ("open", "disabled"):
            one.status = ("canceled-before-fulfillment", "Your Spot request is canceled before it was fulfilled.")
        one.state = one.state if one.state == "closed" else "cancelled"
    return {"spotInstanceRequestSet": [{"spotInstanceRequestId": one.id, "state": one.state} for one in requests]}


@action("DescribeSpotPriceHistory", {
    "StartTime": TIME, "EndTime": TIME, "InstanceType": [STRING], "ProductDescription": [STRING], "AvailabilityZone": STRING,
    **DESCRIBE})
def describe_spot_price_history(context: Context) -> dict:
    for name in context.params.get("InstanceType", []):
        if name not in INSTANCE_TYPES:
            raise invalid(f"Invalid value '{name}' for InstanceType.")
    rows = [(name, zone) for name in context.params.get("InstanceType") or INSTANCE_TYPES for zone in context.region.zones
            if context.params.get("AvailabilityZone") in (None, zone)]
    found = select(context, rows, {"instance-type": lambda row: row[0], "availability-zone": lambda row: row[1],
                                   "product-description": lambda row: "Linux/UNIX"}, tags=False)
    found, token = page(context, found, smallest=1)
    return {"spotPriceHistorySet": [
        {"instanceType": name, "productDescription": "Linux/UNIX", "spotPrice": f"{context.cloud.spot_price(name):.6f}",
         "timestamp": timestamp(time.time() - 3600), "availabilityZone": zone} for name, zone in found],
        "nextToken": token or ""}


def _fulfil(context: Context) -> None:
    """Open requests whose time has come get their instances, if there is capacity at their price."""
    for request in context.region.spot_requests.values():
        if request.state != "open" or request.due is None or time.monotonic() < request.due:
            continue
        try:
            plan = make_plan(context, request.launch)
            plan.market = "spot"
            if not check_price(context, plan, float(request.price)):
                request.status = ("price-too-low", "Your Spot request price is lower than the minimum required Spot request "
                                  "fulfillment price.")
                continue
            check_capacity(context, plan, request)
        except ApiError as error:
            if error.code == "InsufficientInstanceCapacity":
                request.status = ("capacity-not-available", "There is no Spot capacity available that matches your request.")
            else:
                request.state, request.status = "failed", ("bad-parameters", f"Your Spot request failed: {error.message}")
            continue
        instance = make_instance(context, plan, {}, new_id("r"), 0)
        instance.spot, request.instance = request.id, instance.id
        request.state, request.status = "active", ("fulfilled", "Your spot request is fulfilled.")


def _body(context: Context, one: SpotRequest) -> dict:
    launch, instance = one.launch, context.region.instances.get(one.instance or "")
    return {
        "spotInstanceRequestId": one.id, "spotPrice": one.price, "type": one.type, "state": one.state,
        "status": {"code": one.status[0], "updateTime": timestamp(time.time()), "message": one.status[1]},
        "launchSpecification": {"imageId": launch.get("ImageId"), "instanceType": launch.get("InstanceType"),
                                "keyName": launch.get("KeyName"), "monitoring": {"enabled": False}},
        "instanceId": one.instance, "createTime": timestamp(one.created), "productDescription": "Linux/UNIX",
        "launchedAvailabilityZone": instance.zone if instance else None, "instanceInterruptionBehavior": one.interruption,
        "validUntil": one.valid_until, "tagSet": tag_set(one)}
