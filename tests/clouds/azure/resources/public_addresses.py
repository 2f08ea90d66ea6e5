# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Public IP addresses. A static one has its address at once, a dynamic one while its machine runs."""

from __future__ import annotations

from typing import Any

from ..errors import ArmError
from ..names import check_label
from ..routing import Context
from ..shapes import PUBLIC_ADDRESS
from ..world import Resource, World
from .crud import Kind, add_kind

KIND = "Microsoft.Network/publicIPAddresses"
_NICS = "Microsoft.Network/networkInterfaces"


def prepare(context: Context, body: dict, old: Resource | None) -> dict:
    settings, world = context.cloud.settings, context.cloud.world
    properties = body.setdefault("properties", {})
    sku = body.setdefault("sku", {})
    name = sku.setdefault("name", "Basic")
    sku.setdefault("tier", "Regional")
    method = properties.setdefault("publicIPAllocationMethod", "Dynamic")
    properties.setdefault("publicIPAddressVersion", "IPv4")
    properties.setdefault("idleTimeoutInMinutes", 4)
    others = [one for one in world.all(KIND, subscription=context.subscription.id)
              if one.location == body["location"] and one is not old]
    if name.lower() == "basic" and not settings.legacy and not old:
        raise ArmError(400, "IPv4BasicSkuPublicIpCountLimitReached", "Cannot create more than 0 IPv4 Basic SKU public IP "
                       "addresses for this subscription in this region.")
    limit = settings.quotas.get("PublicIPAddresses")
    if limit is not None and not old and len(others) >= limit:
        raise ArmError(400, "PublicIPCountLimitReached", f"Cannot create more than {limit} public IP addresses for this "
                       "subscription in this region.")
    if name.lower() != "basic" and method.lower() != "static":
        raise ArmError(400, "StandardAndHigherSkuPublicIPAddressesMustBeStatic", f"Standard and higher sku publicIp "
                       f"{context.id(KIND)} must have AllocationMethod set to Static.")
    if body.get("zones") and name.lower() == "basic":
        raise ArmError(400, "ZonesNotAllowedForBasicSku", "Zones are not allowed for a Basic sku publicIp.")
    if old and old.body["sku"]["name"].lower() != name.lower():
        raise ArmError(400, "SkuCannotBeChanged", "The sku of a publicIp cannot be changed.")
    if label := properties.get("dnsSettings", {}).get("domainNameLabel"):
        check_label(label)
        if any(one.properties.get("dnsSettings", {}).get("domainNameLabel") == label for one in others):
            raise ArmError(400, "DnsRecordInUse", f"DNS record {label}.{body['location']}.cloudapp.azure.com is already used "
                           "by another public IP.")
    return body


def settle(context: Context, resource: Resource) -> None:
    if is_static(resource):
        acquire(context.cloud, resource)


def is_static(resource: Resource) -> bool:
    return resource.properties["publicIPAllocationMethod"].lower() == "static"


def acquire(cloud, resource: Resource) -> str:
    """The address, taken now if it has none yet."""
    if not resource.hidden.get("address"):
        if cloud.settings.reach == "private":
            number = cloud.credentials.next_number()
            resource.hidden["address"] = f"203.0.113.{1 + number % 254}"  # documentation's own network: nobody is there
        else:
            resource.hidden["address"] = cloud.reserve_address()
    return resource.hidden["address"]


def release(cloud, resource: Resource) -> None:
    address = resource.hidden.pop("address", "")
    if cloud.settings.reach != "private":
        cloud.release_address(address)


def show(world: World, resource: Resource) -> dict[str, Any]:
    properties = resource.properties
    shown: dict[str, Any] = {"resourceGuid": resource.guid, "ipTags": properties.get("ipTags", []),
                             "ipAddress": resource.hidden.get("address") or None}
    if label := properties.get("dnsSettings", {}).get("domainNameLabel"):
        shown["dnsSettings"] = {**properties["dnsSettings"], "fqdn": f"{label}.{resource.location}.cloudapp.azure.com"}
    if user := user_of(world, resource):
        shown["ipConfiguration"] = {"id": user}
    return shown


def user_of(world: World, resource: Resource) -> str | None:
    """The id of the IP configuration that has this address."""
    for nic in world.users(resource, _NICS):
        for one in nic.properties["ipConfigurations"]:
            if one["properties"].get("publicIPAddress", {}).get("id", "").lower() == str(resource.id).lower():
                return f"{nic.id}/ipConfigurations/{one['name']}"
    return None


def check_unused(context: Context, resource: Resource) -> None:
    if user := user_of(context.cloud.world, resource):
        raise ArmError(400, "PublicIPAddressCannotBeDeleted", f"Public IP address {resource.id} can not be deleted since it "
                       f"is still allocated to resource {user}. In order to delete the public IP, disassociate/detach the "
                       "Public IP address from the resource.")


add_kind(Kind(KIND, PUBLIC_ADDRESS, prepare, show, settle, check_unused,
              removed=lambda context, resource: release(context.cloud, resource), etag=True, zones=True),
         get_query={"$expand"})
