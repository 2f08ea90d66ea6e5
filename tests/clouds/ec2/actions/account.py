# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The account, its regions and their zones."""

from __future__ import annotations

from .. import catalog
from ..errors import ApiError, invalid
from ..filters import select
from ..query import BOOL, FILTERS, STRING
from ..routing import Context, action

_ATTRIBUTES = ("supported-platforms", "default-vpc", "max-instances", "vpc-max-security-groups-per-interface",
               "max-elastic-ips", "vpc-max-elastic-ips")


@action("DescribeAccountAttributes", {"AttributeName": [STRING]})
def describe_account_attributes(context: Context) -> dict:
    vpc = context.region.default_vpc
    values = dict(zip(_ATTRIBUTES, ("VPC", vpc.id if vpc else "none", "20", "5", "5", "5")))
    wanted = context.params.get("AttributeName") or _ATTRIBUTES
    for name in wanted:
        if name not in values:
            raise invalid(f"Invalid value '{name}' for attributeName")
    return {"accountAttributeSet": [
        {"attributeName": name, "attributeValueSet": [{"attributeValue": values[name]}]} for name in wanted]}


@action("DescribeRegions", {"RegionName": [STRING], "AllRegions": BOOL, "Filter": FILTERS})
def describe_regions(context: Context) -> dict:
    partition = catalog.partition(context.region.name)
    regions = [name for name in catalog.REGIONS if catalog.partition(name) == partition]
    wanted = context.params.get("RegionName") or regions
    for name in wanted:
        if name not in regions:
            raise invalid(f"Invalid region names: [{name}]")
    found = select(context, wanted, {
        "region-name": lambda name: name, "endpoint": lambda name: catalog.endpoint("ec2", name),
        "opt-in-status": lambda name: "opt-in-not-required"}, tags=False)
    return {"regionInfo": [{"regionName": name, "regionEndpoint": catalog.endpoint("ec2", name),
                            "optInStatus": "opt-in-not-required"} for name in found]}


@action("DescribeAvailabilityZones", {"ZoneName": [STRING], "ZoneId": [STRING], "AllAvailabilityZones": BOOL,
                                      "Filter": FILTERS})
def describe_availability_zones(context: Context) -> dict:
    zones = context.region.zones
    for name in context.params.get("ZoneName", []):
        check_zone(context, name)
    ids = context.params.get("ZoneId", [])
    for one in ids:
        if one not in map(zone_id, zones):
            raise invalid(f"Invalid availability zone-id: [{one}]")
    wanted = [zone for zone in zones if zone in context.params.get("ZoneName", zones) and (not ids or zone_id(zone) in ids)]
    found = select(context, wanted, {
        "zone-name": lambda zone: zone, "zone-id": zone_id, "region-name": lambda zone: context.region.name,
        "state": lambda zone: "available", "zone-type": lambda zone: "availability-zone",
        "opt-in-status": lambda zone: "opt-in-not-required", "group-name": lambda zone: context.region.name}, tags=False)
    return {"availabilityZoneInfo": [
        {"zoneName": zone, "zoneState": "available", "regionName": context.region.name, "messageSet": [],
         "zoneId": zone_id(zone), "zoneType": "availability-zone", "groupName": context.region.name,
         "networkBorderGroup": context.region.name, "optInStatus": "opt-in-not-required"} for zone in found]}


def zone_id(zone: str) -> str:
    parts = zone[:-1].split("-")
    return f"{parts[0]}{''.join(part[0] for part in parts[1:-1])}{parts[-1]}-az{ord(zone[-1]) - ord('a') + 1}"


def check_zone(context: Context, zone: str) -> None:
    if zone not in context.region.zones:
        raise ApiError("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
