# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Network interfaces: their private addresses, and what holds on to them."""

from __future__ import annotations

import ipaddress
import time
from typing import Any

from ..errors import ArmError
from ..ids import parse_id
from ..names import check_name
from ..routing import Context
from ..shapes import NETWORK_INTERFACE
from ..world import Resource, World
from . import public_addresses
from .crud import Kind, add_kind, reference
from .networks import SUBNET_KIND, prefixes_of

KIND = "Microsoft.Network/networkInterfaces"
_MACHINES = "Microsoft.Compute/virtualMachines"


def prepare(context: Context, body: dict, old: Resource | None) -> dict:
    properties, nic_id = body["properties"], context.id(KIND)
    configurations = properties["ipConfigurations"]
    if not configurations:
        raise ArmError(400, "NetworkInterfaceMustHaveAtLeastOneIpConfiguration", f"Network interface {nic_id} must have "
                       "one or more IP configurations.")
    if group := properties.get("networkSecurityGroup"):
        reference(context, "properties.networkSecurityGroup.id", group.get("id"),
                  "Microsoft.Network/networkSecurityGroups", body["location"], nic_id)
    for index, configuration in enumerate(configurations):
        _prepare_configuration(context, f"properties.ipConfigurations[{index}]", configuration, body["location"], old)
    properties.setdefault("enableAcceleratedNetworking", False)
    properties.setdefault("enableIPForwarding", False)
    return body


def _prepare_configuration(context: Context, at: str, configuration: dict, location: str, old: Resource | None) -> None:
    check_name(KIND + "/ipConfigurations", configuration["name"])
    nic_id, world = context.id(KIND), context.cloud.world
    properties = configuration.setdefault("properties", {})
    if not properties.get("subnet"):
        raise ArmError(400, "SubnetIsRequired", f"Network interface {nic_id} requires a subnet in {at}.")
    subnet = reference(context, f"{at}.properties.subnet.id", properties["subnet"].get("id"), SUBNET_KIND, location, nic_id)
    public = None
    if wanted := properties.get("publicIPAddress"):
        public = reference(context, f"{at}.properties.publicIPAddress.id", wanted.get("id"), public_addresses.KIND,
                           location, nic_id)
        user = public_addresses.user_of(world, public)
        if user and not user.lower().startswith(f"{nic_id}/".lower()):
            raise ArmError(400, "PublicIPAddressInUse", f"Resource {nic_id}/ipConfigurations/{configuration['name']} is "
                           f"referencing public IP address {public.id} that is already allocated to resource {user}.")
    properties.setdefault("privateIPAddressVersion", "IPv4")
    properties.setdefault("primary", True)
    method = properties.setdefault("privateIPAllocationMethod", "Dynamic")
    _assign(context, properties, subnet, public, method.lower() == "static", old)


def _assign(context: Context, properties: dict, subnet: Resource, public: Resource | None, static: bool,
            old: Resource | None) -> None:
    """Gives the configuration its private address."""
    taken = _taken(context.cloud.world, subnet, old)
    networks = [ipaddress.ip_network(prefix) for prefix in prefixes_of(subnet)]
    if static:
        try:
            address = ipaddress.ip_address(properties.get("privateIPAddress", ""))
        except ValueError:
            raise ArmError(400, "InvalidIPAddress", f"IP address '{properties.get('privateIPAddress', '')}' is not valid. A "
                           "static configuration needs one.") from None
        if not any(address in network for network in networks):
            raise ArmError(400, "PrivateIPAddressNotInSubnet", f"Private static IP address {address} does not belong to the "
                           f"range of subnet prefix {networks[0]}.")
        if any(address - 4 < network.network_address or address == network.broadcast_address for network in networks
               if address in network):
            raise ArmError(400, "PrivateIPAddressInReservedRange", f"Private static IP address {address} falls within "
                           f"reserved IP range of subnet prefix {networks[0]}.")
        if str(address) in taken:
            raise ArmError(400, "PrivateIPAddressInUse", f"IP configuration is using the private IP address {address} which "
                           "is already allocated to another resource.")
        return
    before = old.properties["ipConfigurations"][0]["properties"] if old else {}
    if before.get("privateIPAddress") and before["subnet"]["id"].lower() == properties["subnet"]["id"].lower():
        properties["privateIPAddress"] = before["privateIPAddress"]
    elif public is None or context.cloud.settings.reach == "private":
        # No simulated machine is in a simulated subnet: where the host is to be reached inside, its own address shows.
        properties["privateIPAddress"] = context.cloud.reserve_address() or _next(networks, taken)
    else:
        properties["privateIPAddress"] = _next(networks, taken)


def _next(networks: list, taken: set[str]) -> str:
    for network in networks:
        for number in range(4, min(network.num_addresses - 1, 65536)):
            if (address := str(network.network_address + number)) not in taken:
                return address
    raise ArmError(400, "SubnetIsFull", f"Subnet with address prefix {networks[0]} does not have enough capacity for 1 IP "
                   "addresses.")


def _taken(world: World, subnet: Resource, besides: Resource | None) -> set[str]:
    return {one["properties"].get("privateIPAddress", "") for nic in world.users(subnet, KIND) if nic is not besides
            for one in nic.properties["ipConfigurations"]}


def machine_of(world: World, nic: Resource) -> Resource | None:
    return next(iter(world.users(nic, _MACHINES)), None)


def reserve(nic: Resource, machine: Resource, seconds: float) -> None:
    """Keeps the interface for a machine whose creation failed."""
    nic.hidden["reserved"] = (str(machine.id), time.monotonic() + seconds)


def check_reservation(nic: Resource, machine_id: str | None) -> None:
    owner, until = nic.hidden.get("reserved", ("", 0.0))
    if until > time.monotonic() and (machine_id is None or owner.lower() != machine_id.lower()):
        raise ArmError(400, "NicReservedForAnotherVm", "Nic(s) in request is reserved for another Virtual Machine for 180 "
                       "seconds. Please provide another nic(s) or retry after 180 seconds. Reserved VM: " + owner)


def show(world: World, resource: Resource) -> dict[str, Any]:
    shown: dict[str, Any] = {"resourceGuid": resource.guid, "hostedWorkloads": [], "nicType": "Standard"}
    shown["ipConfigurations"] = [
        {**one, "id": f"{resource.id}/ipConfigurations/{one['name']}", "type": KIND + "/ipConfigurations",
         "etag": resource.etag, "properties": {**one["properties"], "provisioningState": resource.state}}
        for one in resource.properties["ipConfigurations"]]
    if machine := machine_of(world, resource):
        shown |= {"virtualMachine": {"id": str(machine.id)}, "primary": True, "macAddress": "00-0D-3A-1B-C7-21"}
    return shown


def check_unused(context: Context, resource: Resource) -> None:
    if machine := machine_of(context.cloud.world, resource):
        raise ArmError(400, "NicInUse", f"Network Interface {resource.id} is used by existing resource {machine.id}. In "
                       "order to delete the network interface, it must be dissociated from the resource. To learn more, see "
                       "aka.ms/deletenic.")
    check_reservation(resource, None)


def removed(context: Context, resource: Resource) -> None:
    cloud = context.cloud
    for one in resource.properties["ipConfigurations"]:
        if one["properties"].get("publicIPAddress") is None or cloud.settings.reach == "private":
            cloud.release_address(one["properties"].get("privateIPAddress", ""))


def public_of(world: World, nic: Resource) -> Resource | None:
    wanted = nic.properties["ipConfigurations"][0]["properties"].get("publicIPAddress", {}).get("id")
    return world.find(parse_id(wanted)) if wanted else None


add_kind(Kind(KIND, NETWORK_INTERFACE, prepare, show, check_unused=check_unused, removed=removed, etag=True),
         get_query={"$expand"})
