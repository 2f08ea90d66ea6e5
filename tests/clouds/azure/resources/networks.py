# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Virtual networks and subnets. A write to one locks the network and all that is in it."""

from __future__ import annotations

import copy
import ipaddress
from typing import Any

from ...common.http import Response, json_response
from ..errors import ArmError
from ..ids import same
from ..names import check_name
from ..operations import OperationError
from ..routing import Context, route
from ..shapes import SUBNET, VIRTUAL_NETWORK
from ..world import Resource, World
from .crud import Kind, add_kind, check_free, find, page, reference

KIND = "Microsoft.Network/virtualNetworks"
SUBNET_KIND = KIND + "/subnets"
_SUBNETS = "resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{name}/subnets"
_NICS = "Microsoft.Network/networkInterfaces"


def prepare(context: Context, body: dict, old: Resource | None) -> dict:
    """A PUT names all subnets there will be: those it leaves out go, unless somebody is in them."""
    properties = body["properties"]
    spaces = _spaces(properties["addressSpace"]["addressPrefixes"])
    network_id, world = context.id(KIND), context.cloud.world
    wanted = properties.pop("subnets", [])
    taken: list[Resource] = []
    for subnet in wanted:
        check_name(SUBNET_KIND, subnet["name"])
        made = Resource(network_id.child("subnets", subnet["name"]), {"properties": subnet["properties"]})
        check_subnet(context, made, spaces, body["location"], taken)
        taken.append(made)
    before = world.children(old, "subnets") if old else []
    for subnet in before:
        kept = next((one for one in taken if same(one.name, subnet.name)), None)
        if not kept or prefixes_of(kept) != prefixes_of(subnet):
            check_subnet_unused(context, subnet)
    for subnet in before:
        world.remove(subnet)
    for subnet in taken:
        subnet.brought = context.request is None
        world.add(subnet)
    return body


def _spaces(prefixes: list[str]) -> list:
    spaces = []
    for prefix in prefixes:
        space = _network(prefix)
        if any(space.overlaps(other) for other in spaces if space.version == other.version):
            raise ArmError(400, "NetcfgInvalidVirtualNetworkSite", f"Address prefix {prefix} overlaps with another one.")
        spaces.append(space)
    if not spaces:
        raise ArmError(400, "NetcfgInvalidVirtualNetworkSite", "The address space has no prefix.")
    return spaces


def _network(prefix: str):
    try:
        return ipaddress.ip_network(prefix)
    except ValueError:
        raise ArmError(400, "InvalidCIDRNotation", f"The address prefix {prefix} has an invalid CIDR notation. For the given "
                       "prefix length the address must be that of the network.") from None


def prefixes_of(subnet: Resource) -> list[str]:
    properties = subnet.properties
    return properties.get("addressPrefixes") or ([properties["addressPrefix"]] if properties.get("addressPrefix") else [])


def check_subnet(context: Context, subnet: Resource, spaces: list, location: str, others: list[Resource]) -> None:
    prefixes = prefixes_of(subnet)
    if not prefixes:
        raise ArmError(400, "InvalidRequestFormat", f"Subnet {subnet.name} has no addressPrefix.")
    for prefix in prefixes:
        network = _network(prefix)
        if not any(network.version == space.version and network.subnet_of(space) for space in spaces):
            raise ArmError(400, "NetcfgInvalidSubnet", f"Subnet '{subnet.name}' is not valid in virtual network "
                           f"'{subnet.id.names[0]}'.")
        if network.prefixlen > 29 and network.version == 4:
            raise ArmError(400, "NetcfgSubnetTooSmall", f"Subnet '{subnet.name}' is too small: /29 is the smallest.")
        for other in others:
            if any(network.overlaps(_network(taken)) for taken in prefixes_of(other)):
                raise ArmError(400, "NetcfgSubnetRangesOverlap", f"Subnet '{subnet.name}' is not valid because its IP "
                               f"address range overlaps with that of an existing subnet in virtual network "
                               f"'{subnet.id.names[0]}'.")
    if group := subnet.properties.get("networkSecurityGroup"):
        reference(context, "properties.networkSecurityGroup.id", group.get("id"), "Microsoft.Network/networkSecurityGroups",
                  location, subnet.id)


def show(world: World, resource: Resource) -> dict[str, Any]:
    return {"resourceGuid": resource.guid, "enableDdosProtection": resource.properties.get("enableDdosProtection", False),
            "subnets": [show_subnet(world, one) for one in world.children(resource, "subnets")]}


def show_subnet(world: World, subnet: Resource) -> dict[str, Any]:
    shown = copy.deepcopy(subnet.properties)
    shown |= {"provisioningState": subnet.state, "privateEndpointNetworkPolicies": shown.get(
        "privateEndpointNetworkPolicies", "Disabled"), "privateLinkServiceNetworkPolicies": shown.get(
        "privateLinkServiceNetworkPolicies", "Enabled")}
    users = configurations_in(world, subnet)
    if users:
        shown["ipConfigurations"] = [{"id": one} for one in users]
    return {"name": subnet.name, "id": str(subnet.id), "type": SUBNET_KIND, "etag": subnet.etag, "properties": shown}


def configurations_in(world: World, subnet: Resource) -> list[str]:
    """Ids of the IP configurations of interfaces in a subnet."""
    return [f"{nic.id}/ipConfigurations/{one['name']}" for nic in world.users(subnet, _NICS)
            for one in nic.properties["ipConfigurations"]
            if same(one["properties"].get("subnet", {}).get("id", ""), str(subnet.id))]


def check_subnet_unused(context: Context, subnet: Resource) -> None:
    users = configurations_in(context.cloud.world, subnet)
    if users:
        raise ArmError(400, "InUseSubnetCannotBeDeleted", f"Subnet {subnet.name} is in use by {users[0]} and cannot be "
                       "deleted. In order to delete the subnet, delete all the resources within the subnet. See "
                       "aka.ms/deletesubnet.")


def check_unused(context: Context, resource: Resource) -> None:
    for subnet in context.cloud.world.children(resource, "subnets"):
        check_subnet_unused(context, subnet)


def removed(context: Context, resource: Resource) -> None:
    for subnet in context.cloud.world.children(resource, "subnets"):
        context.cloud.world.remove(subnet)


add_kind(Kind(KIND, VIRTUAL_NETWORK, prepare, show, check_unused=check_unused, removed=removed, etag=True),
         get_query={"$expand"})


@route("GET", _SUBNETS, SUBNET_KIND, query={"$top", "$skiptoken"})
def list_subnets(context: Context) -> Response:
    network, world = find(context, KIND), context.cloud.world
    return page(context, world.children(network, "subnets"), lambda one: show_subnet(world, one))


@route("GET", _SUBNETS + "/{subnet}", SUBNET_KIND, query={"$expand"})
def get_subnet(context: Context) -> Response:
    network = find(context, KIND)
    subnet = context.cloud.world.find(network.id.child("subnets", context.ids["subnet"]))
    if not subnet:
        raise ArmError(404, "NotFound", f"Resource {network.id}/subnets/{context.ids['subnet']} not found.")
    return json_response(200, show_subnet(context.cloud.world, subnet))


@route("PUT", _SUBNETS + "/{subnet}", SUBNET_KIND, body=SUBNET)
def put_subnet(context: Context) -> Response:
    network, world = find(context, KIND), context.cloud.world
    check_name(SUBNET_KIND, context.ids["subnet"])
    check_free(context, network)
    old = world.find(network.id.child("subnets", context.ids["subnet"]))
    made = Resource(network.id.child("subnets", context.ids["subnet"]), {"properties": context.body["properties"]})
    others = [one for one in world.children(network, "subnets") if one is not old]
    check_subnet(context, made, _spaces(network.properties["addressSpace"]["addressPrefixes"]), network.location, others)
    if old and prefixes_of(old) != prefixes_of(made):
        check_subnet_unused(context, old)
    before = old.body if old else None
    subnet = old or made
    subnet.body, subnet.state, network.state = made.body, "Updating", "Updating"
    subnet.brought = subnet.brought or context.request is None
    world.add(subnet)

    def finish() -> None:
        subnet.state = network.state = "Succeeded"

    def fail(error: OperationError) -> None:
        network.state, subnet.state = "Succeeded", "Failed" if error.keep else "Succeeded"
        if not error.keep and before is None:
            world.remove(subnet)
        elif not error.keep:
            subnet.body = before
    return context.cloud.operate(context, "subnets/write", network, "async", created=old is None, finish=finish, fail=fail,
                                 answer=lambda: show_subnet(world, subnet))


@route("DELETE", _SUBNETS + "/{subnet}", SUBNET_KIND)
def delete_subnet(context: Context) -> Response:
    world = context.cloud.world
    network = world.find(context.id(KIND))
    subnet = network and world.find(network.id.child("subnets", context.ids["subnet"]))
    if not subnet:
        return Response(204)
    check_free(context, network)
    check_subnet_unused(context, subnet)
    subnet.state = "Deleting"
    network.state = "Updating"

    def finish() -> None:
        network.state = "Succeeded"
        world.remove(subnet)

    def fail(error: OperationError) -> None:
        network.state, subnet.state = "Succeeded", "Failed" if error.keep else "Succeeded"
    return context.cloud.operate(context, "subnets/delete", network, "both", finish=finish, fail=fail)


