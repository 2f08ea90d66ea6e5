# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Instances as they are described."""

from __future__ import annotations

import base64

from ..catalog import INSTANCE_TYPES, is_current
from ..filters import page, select, tag_set
from ..ids import look_up, look_up_one, visible
from ..query import BOOL, DESCRIBE, STRING
from ..routing import Context, action
from ..sigv4 import ACCOUNT
from ..world import STATE_CODES, Instance
from ..xml import timestamp
from .account import zone_id


@action("DescribeInstances", {"InstanceId": [STRING], **DESCRIBE})
def describe_instances(context: Context) -> dict:
    region = context.region
    instances = look_up(context, "instance", context.params.get("InstanceId")) or \
        visible(context, region.instances.values())
    found = select(context, instances, _FILTERS | {
        "network-interface.network-interface-id": lambda one: one.interface,
        "instance.group-id": lambda one: _groups(context, one), "instance.group-name": lambda one: [
            region.groups[group].name for group in _groups(context, one)]})
    found, token = page(context, found, "InstanceId")
    reservations: dict[str, list[Instance]] = {}
    for one in found:
        reservations.setdefault(one.reservation, []).append(one)
    return {"reservationSet": [
        {"reservationId": number, "ownerId": ACCOUNT, "groupSet": [],
         "instancesSet": [instance_body(context, one) for one in members]} for number, members in reservations.items()],
        "nextToken": token}


_FILTERS = {
    "instance-id": lambda one: one.id, "client-token": lambda one: one.token, "image-id": lambda one: one.image.id,
    "instance-state-name": lambda one: one.state, "instance-state-code": lambda one: str(STATE_CODES[one.state]),
    "instance-type": lambda one: one.type, "key-name": lambda one: one.key, "subnet-id": lambda one: one.subnet,
    "vpc-id": lambda one: one.vpc, "availability-zone": lambda one: one.zone, "reservation-id": lambda one: one.reservation,
    "instance-lifecycle": lambda one: "spot" if one.spot else None, "spot-instance-request-id": lambda one: one.spot,
    "ip-address": lambda one: one.public_ip, "private-ip-address": lambda one: one.ip, "owner-id": lambda one: ACCOUNT,
    "architecture": lambda one: one.image.architecture,
    "state-reason-code": lambda one: one.reason[0] if one.reason else None,
}


@action("DescribeInstanceStatus", {"InstanceId": [STRING], "IncludeAllInstances": BOOL, **DESCRIBE})
def describe_instance_status(context: Context) -> dict:
    everything = context.params.get("IncludeAllInstances")
    instances = look_up(context, "instance", context.params.get("InstanceId")) or \
        visible(context, context.region.instances.values())
    instances = [one for one in instances if everything or one.state == "running"]
    found = select(context, instances, {name: _FILTERS[name] for name in (
        "availability-zone", "instance-state-code", "instance-state-name")}, tags=False)
    found, token = page(context, found, "InstanceId")

    def health(one: Instance) -> dict:
        well = one.state == "running"
        return {"status": "ok" if well else "not-applicable",
                "details": [{"name": "reachability", "status": "passed"}] if well else None}
    return {"instanceStatusSet": [
        {"instanceId": one.id, "availabilityZone": one.zone, "instanceState": state_body(one.state),
         "systemStatus": health(one), "instanceStatus": health(one)} for one in found], "nextToken": token}


@action("GetConsoleOutput", {"InstanceId": STRING, "Latest": BOOL}, required=("InstanceId",))
def get_console_output(context: Context) -> dict:
    instance = look_up_one(context, "instance", context.params["InstanceId"])
    text = f"[    0.000000] Linux version 6.1.0 (simulated)\r\n{instance.id} login: "
    return {"instanceId": instance.id, "timestamp": timestamp(instance.launched),
            "output": base64.b64encode(text.encode()).decode()}


def state_body(state: str) -> dict:
    return {"code": STATE_CODES[state], "name": state}


def _groups(context: Context, one: Instance) -> list[str]:
    interface = context.region.interfaces.get(one.interface)
    return interface.groups if interface and interface.instance == one.id else []


def instance_body(context: Context, one: Instance, state: str | None = None) -> dict:
    """`state`: shown in place of the present one, as the answer of RunInstances is older than the state."""
    state, region, kind = state or one.state, context.region, INSTANCE_TYPES[one.type]
    gone, options = state == "terminated", one.metadata_options
    groups = [{"groupId": number, "groupName": region.groups[number].name} for number in _groups(context, one)]
    public = one.public_ip if state != "pending" or one.state == "pending" else None
    return {
        "instanceId": one.id, "imageId": one.image.id, "instanceState": state_body(state),
        "privateDnsName": None if gone or not one.ip else f"ip-{one.ip.replace('.', '-')}.{region.name}.compute.internal",
        "dnsName": f"ec2-{public.replace('.', '-')}.{region.name}.compute.amazonaws.com" if public else "",
        "reason": one.transition, "keyName": one.key, "amiLaunchIndex": one.index, "productCodes": [],
        "instanceType": one.type, "launchTime": timestamp(one.launched).replace(timestamp(one.launched)[-4:], "000Z"),
        "placement": {"availabilityZone": one.zone, "availabilityZoneId": zone_id(one.zone), "groupName": "",
                      "tenancy": one.tenancy},
        "monitoring": {"state": "enabled" if one.monitoring else "disabled"},
        "subnetId": None if gone else one.subnet, "vpcId": None if gone else one.vpc,
        "privateIpAddress": None if gone else one.ip, "ipAddress": public,
        "ipv6Address": one.ipv6[0] if one.ipv6 and not gone else None,
        "sourceDestCheck": None if gone else True, "groupSet": groups,
        "stateReason": {"code": one.reason[0], "message": one.reason[1]} if one.reason else
        {"code": "pending", "message": "pending"} if state == "pending" else None,
        "architecture": one.image.architecture, "rootDeviceType": "ebs", "rootDeviceName": one.image.root,
        "blockDeviceMapping": [
            {"deviceName": volume.device, "ebs": {
                "volumeId": volume.id, "status": "attaching" if state == "pending" else "attached",
                "attachTime": timestamp(volume.created), "deleteOnTermination": volume.delete_on_termination}}
            for number in one.volumes if (volume := region.volumes.get(number)) and volume.instance == one.id],
        "virtualizationType": "hvm", "instanceLifecycle": "spot" if one.spot else None, "spotInstanceRequestId": one.spot,
        "clientToken": one.token or "", "tagSet": tag_set(one), "hypervisor": "xen",
        "networkInterfaceSet": _interfaces(context, one, groups, public),
        "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{one.profile}",
                               "id": "AIPA" + "A" * 17} if one.profile and not gone else None,
        "ebsOptimized": one.ebs_optimized, "enaSupport": True,
        "cpuOptions": {"coreCount": max(1, kind.cpus // 2), "threadsPerCore": 2 if is_current(kind) else 1},
        "capacityReservationSpecification": {"capacityReservationPreference": "open"},
        "hibernationOptions": {"configured": False}, "enclaveOptions": {"enabled": False},
        "metadataOptions": {
            "state": "pending" if state == "pending" else "applied", "httpTokens": options["HttpTokens"],
            "httpPutResponseHopLimit": options["HttpPutResponseHopLimit"], "httpEndpoint": options["HttpEndpoint"],
            "httpProtocolIpv6": options["HttpProtocolIpv6"], "instanceMetadataTags": options["InstanceMetadataTags"]},
        "platformDetails": "Linux/UNIX", "usageOperation": "RunInstances",
        "usageOperationUpdateTime": timestamp(one.created), "maintenanceOptions": {"autoRecovery": "default"},
        "currentInstanceBootMode": "legacy-bios",
    }


def _interfaces(context: Context, one: Instance, groups: list[dict], public: str | None) -> list[dict]:
    interface = context.region.interfaces.get(one.interface)
    if not interface or interface.instance != one.id:
        return []
    association = {"publicIp": public, "publicDnsName": "", "ipOwnerId": "amazon"} if public else None
    name = f"ip-{one.ip.replace('.', '-')}.ec2.internal" if one.ip else None
    return [{
        "networkInterfaceId": interface.id, "subnetId": interface.subnet, "vpcId": interface.vpc,
        "description": interface.description, "ownerId": ACCOUNT, "status": "in-use", "macAddress": interface.mac,
        "privateIpAddress": one.ip, "privateDnsName": name, "sourceDestCheck": True, "groupSet": groups,
        "attachment": {"attachmentId": interface.attachment, "deviceIndex": 0, "status": "attached",
                       "attachTime": timestamp(interface.created), "deleteOnTermination": interface.delete_on_termination,
                       "networkCardIndex": 0},
        "association": association,
        "privateIpAddressesSet": [{"privateIpAddress": one.ip, "privateDnsName": name, "primary": True,
                                   "association": association}],
        "ipv6AddressesSet": [{"ipv6Address": address} for address in one.ipv6], "interfaceType": "interface"}]
