# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A launch: everything that EC2 checks before it makes an instance, and the making. RunInstances and the spot requests of
old share it."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from .actions.account import check_zone
from .actions.groups import find_by_name
from .actions.images import find_image
from .actions.key_pairs import not_found
from .block_devices import BLOCK_DEVICES, devices_of
from .capacity import check_storage
from .catalog import INSTANCE_TYPES, InstanceType
from .errors import ApiError, combination, invalid, missing
from .ids import look_up, look_up_one
from .images import Image
from .query import BOOL, INT, STRING
from .routing import Context
from .world import Group, Instance, Interface, Subnet, Volume, new_id

_GROUPS_PER_INTERFACE = 5
_USER_DATA_LIMIT = 16384
LAUNCH = {
    "ImageId": STRING, "InstanceType": STRING, "KeyName": STRING, "UserData": STRING, "SubnetId": STRING,
    "SecurityGroup": [STRING], "SecurityGroupId": [STRING], "BlockDeviceMapping": BLOCK_DEVICES, "EbsOptimized": BOOL,
    "IamInstanceProfile": {"Arn": STRING, "Name": STRING}, "Monitoring": {"Enabled": BOOL},
    "NetworkInterface": [{"AssociatePublicIpAddress": BOOL, "DeleteOnTermination": BOOL, "Description": STRING,
                          "DeviceIndex": INT, "SecurityGroupId": [STRING], "SubnetId": STRING, "PrivateIpAddress": STRING,
                          "NetworkInterfaceId": STRING, "Ipv6AddressCount": INT, "PrimaryIpv6": BOOL,
                          "InterfaceType": STRING, "NetworkCardIndex": INT}],
}


@dataclass
class Plan:
    """A launch that EC2 would accept."""

    params: dict[str, Any]
    image: Image
    type: InstanceType
    subnet: Subnet
    groups: list[Group]
    public: bool
    devices: dict[str, dict[str, Any]]
    user_data: bytes
    profile: str | None
    interface: dict[str, Any] = field(default_factory=dict)
    market: str = "on-demand"


def make_plan(context: Context, params: dict[str, Any], *, user_data_limit: int = _USER_DATA_LIMIT) -> Plan:
    if not params.get("ImageId"):
        raise missing("ImageId")
    image = find_image(context, params["ImageId"])
    if image.state != "available":
        raise ApiError("InvalidAMIID.Unavailable", f"The image ID '{image.id}' is not available")
    kind = _instance_type(params.get("InstanceType", "m1.small"))
    if kind.architecture != image.architecture:
        raise invalid(f"The architecture '{kind.architecture}' of the specified instance type does not match the architecture "
                      f"'{image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
                      "architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover "
                      "the architecture of the instance type or AMI.")
    interface = _interface(params)
    subnet = _subnet(context, params, interface)
    if interface.get("Ipv6AddressCount", 0) and not subnet.ipv6:
        raise invalid(f"The subnet '{subnet.id}' has no IPv6 CIDR block")  # our sentence
    if not kind.is_in(subnet.zone):
        good = ", ".join(zone for zone in context.region.zones if kind.is_in(zone))
        raise ApiError("Unsupported", f"Your requested instance type ({kind.name}) is not supported in your requested "
                       f"Availability Zone ({subnet.zone}). Please retry your request by not specifying an Availability Zone "
                       f"or choosing {good}.")
    groups = _groups(context, params, interface, subnet)
    if params.get("KeyName") is not None:
        pair = context.region.key_pairs.get(params["KeyName"])
        if not pair or not context.sees(pair):
            raise not_found(params["KeyName"])
    devices = devices_of(image, params.get("BlockDeviceMapping", []))
    check_storage(context, devices)
    return Plan(params, image, kind, subnet, groups, interface.get("AssociatePublicIpAddress", subnet.public), devices,
                _user_data(params.get("UserData", ""), user_data_limit), _profile(context, params), interface)


def make_instance(context: Context, plan: Plan, tags: dict[str, dict[str, str]], reservation: str, index: int,
                  token: str | None = None) -> Instance:
    """Makes instance, volumes and interface, and starts the boot."""
    region, number = context.region, new_id("i")
    volumes = [_volume(context, plan, name, fields, number, tags.get("volume", {})) for name, fields in plan.devices.items()]
    interface = Interface(id=new_id("eni"), subnet=plan.subnet.id, vpc=plan.subnet.vpc, zone=plan.subnet.zone,
                          groups=[one.id for one in plan.groups], instance=number,
                          description=plan.interface.get("Description", ""),
                          delete_on_termination=plan.interface.get("DeleteOnTermination", True),
                          tags=dict(tags.get("network-interface", {})))
    params, options = plan.params, plan.params.get("MetadataOptions", {})
    instance = Instance(
        id=number, image=plan.image, type=plan.type.name, zone=plan.subnet.zone, vpc=plan.subnet.vpc, subnet=plan.subnet.id,
        reservation=reservation, key=params.get("KeyName"), volumes=[one.id for one in volumes], interface=interface.id,
        public=plan.public, token=token, launched=time.time(), user_data=plan.user_data, profile=plan.profile,
        monitoring=params.get("Monitoring", {}).get("Enabled", False), ebs_optimized=params.get("EbsOptimized", False),
        metadata_options={"HttpTokens": "required" if plan.image.imds else "optional",
                          "HttpPutResponseHopLimit": 2 if plan.image.imds else 1, "HttpEndpoint": "enabled",
                          "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled", **options},
        shutdown_behavior=params.get("InstanceInitiatedShutdownBehavior", "stop"),
        protected=params.get("DisableApiTermination", False), index=index, ipv6=_ipv6(plan), tags=dict(tags.get("instance", {})))
    region.volumes.update({one.id: one for one in volumes})
    region.interfaces[interface.id] = interface
    region.instances[number] = instance
    if any(one.kms_key and one.kms_key not in region.kms_keys for one in volumes):
        # EC2 finds out only when it attaches the volume.
        instance.fate = ("terminated", "Client.InternalError", "Client error on launch")
    context.cloud.lifecycle.launch(region, instance)
    return instance


def _volume(context: Context, plan: Plan, name: str, fields: dict, number: str, tags: dict[str, str]) -> Volume:
    encrypted = fields.get("Encrypted", False) or context.cloud.settings.encrypt_by_default
    key = fields.get("KmsKeyId") or (min(context.region.kms_keys) if encrypted else None)
    if key and not key.startswith("arn:"):
        key = f"arn:aws:kms:{context.region.name}:123456789012:key/{key}"
    return Volume(id=new_id("vol"), zone=plan.subnet.zone, size=fields["VolumeSize"], type=fields["VolumeType"],
                  iops=fields.get("Iops"), throughput=fields.get("Throughput"), encrypted=encrypted, kms_key=key,
                  snapshot=fields.get("SnapshotId"), instance=number, device=name,
                  delete_on_termination=fields["DeleteOnTermination"], tags=dict(tags))


def _ipv6(plan: Plan) -> list[str]:
    """Addresses that nothing answers at: hosts have none of their own."""
    return [f"2600:1f18:{secrets.token_hex(2)}::{number:x}" for number in range(1, plan.interface.get("Ipv6AddressCount", 0) + 1)]


def _instance_type(name: str) -> InstanceType:
    if name not in INSTANCE_TYPES:
        raise invalid(f"Invalid value '{name}' for InstanceType.")
    return INSTANCE_TYPES[name]


def _interface(params: dict[str, Any]) -> dict[str, Any]:
    """The one network interface of the request, {} without."""
    interfaces = params.get("NetworkInterface", [])
    if not interfaces:
        return {}
    if params.get("SubnetId"):
        raise combination("Network interfaces and an instance-level subnet ID may not be specified on the same request")
    if params.get("SecurityGroupId") or params.get("SecurityGroup"):
        raise combination("Network interfaces and instance-level security groups may not be specified on the same request")
    if len(interfaces) > 1 or "NetworkInterfaceId" in interfaces[0]:
        raise ApiError("NotSimulated", "more than one network interface, or a given one, is not simulated")
    if "DeviceIndex" not in interfaces[0]:
        raise ApiError("MissingParameter", "The request must contain the parameter deviceIndex")
    if interfaces[0].get("PrimaryIpv6") and not interfaces[0].get("Ipv6AddressCount"):
        raise invalid("A primary IPv6 address needs at least one IPv6 address")  # our sentence
    if interfaces[0]["DeviceIndex"] != 0:
        raise invalid("The primary network interface must be at device index 0.")
    return interfaces[0]


def _subnet(context: Context, params: dict[str, Any], interface: dict[str, Any]) -> Subnet:
    zone = params.get("Placement", {}).get("AvailabilityZone")
    if zone:
        check_zone(context, zone)
    number = interface.get("SubnetId") or params.get("SubnetId")
    if number:
        subnet = look_up_one(context, "subnet", number)
        if zone and subnet.zone != zone:
            raise invalid(f"Value ({zone}) for parameter availabilityZone is invalid. Subnet '{subnet.id}' is in the "
                          f"availability zone {subnet.zone}")
        return subnet
    vpc = context.region.default_vpc
    if not vpc:
        raise ApiError("VPCIdNotSpecified", "No default VPC for this user")
    market = "spot" if params.get("InstanceMarketOptions") else "on-demand"
    settings, kind = context.cloud.settings, params.get("InstanceType", "m1.small")
    found = [one for one in context.region.subnets.values() if one.vpc == vpc.id and one.default and zone in (None, one.zone)]
    if not found:
        raise ApiError("MissingInput", f"No subnets found for the default VPC '{vpc.id}'. Please specify a subnet.")
    # Left free, EC2 takes a zone that has what is asked for.
    return min(found, key=lambda one: (settings.is_exhausted(one.zone, kind, market),
                                       kind in INSTANCE_TYPES and not INSTANCE_TYPES[kind].is_in(one.zone)))


def _groups(context: Context, params: dict[str, Any], interface: dict[str, Any], subnet: Subnet) -> list[Group]:
    ids = interface.get("SecurityGroupId") or params.get("SecurityGroupId") or []
    names = params.get("SecurityGroup", [])
    if names and (params.get("SubnetId") and not context.region.vpcs[subnet.vpc].default):
        raise combination("The parameter groupName cannot be used with the parameter subnet")
    vpc = context.region.vpcs[subnet.vpc]
    groups = look_up(context, "security-group", ids) + [find_by_name(context, name, vpc) for name in names]
    for group in groups:
        if group.vpc != subnet.vpc:
            raise ApiError("InvalidParameter", f"Security group {group.id} and subnet {subnet.id} belong to different networks.")
    if len(groups) > _GROUPS_PER_INTERFACE:
        raise ApiError("SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has "
                       "been reached.")
    return groups or [find_by_name(context, "default", vpc)]


def _user_data(text: str, limit: int) -> bytes:
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise invalid("Invalid BASE64 encoding of user data.") from None
    if len(data) > limit:
        raise invalid(f"User data is limited to {limit} bytes")
    return data


def _profile(context: Context, params: dict[str, Any]) -> str | None:
    """An empty name is none at all, as the programs of old send it."""
    given = params.get("IamInstanceProfile", {})
    name, arn = given.get("Name"), given.get("Arn")
    if name and arn:
        raise combination("The parameter 'iamInstanceProfile.name' may not be used in combination with "
                          "'iamInstanceProfile.arn'")
    if arn:
        match = re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:instance-profile/(?:.*/)?([\w+=,.@-]+)", arn)
        if not match or match[1] not in context.cloud.world.profiles:
            raise invalid(f"Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN")
        name = match[1]
    elif name and name not in context.cloud.world.profiles:
        raise invalid(f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name")
    if name and "iam:PassRole" in context.cloud.settings.denied_actions:
        raise ApiError("UnauthorizedOperation", "You are not authorized to perform this operation. User: "
                       f"{context.principal.arn} is not authorized to perform: iam:PassRole on resource: "
                       f"arn:aws:iam::123456789012:role/{name} because no identity-based policy allows the iam:PassRole action. "
                       "Encoded authorization failure message: Zm9yIHRlc3Rz")
    return name or None
