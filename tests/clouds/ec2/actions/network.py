# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""VPCs, subnets, and the Elastic IP addresses that this account has none of."""

from __future__ import annotations

from ..errors import ApiError
from ..filters import page, select, tag_set
from ..ids import look_up
from ..query import DESCRIBE, FILTERS, STRING
from ..routing import Context, action
from ..sigv4 import ACCOUNT
from ..world import Subnet, Vpc
from .account import zone_id


@action("DescribeVpcs", {"VpcId": [STRING], **DESCRIBE})
def describe_vpcs(context: Context) -> dict:
    vpcs = look_up(context, "vpc", context.params.get("VpcId")) or list(context.region.vpcs.values())
    found = select(context, vpcs, {
        "vpc-id": lambda vpc: vpc.id, "isDefault": _is_default, "is-default": _is_default, "cidr": lambda vpc: vpc.cidr,
        "cidr-block": lambda vpc: vpc.cidr, "state": lambda vpc: "available", "owner-id": lambda vpc: ACCOUNT})
    found, token = page(context, found, "VpcId")
    return {"vpcSet": [
        {"vpcId": vpc.id, "ownerId": ACCOUNT, "state": "available", "cidrBlock": vpc.cidr, "dhcpOptionsId": "dopt-0a1b2c3d",
         "instanceTenancy": "default", "isDefault": vpc.default, "tagSet": tag_set(vpc),
         "cidrBlockAssociationSet": [{"cidrBlock": vpc.cidr, "associationId": vpc.id.replace("vpc-", "vpc-cidr-assoc-"),
                                      "cidrBlockState": {"state": "associated"}}]} for vpc in found], "nextToken": token}


@action("DescribeSubnets", {"SubnetId": [STRING], **DESCRIBE})
def describe_subnets(context: Context) -> dict:
    subnets = look_up(context, "subnet", context.params.get("SubnetId")) or list(context.region.subnets.values())
    zone = {name: lambda subnet: subnet.zone for name in ("availability-zone", "availabilityZone")}
    default = {name: _is_default for name in ("default-for-az", "defaultForAz")}
    found = select(context, subnets, {
        "subnet-id": lambda subnet: subnet.id, "vpc-id": lambda subnet: subnet.vpc, "state": lambda subnet: "available",
        "availability-zone-id": lambda subnet: zone_id(subnet.zone), "cidr-block": lambda subnet: subnet.cidr,
        "map-public-ip-on-launch": lambda subnet: "true" if subnet.public else "false",
        "owner-id": lambda subnet: ACCOUNT, **zone, **default})
    found, token = page(context, found, "SubnetId")
    return {"subnetSet": [
        {"subnetId": subnet.id, "subnetArn": f"arn:aws:ec2:{context.region.name}:{ACCOUNT}:subnet/{subnet.id}",
         "state": "available", "ownerId": ACCOUNT, "vpcId": subnet.vpc, "cidrBlock": subnet.cidr,
         "ipv6CidrBlockAssociationSet": [{"ipv6CidrBlock": "2600:1f18::/64", "ipv6CidrBlockState": {"state": "associated"}}]
         if subnet.ipv6 else [], "assignIpv6AddressOnCreation": False, "availableIpAddressCount": 4091,
         "availabilityZone": subnet.zone, "availabilityZoneId": zone_id(subnet.zone), "defaultForAz": subnet.default,
         "mapPublicIpOnLaunch": subnet.public, "tagSet": tag_set(subnet)} for subnet in found], "nextToken": token}


@action("DescribeAddresses", {"PublicIp": [STRING], "AllocationId": [STRING], "Filter": FILTERS})
def describe_addresses(context: Context) -> dict:
    for address in context.params.get("PublicIp", []):
        raise ApiError("InvalidAddress.NotFound", f"Address '{address}' not found.")
    for number in context.params.get("AllocationId", []):
        raise ApiError("InvalidAllocationID.NotFound", f"The allocation ID '{number}' does not exist")
    names = ("instance-id", "public-ip", "allocation-id", "association-id", "domain", "network-interface-id",
             "private-ip-address")
    select(context, [], {name: lambda address: None for name in names})
    return {"addressesSet": []}


def _is_default(one: Vpc | Subnet) -> str:
    return "true" if one.default else "false"
