# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Network interfaces, which come and go with their instances here."""

from __future__ import annotations

from ..errors import invalid
from ..filters import page, select, tag_set
from ..ids import look_up, look_up_one, visible
from ..query import DESCRIBE, STRING
from ..routing import Context, action
from ..sigv4 import ACCOUNT
from ..world import Interface
from ..xml import timestamp


@action("DescribeNetworkInterfaces", {"NetworkInterfaceId": [STRING], **DESCRIBE})
def describe_network_interfaces(context: Context) -> dict:
    interfaces = look_up(context, "network-interface", context.params.get("NetworkInterfaceId")) or \
        visible(context, context.region.interfaces.values())
    found = select(context, interfaces, {
        "network-interface-id": lambda one: one.id, "attachment.instance-id": lambda one: one.instance,
        "subnet-id": lambda one: one.subnet, "vpc-id": lambda one: one.vpc, "group-id": lambda one: one.groups,
        "availability-zone": lambda one: one.zone, "status": _status})
    found, token = page(context, found, "NetworkInterfaceId")
    return {"networkInterfaceSet": [_body(context, one) for one in found], "nextToken": token}


@action("DeleteNetworkInterface", {"NetworkInterfaceId": STRING}, required=("NetworkInterfaceId",))
def delete_network_interface(context: Context) -> dict:
    interface = look_up_one(context, "network-interface", context.params["NetworkInterfaceId"])
    if interface.instance:
        raise invalid(f"Network interface '{interface.id}' is currently in use.")
    context.commit()
    del context.region.interfaces[interface.id]
    return {"return": True}


def _status(one: Interface) -> str:
    return "in-use" if one.instance else "available"


def _body(context: Context, one: Interface) -> dict:
    instance = context.region.instances.get(one.instance or "")
    address, public = (instance.ip, instance.public_ip) if instance else (None, None)
    return {
        "networkInterfaceId": one.id, "subnetId": one.subnet, "vpcId": one.vpc, "availabilityZone": one.zone,
        "description": one.description, "ownerId": ACCOUNT, "requesterManaged": False, "status": _status(one),
        "macAddress": one.mac, "privateIpAddress": address, "sourceDestCheck": True,
        "groupSet": [{"groupId": number, "groupName": context.region.groups[number].name} for number in one.groups],
        "attachment": {"attachmentId": one.attachment, "instanceId": one.instance, "instanceOwnerId": ACCOUNT,
                       "deviceIndex": 0, "status": "attached", "attachTime": timestamp(one.created),
                       "deleteOnTermination": one.delete_on_termination} if one.instance else None,
        "association": {"publicIp": public, "ipOwnerId": "amazon"} if public else None, "tagSet": tag_set(one),
        "privateIpAddressesSet": [{"privateIpAddress": address, "primary": True}] if address else [],
        "ipv6AddressesSet": [], "interfaceType": "interface"}
