# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What Azure refuses in the body of a virtual machine, before anything is made."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from .. import catalog
from ..errors import ArmError, invalid, missing
from ..ids import ResourceId, parse_id
from ..names import check_computer_name, check_name, check_user
from ..operations import OperationError
from ..routing import Context
from ..world import Resource
from . import availability_sets, disks, network_interfaces, sizes, storage
from .crud import reference
from .images import Found, resolve

# These fail while the machine is being made, the others at once.
_LATE = ("AllocationFailed", "ZonalAllocationFailed", "OverconstrainedAllocationRequest", "OverconstrainedZonalAllocationRequest")


@dataclass
class Plan:
    """What a good request comes to. `failure`: the end that its operation will have. `vhd`: makes the blob."""

    image: Found
    nics: list[Resource]
    users: dict[str, list[str]] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    failure: OperationError | None = None
    vhd: Callable[[], None] | None = None


def check(context: Context, machine_id: ResourceId, old: Resource | None) -> Plan:
    body = context.body
    properties, location = body["properties"], body["location"]
    for field_name in ("hardwareProfile", "storageProfile", "osProfile", "networkProfile"):
        if not properties.get(field_name):
            raise missing(field_name)
    size = _size(context, properties["hardwareProfile"].get("vmSize"), location)
    disk = properties["storageProfile"].get("osDisk")
    if not disk:
        raise missing("osDisk")
    if disk["createOption"].lower() != "fromimage" or not properties["storageProfile"].get("imageReference"):
        raise invalid("osDisk.createOption", "Only machines from images are simulated.")
    image = resolve(context, properties["storageProfile"]["imageReference"], location)
    _check_fit(size, image, properties)
    _check_plan(context, body.get("plan"), image)
    _check_placement(context, body, machine_id)
    users, metadata = _check_os(properties["osProfile"])
    nics = _check_nics(context, properties["networkProfile"], location, machine_id)
    _check_price(properties, size)
    _check_quota(context, size, properties, location)
    plan = Plan(image, nics, users, metadata)
    plan.vhd = _check_disk(context, disk, image, size, location, machine_id)
    plan.failure = _capacity(context, size, location)
    return plan


def _size(context: Context, name: str | None, location: str) -> catalog.Size:
    if not name:
        raise missing("vmSize")
    size = catalog.size_in(location, name)
    if not size and name.lower() in catalog.SIZES:
        raise _sku_not_available(name, location)
    if not size:
        raise invalid("vmSize", f"The value {name} provided for the VM size is not valid. The valid sizes in the current "
                      f"region are: {','.join(one.name for one in catalog.SIZES.values())}. Find out more on the valid VM "
                      "sizes in each region at https://aka.ms/azure-regions.")
    return size


def _check_fit(size: catalog.Size, image: Found, properties: dict) -> None:
    if image.system == "windows":
        raise invalid("osProfile", "Windows machines are not simulated.")
    if image.architecture != size.architecture:
        raise ArmError(400, "BadRequest", f"Cannot create a VM of size '{size.name}' because this VM size only supports a CPU "
                       f"Architecture of '{size.architecture}', but an image or disk with CPU Architecture "
                       f"'{image.architecture}' was given. Please check that the CPU Architecture of the image or disk is "
                       "compatible with that of the VM size.")
    if image.generation not in size.generations:
        number = image.generation[1]
        raise ArmError(400, "BadRequest", f"The selected VM size '{size.name}' cannot boot Hypervisor Generation '{number}'. "
                       "If this was a Create operation please check that the Hypervisor Generation of the Image matches the "
                       "Hypervisor Generation of the selected VM Size.")
    if properties.get("securityProfile", {}).get("securityType", "").lower() == "trustedlaunch" and \
            (image.generation != "V2" or not image.trusted_launch):
        raise ArmError(400, "BadRequest", "Use of TrustedLaunch setting is not supported for the provided image. Please use an "
                       "image with Hypervisor Generation 2 that supports it.")


def _check_plan(context: Context, plan: dict | None, image: Found) -> None:
    wanted = image.plan
    if not wanted and plan:
        raise ArmError(400, "VMMarketplaceInvalidInput", "The purchase plan is given, but the image has none.")
    if not wanted:
        return
    if not plan:
        raise ArmError(400, "VMMarketplaceInvalidInput", "Creating a virtual machine from Marketplace image or a custom image "
                       "sourced from a Marketplace image requires Plan information in the request.")
    given = (plan.get("publisher", ""), plan.get("product", ""), plan.get("name", ""))
    if tuple(one.lower() for one in given) != tuple(one.lower() for one in wanted):
        raise ArmError(400, "VMMarketplaceInvalidInput", f"The purchase plan {given} is not that of the image, {wanted}.")
    if wanted not in context.cloud.accepted_terms:
        raise ArmError(400, "ResourcePurchaseValidationFailed", "User failed validation to purchase resources. Error message: "
                       "'You have not accepted the legal terms on this subscription for this plan. Before the subscription "
                       "can be used, you need to accept the legal terms of the image.'",
                       details=[("MarketplacePurchaseEligibilityFailed", "The legal terms have not been accepted.")])


def _check_placement(context: Context, body: dict, machine_id: ResourceId) -> None:
    properties, location = body["properties"], body["location"]
    given = properties.get("availabilitySet")
    if not given:
        return
    if body.get("zones"):
        raise ArmError(400, "BadRequest", "Virtual Machine cannot be created because both Availability Zone and Availability "
                       "Set were specified. Deploying an Availability Set to an Availability Zone isn't supported.")
    if properties.get("priority", "Regular").lower() in ("spot", "low"):
        raise ArmError(409, "OperationNotAllowed", "Azure Spot Virtual Machine is not supported in Availability Set.")
    wanted = parse_id(given.get("id"))
    if wanted and context.subscription.group(wanted.group) and not context.cloud.world.find(wanted):
        raise ArmError(404, "NotFound", f"The entity was not found in this Azure location. Availability Set {given['id']} "
                       "cannot be found.")
    found = reference(context, "properties.availabilitySet.id", given.get("id"), availability_sets.KIND, location, machine_id)
    managed = not properties["storageProfile"]["osDisk"].get("vhd")
    if managed != (found.body["sku"]["name"] == "Aligned"):
        raise ArmError(409, "OperationNotAllowed", "Addition of a managed disk VM to non-managed Availability Set or addition "
                       "of blob based disk VM to managed Availability Set is not supported. Please create an Availability "
                       "Set with 'managed' property set in order to add a managed disk based VM to it.")


def _check_os(profile: dict) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Who may log in with which keys, and the user data."""
    if not profile.get("computerName"):
        raise missing("osProfile.computerName")
    check_computer_name(profile["computerName"])
    if not profile.get("adminUsername"):
        raise missing("osProfile.adminUsername")
    user = profile["adminUsername"]
    check_user(user)
    linux = profile.get("linuxConfiguration", {})
    keys = linux.get("ssh", {}).get("publicKeys", [])
    if not keys and (linux.get("disablePasswordAuthentication") or not profile.get("adminPassword")):
        raise invalid("linuxConfiguration", "Authentication using either SSH or by user name and password must be enabled in "
                      "Linux profile.")
    for key in keys:
        if key.get("path") != f"/home/{user}/.ssh/authorized_keys":
            raise invalid("linuxConfiguration.ssh.publicKeys.path", "Destination path for SSH public keys is currently limited "
                          f"to its default value /home/{user}/.ssh/authorized_keys due to a known issue in Linux "
                          "provisioning agent.")
        if not is_good_key(key.get("keyData", "")):
            raise invalid("linuxConfiguration.ssh.publicKeys.keyData", "The value of parameter "
                          "linuxConfiguration.ssh.publicKeys.keyData is invalid.")
    metadata = {}
    if "customData" in profile:
        metadata["user-data"] = _custom_data(profile["customData"])
    return {user: [key["keyData"].strip() for key in keys]}, metadata


def _custom_data(text: str) -> str:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        data = b""
    if not data or len(data) > 65535:
        raise invalid("customData", "Custom data in OSProfile must be in Base64 encoding and with a maximum length of 87380 "
                      "characters.")
    return data.decode("utf-8", "replace")


def is_good_key(text: str) -> bool:
    """One line of an OpenSSH public key: RSA of at least 2048 bits, or Ed25519."""
    parts = text.strip().split(" ", 2)
    if len(parts) < 2 or "\n" in text.strip() or parts[0] not in ("ssh-rsa", "ssh-ed25519"):
        return False
    try:
        blob, fields = base64.b64decode(parts[1], validate=True), []
        while blob:
            length = struct.unpack(">I", blob[:4])[0]
            fields.append(blob[4:4 + length])
            if len(fields[-1]) != length:
                return False
            blob = blob[4 + length:]
    except (binascii.Error, struct.error):
        return False
    if not fields or fields[0].decode("latin-1") != parts[0]:
        return False
    if parts[0] == "ssh-ed25519":
        return len(fields) == 2 and len(fields[1]) == 32
    return len(fields) == 3 and int.from_bytes(fields[2], "big").bit_length() >= 2048


def _check_nics(context: Context, profile: dict, location: str, machine_id: ResourceId) -> list[Resource]:
    given = profile.get("networkInterfaces", [])
    if not given:
        raise missing("networkProfile.networkInterfaces")
    if len(given) > 1:
        raise invalid("networkInterfaces", "Machines with several network interfaces are not simulated.")
    nics = []
    for one in given:
        nic = reference(context, "properties.networkProfile.networkInterfaces.id", one.get("id"), network_interfaces.KIND,
                        location, machine_id)
        user = network_interfaces.machine_of(context.cloud.world, nic)
        if user and str(user.id).lower() != str(machine_id).lower():
            raise ArmError(400, "NicInUse", f"Network Interface {nic.id} is used by existing resource {user.id}. In order to "
                           "delete the network interface, it must be dissociated from the resource.")
        network_interfaces.check_reservation(nic, str(machine_id))
        nics.append(nic)
    return nics


def _check_price(properties: dict, size: catalog.Size) -> None:
    spot = properties.get("priority", "Regular").lower() in ("spot", "low")
    if not spot and ("evictionPolicy" in properties or "billingProfile" in properties):
        raise invalid("evictionPolicy", "Eviction policy and billing profile can be set only on Azure Spot Virtual Machines.")
    if spot and not size.spot:
        raise ArmError(400, "BadRequest", f"Requested size {size.name} is not supported for Azure Spot Virtual Machines.")
    price = properties.get("billingProfile", {}).get("maxPrice", -1)
    if spot and price != -1 and price <= 0:
        raise invalid("billingProfile.maxPrice", "The max price must be -1 or greater than 0.")
    if spot and 0 < price < 0.001:
        raise ArmError(409, "OperationNotAllowed", "Max price is lower than the current price of the requested size.")


def _check_quota(context: Context, size: catalog.Size, properties: dict, location: str) -> None:
    used, quotas = sizes.used(context, location), context.cloud.settings.quotas
    spot = properties.get("priority", "Regular").lower() in ("spot", "low")
    names = {"cores": "Total Regional", "lowPriorityCores": "LowPriority", size.family: size.family}
    for name in ("lowPriorityCores",) if spot else ("cores", size.family):
        limit, current = quotas.get(name), used.get(name, 0)
        if limit is not None and current + size.cores > limit:
            raise ArmError(409, "OperationNotAllowed", f"Operation could not be completed as it results in exceeding approved "
                           f"{names[name]} Cores quota. Additional details - Deployment Model: Resource Manager, Location: "
                           f"{location}, Current Limit: {limit}, Current Usage: {current}, Additional Required: {size.cores}, "
                           f"(Minimum) New Limit Required: {current + size.cores}.")
    if (limit := quotas.get("virtualMachines")) is not None and used["virtualMachines"] >= limit:
        raise ArmError(409, "OperationNotAllowed", f"Operation could not be completed as it results in exceeding approved "
                       f"standard VM count quota of {limit}.")


def _check_disk(context: Context, disk: dict, image: Found, size: catalog.Size, location: str,
                machine_id: ResourceId) -> Callable[[], None] | None:
    if disk.get("diskSizeGB", image.disk_gib) < image.disk_gib:
        raise ArmError(400, "BadRequest", f"The specified disk size {disk['diskSizeGB']} GB is smaller than the size of the "
                       f"corresponding disk in the VM image: {image.disk_gib} GB. This is not allowed. Please choose equal or "
                       "greater size or do not specify an explicit size.", target="osDisk.diskSizeGB")
    if disk.get("vhd"):
        if disk.get("managedDisk"):
            raise invalid("osDisk", "vhd and managedDisk cannot both be given.")
        if not context.cloud.settings.legacy:
            raise ArmError(409, "OperationNotAllowed", "Creation of virtual machines with unmanaged disks is not supported any "
                           "more. Use managed disks: https://aka.ms/unmanageddiskretirement")
        return storage.plan_vhd(context, disk["vhd"].get("uri", ""), disk.get("name", ""), location)
    kind = disk.get("managedDisk", {}).get("storageAccountType", "Standard_LRS")
    if kind.lower().startswith("premium") and not size.premium:
        raise invalid("osDisk.managedDisk.storageAccountType", f"Requested operation cannot be performed because the VM size "
                      f"{size.name} does not support the storage account type {kind} of disk '{disk.get('name')}'. Consider "
                      "updating the VM to a size that supports Premium storage.")
    if "diffDiskSettings" in disk:
        if disk.get("caching", "None").lower() != "readonly":
            raise invalid("osDisk.caching", "Ephemeral OS disks support only ReadOnly caching.")
        if not size.cache_gib:
            raise ArmError(409, "OperationNotAllowed", f"OS disk of Ephemeral VM with size greater than 0 GB is not allowed for "
                           f"VM size {size.name} when the DiffDiskPlacement is CacheDisk.")
        if max(disk.get("diskSizeGB", 0), image.disk_gib) > size.cache_gib:
            raise ArmError(409, "OperationNotAllowed", f"OS disk of Ephemeral VM with size greater than {size.cache_gib} GB is "
                           f"not allowed for VM size {size.name} when the DiffDiskPlacement is CacheDisk.")
    if disk.get("name"):
        check_name(disks.KIND, disk["name"])
        taken = context.cloud.world.find(context.id(disks.KIND, disk["name"]))
        user = taken and disks.machine_of(context.cloud.world, taken)
        if taken and not (user and str(user.id).lower() == str(machine_id).lower()):
            raise ArmError(409, "ConflictingUserInput", f"Disk {disk['name']} already exists in resource group "
                           f"{context.group.name.upper()}. Only CreateOption.Attach is supported.")
    return None


def _capacity(context: Context, size: catalog.Size, location: str) -> OperationError | None:
    code = context.cloud.settings.exhaustion(location, size.name)
    if code == "SkuNotAvailable":
        raise _sku_not_available(size.name, location)
    if code in _LATE:
        return OperationError(code, "Allocation failed. We do not have sufficient capacity for the requested VM size in this "
                              "region. Read more about improving likelihood of allocation success at "
                              "https://aka.ms/allocation-guidance")
    if code:
        raise ArmError(409, code, f"The requested size {size.name} cannot be had in {location} now.")
    return None


def _sku_not_available(size: str, location: str) -> ArmError:
    return ArmError(409, "SkuNotAvailable", f"The requested VM size for resource 'Following SKUs have failed for Capacity "
                    f"Restrictions: {size}' is currently not available in location '{location}'. Please try another size or "
                    "deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.")
