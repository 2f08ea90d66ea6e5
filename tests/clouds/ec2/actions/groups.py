# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Security groups."""

from __future__ import annotations

import re

from ..errors import ApiError, invalid
from ..filters import page, select, tag_set
from ..ids import look_up, look_up_one, visible
from ..query import DESCRIBE, STRING, TAG_SPECIFICATIONS
from ..routing import Context, action
from ..sigv4 import ACCOUNT
from ..tagging import tags_for
from ..world import Group, Rule, Vpc, new_id

_NAME = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")


@action("DescribeSecurityGroups", {"GroupId": [STRING], "GroupName": [STRING], **DESCRIBE})
def describe_security_groups(context: Context) -> dict:
    params = context.params
    groups = visible(context, context.region.groups.values())
    if params.get("GroupId"):
        groups = look_up(context, "security-group", params["GroupId"])
    elif params.get("GroupName"):
        groups = [find_by_name(context, name) for name in dict.fromkeys(params["GroupName"])]
    found = select(context, groups, {
        "group-id": lambda one: one.id, "group-name": lambda one: one.name, "vpc-id": lambda one: one.vpc,
        "description": lambda one: one.description, "owner-id": lambda one: ACCOUNT,
        "ip-permission.from-port": lambda one: [str(rule.low) for rule in one.ingress if rule.low is not None],
        "ip-permission.to-port": lambda one: [str(rule.high) for rule in one.ingress if rule.high is not None],
        "ip-permission.protocol": lambda one: [rule.protocol for rule in one.ingress],
        "ip-permission.cidr": lambda one: [rule.peer[1] for rule in one.ingress if rule.peer[0] == "cidr"]})
    found, token = page(context, found, "GroupId")
    return {"securityGroupInfo": [
        {"ownerId": ACCOUNT, "groupId": one.id, "groupName": one.name, "groupDescription": one.description,
         "vpcId": one.vpc, "securityGroupArn": _arn(context, one), "ipPermissions": _permissions(one.ingress),
         "ipPermissionsEgress": _permissions(one.egress), "tagSet": tag_set(one)} for one in found], "nextToken": token}


@action("CreateSecurityGroup", {"GroupName": STRING, "GroupDescription": STRING, "VpcId": STRING,
                                "TagSpecification": TAG_SPECIFICATIONS}, required=("GroupName", "GroupDescription"))
def create_security_group(context: Context) -> dict:
    name, description = context.params["GroupName"], context.params["GroupDescription"]
    if name.startswith("sg-"):
        raise invalid(f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.")
    for value, parameter in ((name, "GroupName"), (description, "GroupDescription")):
        if not _NAME.fullmatch(value):
            why = "Character sets beyond ASCII are not supported." if not value.isascii() else \
                "Invalid security group description. Valid descriptions are strings less than 256 characters from the " \
                "following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
            raise invalid(f"Value ({value}) for parameter {parameter} is invalid. {why}")
    vpc = _vpc(context)
    if any(one.vpc == vpc.id and one.name.lower() == name.lower() for one in context.region.groups.values()):
        raise ApiError("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc.id}'")
    group = Group(id=new_id("sg"), name=name, description=description, vpc=vpc.id,
                  tags=tags_for(context.params, {"security-group"}).get("security-group", {}))
    group.egress[Rule("-1", None, None, ("cidr", "0.0.0.0/0"))] = ""
    context.commit()
    context.region.groups[group.id] = group
    return {"groupId": group.id, "tagSet": tag_set(group), "securityGroupArn": _arn(context, group)}


@action("DeleteSecurityGroup", {"GroupId": STRING, "GroupName": STRING})
def delete_security_group(context: Context) -> dict:
    group = find_group(context)
    if group.name == "default":
        raise ApiError("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')
    used = any(group.id in one.groups for one in context.region.interfaces.values())
    named = any(rule.peer == ("group", group.id) for one in context.region.groups.values() if one is not group
                for rule in (*one.ingress, *one.egress))
    if used or named:
        raise ApiError("DependencyViolation", f"resource {group.id} has a dependent object")
    context.commit()
    del context.region.groups[group.id]
    return {"return": True, "groupId": group.id}


def find_group(context: Context) -> Group:
    """The group that GroupId or GroupName means."""
    params = context.params
    if params.get("GroupId"):
        return look_up_one(context, "security-group", params["GroupId"])
    if params.get("GroupName"):
        return find_by_name(context, params["GroupName"])
    raise ApiError("MissingParameter", "The request must contain the parameter groupName or groupId")


def find_by_name(context: Context, name: str, vpc: Vpc | None = None) -> Group:
    """By name in the default VPC or another."""
    place = vpc or context.region.default_vpc
    if not place:
        raise ApiError("VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and "
                       "default VPC.")
    for one in context.region.groups.values():
        if one.vpc == place.id and one.name == name and context.sees(one):
            return one
    raise ApiError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in "
                   f"{'default ' if place.default else ''}VPC '{place.id}'")


def _vpc(context: Context) -> Vpc:
    if context.params.get("VpcId"):
        return look_up_one(context, "vpc", context.params["VpcId"])
    if not context.region.default_vpc:
        raise ApiError("VPCIdNotSpecified", "No default VPC for this user")
    return context.region.default_vpc


def _arn(context: Context, group: Group) -> str:
    return f"arn:aws:ec2:{context.region.name}:{ACCOUNT}:security-group/{group.id}"


def _permissions(rules: dict[Rule, str]) -> list[dict]:
    """Rules of one port range together, as EC2 shows them."""
    ranges: dict[tuple, dict] = {}
    for rule, description in rules.items():
        one = ranges.setdefault((rule.protocol, rule.low, rule.high), {
            "ipProtocol": rule.protocol, "fromPort": rule.low, "toPort": rule.high, "groups": [], "ipRanges": [],
            "ipv6Ranges": [], "prefixListIds": []})
        kind, value = rule.peer
        more = {"description": description or None}
        if kind == "group":
            one["groups"].append({"userId": ACCOUNT, "groupId": value, **more})
        else:
            place, name = {"cidr": ("ipRanges", "cidrIp"), "cidr6": ("ipv6Ranges", "cidrIpv6"),
                           "list": ("prefixListIds", "prefixListId")}[kind]
            one[place].append({name: value, **more})
    return list(ranges.values())
