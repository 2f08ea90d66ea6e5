# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""From the body of an insert to an instance and its new disks: every check, and no change of the world."""

from __future__ import annotations

import copy
import ipaddress
import re

from .. import catalog
from ..errors import ApiError, in_use, invalid, required
from ..links import link, parse_reference
from ..names import check_labels, check_metadata, check_tags
from ..routing import Context
from ..world import Address, Instance, Project, fingerprint_of, new_id, timestamp
from .disks import disk_path, new_disk
from .networks import resolve_interface

_SCOPE = re.compile(r"https://www\.googleapis\.com/auth/[a-z._-]+")


def new_instance(context: Context, zone: str, name: str, body: dict, *, bare: bool, at: str) -> tuple[Instance, list[dict], Address | None]:
    """The instance, the disks to make for it, and the static address it takes. `bare`: machine, disk and accelerator
    types are names (bulkInsert), not URLs. `at`: what the errors call the body."""
    path = context.path("zones", zone, "instances", name)
    machine_type = _machine_type(context, zone, body, bare, at)
    accelerators = _accelerators(context, zone, body, bare, at)
    scheduling = _scheduling(body.get("scheduling", {}), bool(accelerators), at)
    check_labels(f"{at}.labels", body.get("labels", {}))
    check_tags(f"{at}.tags", body.get("tags", {}).get("items", []))
    items = body.get("metadata", {}).get("items", [])
    check_metadata(f"{at}.metadata", items)
    if body.get("minCpuPlatform") and body["minCpuPlatform"] not in catalog.CPU_PLATFORMS:
        raise invalid(f"{at}.minCpuPlatform", body["minCpuPlatform"], "It is not a CPU platform of this zone.")
    if body.get("hostname") and "." not in body["hostname"]:
        raise invalid(f"{at}.hostname", body["hostname"], "Must be a fully qualified domain name.")
    interfaces, address = _interfaces(context, zone, body, at)
    disks, new_disks = _disks(context, zone, name, body, path, machine_type, bare, at)
    made = {
        "kind": "compute#instance", "id": new_id(), "creationTimestamp": timestamp(), "name": name,
        "zone": link(context.path("zones", zone)), "selfLink": link(path),
        "machineType": link(context.path("zones", zone, "machineTypes", machine_type.name)),
        "cpuPlatform": body.get("minCpuPlatform") or "Intel Haswell", "canIpForward": body.get("canIpForward", False),
        "deletionProtection": body.get("deletionProtection", False), "startRestricted": False,
        "tags": _with_fingerprint({"items": body.get("tags", {}).get("items", [])}),
        "metadata": {"kind": "compute#metadata", **_with_fingerprint({"items": items})},
        "labelFingerprint": fingerprint_of(body.get("labels", {})), "disks": disks, "networkInterfaces": interfaces,
        "scheduling": scheduling, "lastStartTimestamp": timestamp(), "fingerprint": fingerprint_of(path),
    }
    for key in ("description", "labels", "minCpuPlatform", "hostname", "shieldedInstanceConfig"):
        if body.get(key):
            made[key] = copy.deepcopy(body[key])
    if accelerators:
        made["guestAccelerators"] = accelerators
    if accounts := _service_accounts(context, body.get("serviceAccounts", []), at):
        made["serviceAccounts"] = accounts
    _check_quota(context, zone, machine_type)
    return Instance(made, path, zone, static_ip=address.body["address"] if address else None), new_disks, address


def _with_fingerprint(value: dict) -> dict:
    value = {key: copy.deepcopy(items) for key, items in value.items() if items}
    return {"fingerprint": fingerprint_of(value), **value}


def _machine_type(context: Context, zone: str, body: dict, bare: bool, at: str) -> catalog.MachineType:
    field, url = f"{at}.machineType", body.get("machineType")
    if not url:
        raise required(field)
    if bare:
        name = url
        if "/" in url:
            raise invalid(field, url, "Must be the name of a machine type, not a URL.")
    else:
        parts = parse_reference(field, url, "zones/{zone}/machineTypes/{name}", context.project.id)
        if parts["zone"] != zone or parts["project"] != context.project.id:
            raise invalid(field, url, f"Machine type must be in the zone of the instance, '{zone}'.")
        name = parts["name"]
    found = catalog.find_machine_type(name)
    if not found:
        raise invalid(field, url, f"Machine type with name '{name}' does not exist in zone '{zone}'.")
    return found


def _accelerators(context: Context, zone: str, body: dict, bare: bool, at: str) -> list[dict]:
    made = []
    for index, wanted in enumerate(body.get("guestAccelerators", [])):
        field, url = f"{at}.guestAccelerators[{index}].acceleratorType", wanted.get("acceleratorType", "")
        name = url
        if not bare:
            parts = parse_reference(field, url, "zones/{zone}/acceleratorTypes/{name}", context.project.id)
            if parts["zone"] != zone:
                raise invalid(field, url, f"Accelerator type must be in the zone of the instance, '{zone}'.")
            name = parts["name"]
        count = int(wanted.get("acceleratorCount", 0))
        if name not in catalog.ACCELERATOR_TYPES:
            raise invalid(field, url, "The referenced acceleratorType resource cannot be found.")
        if not 1 <= count <= catalog.ACCELERATOR_TYPES[name]:
            raise invalid(f"{at}.guestAccelerators[{index}].acceleratorCount", count, f"Not a valid number of {name}.")
        made.append({"acceleratorType": link(context.path("zones", zone, "acceleratorTypes", name)),
                     "acceleratorCount": count})
    return made


def _scheduling(wanted: dict, accelerated: bool, at: str) -> dict:
    spot = wanted.get("preemptible", False) or wanted.get("provisioningModel") == "SPOT"
    for key, allowed in (("onHostMaintenance", ("MIGRATE", "TERMINATE")), ("provisioningModel", ("STANDARD", "SPOT")),
                         ("instanceTerminationAction", ("STOP", "DELETE"))):
        if key in wanted and wanted[key] not in allowed:
            raise invalid(f"{at}.scheduling.{key}", wanted[key], f"Must be one of: {', '.join(allowed)}.")
    if spot and wanted.get("onHostMaintenance") == "MIGRATE":
        raise invalid(f"{at}.scheduling.preemptible", "true",
                      "Scheduling must have preemptible be false when OnHostMaintenance isn't TERMINATE.")
    if spot and wanted.get("automaticRestart"):
        raise invalid(f"{at}.scheduling.preemptible", "true",
                      "Scheduling must have preemptible be false when AutomaticRestart is true.")
    if wanted.get("instanceTerminationAction") and wanted.get("provisioningModel") != "SPOT":
        raise invalid(f"{at}.scheduling.instanceTerminationAction", wanted["instanceTerminationAction"],
                      "You can only specify instanceTerminationAction for Spot VMs.")
    if accelerated and not spot and wanted.get("onHostMaintenance") != "TERMINATE":
        raise ApiError(400, "Instances with guest accelerators do not support live migration.", "badRequest")
    made = {"onHostMaintenance": "TERMINATE" if spot else "MIGRATE", "automaticRestart": not spot, "preemptible": spot,
            "provisioningModel": "STANDARD"}
    return made | wanted


def _service_accounts(context: Context, wanted: list[dict], at: str) -> list[dict]:
    if len(wanted) > 1:
        raise invalid(f"{at}.serviceAccounts", "", "At most one service account may be specified.")
    made = []
    for account in wanted:
        mail = account.get("email") or "default"
        if mail == "default":
            mail = context.project.default_service_account
        known = mail in context.project.service_accounts or mail in context.cloud.credentials.accounts.service_keys
        if not known:
            raise invalid(f"{at}.serviceAccounts[0].email", mail, "The specified service account does not exist.")
        for index, scope in enumerate(account.get("scopes", [])):
            if not _SCOPE.fullmatch(scope):
                raise invalid(f"{at}.serviceAccounts[0].scopes[{index}]", scope, "Invalid access scope.")
        if not account.get("scopes"):
            raise invalid(f"{at}.serviceAccounts[0].scopes", "", "At least one scope must be specified.")
        made.append({"email": mail, "scopes": list(account["scopes"])})
    return made


def _interfaces(context: Context, zone: str, body: dict, at: str) -> tuple[list[dict], Address | None]:
    wanted = body.get("networkInterfaces", [])
    if not wanted:
        raise required(f"{at}.networkInterfaces")
    if len(wanted) > 1:
        raise invalid(f"{at}.networkInterfaces", "", "Only one network interface is simulated.")
    field, region = f"{at}.networkInterfaces[0]", catalog.ZONES[zone]
    network, subnetwork = resolve_interface(context.cloud.world, context.project, region, field, wanted[0])
    made = {"kind": "compute#networkInterface", "name": "nic0", "network": network["selfLink"],
            "stackType": "IPV4_ONLY", "fingerprint": fingerprint_of(network["selfLink"])}
    if subnetwork:
        made["subnetwork"] = subnetwork["selfLink"]
    if len(wanted[0].get("accessConfigs", [])) > 1:
        raise invalid(f"{field}.accessConfigs", "", "At most one access config currently supported.")
    address = None
    for config in wanted[0].get("accessConfigs", []):
        if config.get("type", "ONE_TO_ONE_NAT") != "ONE_TO_ONE_NAT":
            raise invalid(f"{field}.accessConfigs[0].type", config["type"], "Must be ONE_TO_ONE_NAT.")
        if config.get("natIP"):
            address = _static_address(context, region, config["natIP"], f"{field}.accessConfigs[0].natIP")
        made["accessConfigs"] = [{"kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT",
                                  "name": config.get("name") or "external-nat", "networkTier": "PREMIUM"}]
    return [made], address


def _static_address(context: Context, region: str, text: str, field: str) -> Address:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise invalid(field, text, "Must be a valid IPv4 address.") from None
    for address in context.project.addresses.values():
        if address.region == region and address.body["address"] == text:
            if address.user:
                raise ApiError(400, f"Invalid resource usage: 'External IP address: {text} is already in-use.'.",
                               "invalidResourceUsage")
            return address
    raise invalid(field, text, f"The specified external IP address '{text}' was not found in region '{region}'.")


def _disks(context: Context, zone: str, name: str, body: dict, user: str, machine_type: catalog.MachineType, bare: bool, at: str):
    wanted = body.get("disks", [])
    if not wanted:
        raise required(f"{at}.disks")
    attached, new = [], []
    for index, disk in enumerate(wanted):
        field, params = f"{at}.disks[{index}]", disk.get("initializeParams")
        if disk.get("type", "PERSISTENT") != "PERSISTENT" or disk.get("mode", "READ_WRITE") != "READ_WRITE":
            raise invalid(f"{field}.type", disk.get("type"), "Only persistent disks in mode READ_WRITE are simulated.")
        if bool(disk.get("source")) == (params is not None):
            raise invalid(field, "", "Exactly one of source and initializeParams must be specified.")
        if disk.get("boot", False) != (index == 0):
            raise invalid(f"{field}.boot", disk.get("boot", False), "The first disk, and no other, must be the boot disk.")
        if params is None:
            found = _existing_disk(context, zone, field, disk["source"])
        else:
            if index == 0 and not params.get("sourceImage"):
                raise required(f"{field}.initializeParams.sourceImage")
            if bare and "diskName" in params:
                raise invalid(f"{field}.initializeParams.diskName", params["diskName"], "Cannot be specified in bulk inserts.")
            found = _initialized_disk(context, zone, name if index == 0 else f"{name}-{index}", field, disk, params, bare)
            new.append(found)
        if index == 0 and found.get("architecture", machine_type.architecture) != machine_type.architecture:
            raise invalid(f"{field}.initializeParams.sourceImage", found.get("sourceImage"),
                          f"The image's architecture does not fit the machine type '{machine_type.name}'.")
        attached.append({"kind": "compute#attachedDisk", "type": "PERSISTENT", "mode": "READ_WRITE", "index": index,
                         "source": found["selfLink"], "deviceName": disk.get("deviceName") or f"persistent-disk-{index}",
                         "boot": index == 0, "autoDelete": disk.get("autoDelete", False), "interface": "SCSI",
                         "diskSizeGb": found["sizeGb"]})
    return attached, new


def _existing_disk(context: Context, zone: str, field: str, url: str) -> dict:
    parts = parse_reference(f"{field}.source", url, "zones/{zone}/disks/{name}", context.project.id)
    found = context.project.disks.get((parts["zone"], parts["name"]))
    if parts["zone"] != zone or not found or found["status"] != "READY":
        raise invalid(f"{field}.source", url, "The referenced disk resource cannot be found.")
    if found.get("users"):
        raise in_use(disk_path(context, zone, parts["name"]), found["users"][0].split("/compute/v1/")[1])
    return found


def _initialized_disk(context: Context, zone: str, name: str, field: str, disk: dict, params: dict, bare: bool) -> dict:
    inner = f"{field}.initializeParams"
    size = params.get("diskSizeGb") or disk.get("diskSizeGb")
    return new_disk(context, zone, params.get("diskName") or name, field=inner, name_field=f"{inner}.diskName", size=size,
                    size_field=f"{inner}.diskSizeGb", type_url=params.get("diskType"), type_field=f"{inner}.diskType",
                    image_url=params.get("sourceImage"), image_field=f"{inner}.sourceImage", body=params, bare_type=bare)


def _check_quota(context: Context, zone: str, machine_type: catalog.MachineType) -> None:
    region, instances = catalog.ZONES[zone], context.project.instances.values()
    there = [instance for instance in instances if catalog.ZONES[instance.zone] == region]
    cpus = sum(found.cpus for instance in there
               if (found := catalog.find_machine_type(instance.body["machineType"].rsplit("/", 1)[1])))
    for metric, usage in (("INSTANCES", len(there) + 1), ("CPUS", cpus + machine_type.cpus)):
        limit = context.cloud.settings.quotas.get(metric)
        if limit is not None and usage > limit:
            raise ApiError(403, f"Quota '{metric}' exceeded.  Limit: {limit:.1f} in region {region}.", "quotaExceeded")
    limit = context.cloud.settings.quotas.get("CPUS_ALL_REGIONS")
    if limit is not None and used_in_all_regions(context.project)["CPUS_ALL_REGIONS"] + machine_type.cpus > limit:
        raise ApiError(403, f"Quota 'CPUS_ALL_REGIONS' exceeded.  Limit: {limit:.1f} globally.", "quotaExceeded")


def used_in_all_regions(project: Project) -> dict[str, int]:
    bodies = [instance.body for instance in project.instances.values()]
    types = (catalog.find_machine_type(body["machineType"].rsplit("/", 1)[1]) for body in bodies)
    return {"CPUS_ALL_REGIONS": sum(found.cpus for found in types if found),
            "GPUS_ALL_REGIONS": sum(one["acceleratorCount"] for body in bodies for one in body.get("guestAccelerators", []))}
