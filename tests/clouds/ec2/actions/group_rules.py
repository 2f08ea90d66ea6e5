# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Rules of security groups: what may come in and go out."""

from __future__ import annotations

import ipaddress
import secrets

from ..errors import ApiError, combination, invalid, missing
from ..ids import look_up_one
from ..query import INT, STRING, TAG_SPECIFICATIONS
from ..routing import Context, action
from ..sigv4 import ACCOUNT
from ..tagging import tags_for
from ..world import Rule
from .groups import find_by_name, find_group

_LIMIT = 60
_PERMISSIONS = [{"IpProtocol": STRING, "FromPort": INT, "ToPort": INT,
                 "IpRanges": [{"CidrIp": STRING, "Description": STRING}],
                 "Ipv6Ranges": [{"CidrIpv6": STRING, "Description": STRING}],
                 "PrefixListIds": [{"PrefixListId": STRING, "Description": STRING}],
                 "Groups": [{"GroupId": STRING, "GroupName": STRING, "UserId": STRING, "VpcId": STRING,
                             "Description": STRING}]}]
_SHAPE = {"GroupId": STRING, "GroupName": STRING, "IpPermissions": _PERMISSIONS, "IpProtocol": STRING, "FromPort": INT,
          "ToPort": INT, "CidrIp": STRING, "TagSpecification": TAG_SPECIFICATIONS}


@action("AuthorizeSecurityGroupIngress", _SHAPE)
def authorize_ingress(context: Context) -> dict:
    return _authorize(context, "ingress")


@action("AuthorizeSecurityGroupEgress", {name: shape for name, shape in _SHAPE.items() if name != "GroupName"},
        required=("GroupId",))
def authorize_egress(context: Context) -> dict:
    return _authorize(context, "egress")


def _authorize(context: Context, direction: str) -> dict:
    params, group = context.params, find_group(context)
    permissions = params.get("IpPermissions", [])
    single = {name: params[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in params}
    if single or "CidrIp" in params:
        if permissions:
            raise combination("The parameter ipProtocol cannot be used with the parameter ipPermissions")
        permissions = [{**single, "IpRanges": [{"CidrIp": params["CidrIp"]}] if "CidrIp" in params else []}]
    if not permissions:
        raise missing("ipPermissions")
    wanted = [pair for permission in permissions for pair in _rules(context, permission)]
    rules = getattr(group, direction)
    names = [rule for rule, _ in wanted]
    for rule in names:
        if names.count(rule) > 1:
            raise invalid("The same permission must not appear multiple times")
        if rule in rules:
            raise ApiError("InvalidPermission.Duplicate", f'the specified rule "{_shown(rule)}" already exists')
    if len(rules) + len(wanted) > _LIMIT:
        raise ApiError("RulesPerSecurityGroupLimitExceeded",
                       "The maximum number of rules per security group has been reached.")
    tags_for(params, {"security-group-rule"})
    context.commit()
    rules.update(wanted)
    return {"return": True, "securityGroupRuleSet": [_body(group.id, rule, text, direction) for rule, text in wanted]}


def _rules(context: Context, permission: dict) -> list[tuple[Rule, str]]:
    protocol = _protocol(permission.get("IpProtocol"))
    low, high = permission.get("FromPort"), permission.get("ToPort")
    if protocol == "-1":
        low = high = None
    elif protocol in ("tcp", "udp", "icmp"):
        if low is None or high is None:
            raise invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
        largest = 255 if protocol == "icmp" else 65535
        if protocol != "icmp" and not (0 <= low <= largest and 0 <= high <= largest):
            raise invalid(f"Invalid value '{low if not 0 <= low <= largest else high}' for "
                          f"{'fromPort' if not 0 <= low <= largest else 'toPort'}. Must be between 0 and 65535.")
        if protocol != "icmp" and low > high:
            raise invalid(f"Invalid TCP/UDP port range ({low}:{high})")
    peers = [(("cidr", _cidr(one, "CidrIp", 4)), one.get("Description", "")) for one in permission.get("IpRanges", [])]
    peers += [(("cidr6", _cidr(one, "CidrIpv6", 6)), one.get("Description", "")) for one in permission.get("Ipv6Ranges", [])]
    peers += [(("list", one.get("PrefixListId", "")), one.get("Description", "")) for one in
              permission.get("PrefixListIds", [])]
    peers += [(("group", _group(context, one)), one.get("Description", "")) for one in permission.get("Groups", [])]
    if not peers:
        raise ApiError("MissingParameter", "The request must contain the parameter cidrIp, cidrIpv6, prefixListId or group")
    return [(Rule(protocol, low, high, peer), text) for peer, text in peers]


def _protocol(text: str | None) -> str:
    if text is None:
        raise missing("ipProtocol")
    names = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
    text = names.get(text, text)
    if text not in ("tcp", "udp", "icmp", "icmpv6", "-1") and not (text.isdigit() and int(text) <= 255):
        raise invalid(f"Invalid value '{text}' for IP protocol. Unknown protocol.")
    return text


def _cidr(one: dict, name: str, version: int) -> str:
    text = one.get(name, "")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        network = None
    if not network or network.version != version or "/" not in text:
        raise ApiError("InvalidParameterValue", f"CIDR block {text} is malformed")
    return str(network)


def _group(context: Context, one: dict) -> str:
    if one.get("UserId") not in (None, ACCOUNT):
        raise ApiError("InvalidGroup.NotFound", f"The security group '{one.get('GroupId')}' does not exist")
    if one.get("GroupId"):
        return look_up_one(context, "security-group", one["GroupId"]).id
    if not one.get("GroupName"):
        raise missing("groupId")
    return find_by_name(context, one["GroupName"]).id


def _shown(rule: Rule) -> str:
    ports = f"from port: {rule.low}, to port: {rule.high}, " if rule.low is not None else ""
    return f"peer: {rule.peer[1]}, {'ALL' if rule.protocol == '-1' else rule.protocol.upper()}, {ports}ALLOW"


def _body(group: str, rule: Rule, text: str, direction: str) -> dict:
    kind, value = rule.peer
    peer = {"referencedGroupInfo": {"groupId": value, "userId": ACCOUNT}} if kind == "group" else \
        {{"cidr": "cidrIpv4", "cidr6": "cidrIpv6", "list": "prefixListId"}[kind]: value}
    return {"securityGroupRuleId": f"sgr-0{secrets.token_hex(8)}", "groupId": group, "groupOwnerId": ACCOUNT,
            "isEgress": direction == "egress", "ipProtocol": rule.protocol, "fromPort": -1 if rule.low is None else rule.low,
            "toPort": -1 if rule.high is None else rule.high, **peer, "description": text or None}
