# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Network security groups and their rules."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from ...common.http import Response, json_response
from ..errors import ArmError
from ..names import check_name
from ..operations import OperationError
from ..routing import Context, route
from ..shapes import SECURITY_GROUP, SECURITY_RULE
from ..world import Resource, World
from .crud import Kind, add_kind, check_free, find

KIND = "Microsoft.Network/networkSecurityGroups"
_RULE_KIND = KIND + "/securityRules"
_RULE = "resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups/{name}/securityRules/{rule}"
_DEFAULTS = [("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
             ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
             ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
             ("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
             ("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
             ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*")]


def prepare(context: Context, body: dict, old: Resource | None) -> dict:
    rules = body.setdefault("properties", {}).setdefault("securityRules", [])
    names: set[str] = set()
    places: set[tuple[str, int]] = set()
    for rule in rules:
        check_rule(rule["name"], rule["properties"])
        place = (rule["properties"]["direction"].lower(), rule["properties"]["priority"])
        if rule["name"].lower() in names:
            raise ArmError(400, "SecurityRuleDuplicateName", f"Security rule {rule['name']} has a duplicate name.")
        if place in places:
            raise _conflict(rule["name"], rule["properties"]["priority"], place[0])
        names.add(rule["name"].lower())
        places.add(place)
    return body


def check_rule(name: str, rule: dict) -> None:
    check_name(_RULE_KIND, name)
    if not 100 <= rule["priority"] <= 4096:
        raise ArmError(400, "SecurityRuleInvalidPriority", f"Security rule has invalid priority. Priority must be between "
                       f"100 and 4096. Rule: {name} Priority: {rule['priority']}.")
    if len(rule.get("description", "")) > 140:
        raise ArmError(400, "SecurityRuleDescriptionTooLong", f"Description of rule {name} is longer than 140 characters.")
    for side in ("source", "destination"):
        ports = _one_of(rule, name, side + "PortRange", side + "PortRanges")
        for port in ports:
            if not _is_port_range(port):
                raise ArmError(400, "SecurityRuleInvalidPortRange", f"Security rule has invalid Port range. Value provided: "
                               f"{port}. Value should be an integer OR integer range with '-' delimiter. Valid range "
                               f"0-65535. Rule: {name}.")
        for prefix in _one_of(rule, name, side + "AddressPrefix", side + "AddressPrefixes"):
            if not _is_prefix(prefix):
                raise ArmError(400, "SecurityRuleInvalidAddressPrefix", f"Security rule has invalid Address prefix. Value "
                               f"provided: {prefix}. Rule: {name}.")


def _one_of(rule: dict, name: str, single: str, several: str) -> list[str]:
    values = ([rule[single]] if rule.get(single) else []) + rule.get(several, [])
    if not values or (rule.get(single) and rule.get(several)):
        raise ArmError(400, "SecurityRuleParameterMissing", f"Security rule {name} must have {single} or {several}, and "
                       "not both.")
    return values


def _is_port_range(text: str) -> bool:
    if text == "*":
        return True
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text)
    return bool(match) and int(match[1]) <= int(match[2] or match[1]) <= 65535


def _is_prefix(text: str) -> bool:
    if text == "*" or re.fullmatch(r"[A-Z][A-Za-z]+(\.[A-Za-z0-9]+)?", text):  # a service tag such as Internet
        return True
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def show(world: World, resource: Resource) -> dict[str, Any]:
    rules = [show_rule(resource, rule) for rule in resource.properties.get("securityRules", [])]
    defaults = [_rule(resource, "defaultSecurityRules", name, {
        "protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*", "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination, "access": access, "priority": priority, "direction": direction})
        for name, priority, direction, access, source, destination in _DEFAULTS]
    nics = [{"id": str(one.id)} for one in world.users(resource, "Microsoft.Network/networkInterfaces")]
    subnets = [{"id": str(one.id)} for one in world.users(resource, "Microsoft.Network/virtualNetworks/subnets")]
    return {"securityRules": rules, "defaultSecurityRules": defaults, "resourceGuid": resource.guid,
            "networkInterfaces": nics or None, "subnets": subnets or None}


def show_rule(group: Resource, rule: dict) -> dict[str, Any]:
    return _rule(group, "securityRules", rule["name"], rule["properties"])


def _rule(group: Resource, kind: str, name: str, properties: dict) -> dict[str, Any]:
    return {"name": name, "id": f"{group.id}/{kind}/{name}", "type": f"{KIND}/{kind}", "etag": group.etag,
            "properties": {**properties, "provisioningState": "Succeeded"}}


def check_unused(context: Context, resource: Resource) -> None:
    world = context.cloud.world
    users = world.users(resource, "Microsoft.Network/networkInterfaces") + \
        world.users(resource, "Microsoft.Network/virtualNetworks/subnets")
    if users:
        raise ArmError(400, "InUseNetworkSecurityGroupCannotBeDeleted", f"Network security group {resource.id} cannot be "
                       f"deleted because it is in use by the following resources: {users[0].id}.")


add_kind(Kind(KIND, SECURITY_GROUP, prepare, show, check_unused=check_unused, etag=True), get_query={"$expand"})


@route("GET", _RULE, _RULE_KIND)
def get_rule(context: Context) -> Response:
    group = find(context, KIND)
    return json_response(200, show_rule(group, _find_rule(context, group)))


@route("PUT", _RULE, _RULE_KIND, body=SECURITY_RULE)
def put_rule(context: Context) -> Response:
    group, name = find(context, KIND), context.ids["rule"]
    check_free(context, group)
    properties = context.body["properties"]
    check_rule(name, properties)
    rules = group.properties["securityRules"]
    others = [rule for rule in rules if rule["name"].lower() != name.lower()]
    for rule in others:
        if rule["properties"]["priority"] == properties["priority"] and \
                rule["properties"]["direction"].lower() == properties["direction"].lower():
            raise _conflict(name, properties["priority"], properties["direction"])
    made = {"name": name, "properties": properties}
    group.properties["securityRules"] = [*others, made]
    return _write(context, group, rules, len(others) == len(rules), lambda: show_rule(group, made))


@route("DELETE", _RULE, _RULE_KIND)
def delete_rule(context: Context) -> Response:
    group, name = find(context, KIND), context.ids["rule"]
    rules = group.properties["securityRules"]
    others = [rule for rule in rules if rule["name"].lower() != name.lower()]
    if len(others) == len(rules):
        return Response(204)
    check_free(context, group)
    group.properties["securityRules"] = others
    return _write(context, group, rules, False, None)


def _write(context: Context, group: Resource, before: list, created: bool, answer) -> Response:
    group.state = "Updating"

    def finish() -> None:
        group.state = "Succeeded"

    def fail(error: OperationError) -> None:
        group.state = "Succeeded"
        group.properties["securityRules"] = before
    verb = "write" if answer else "delete"
    return context.cloud.operate(context, f"securityRules/{verb}", group, "async" if answer else "both", created=created,
                                 finish=finish, fail=fail, answer=answer)


def _find_rule(context: Context, group: Resource) -> dict:
    for rule in group.properties["securityRules"]:
        if rule["name"].lower() == context.ids["rule"].lower():
            return rule
    raise ArmError(404, "NotFound", f"Resource {group.id}/securityRules/{context.ids['rule']} not found.")


def _conflict(name: str, priority: int, direction: str) -> ArmError:
    return ArmError(400, "SecurityRuleConflict", f"Security rule {name} conflicts with another rule. Rules cannot have the "
                    f"same Priority and Direction ({priority}, {direction}).")
