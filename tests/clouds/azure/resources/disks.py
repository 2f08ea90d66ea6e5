# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Managed disks."""

from __future__ import annotations

from typing import Any

from ..errors import ArmError, invalid
from ..ids import ResourceId
from ..routing import Context
from ..shapes import DISK
from ..world import Resource, World
from .crud import Kind, add_kind

KIND = "Microsoft.Compute/disks"
_MACHINES = "Microsoft.Compute/virtualMachines"


def prepare(context: Context, body: dict, old: Resource | None) -> dict:
    properties = body["properties"]
    body.setdefault("sku", {}).setdefault("name", "Standard_LRS")
    if properties["creationData"]["createOption"].lower() == "empty" and not properties.get("diskSizeGB"):
        raise invalid("disk.properties.diskSizeGB", "Required parameter 'disk.properties.diskSizeGB' is missing (null).")
    if old and old.properties.get("diskSizeGB", 0) > properties.get("diskSizeGB", 0):
        raise ArmError(409, "OperationNotAllowed", "Disk cannot be shrunk.")
    return body


def make_os_disk(context: Context, disk_id: ResourceId, location: str, zones: list[str], size_gib: int, kind: str,
                 image: str, generation: str, tags: dict[str, str]) -> Resource:
    """The disk that comes with a machine. It begins with the machine's tags, and keeps them when those change (seen by
    users: hashicorp/terraform-provider-azurerm#8162)."""
    disk = Resource(disk_id, {
        "location": location, **({"tags": dict(tags)} if tags else {}), "sku": {"name": kind}, **({"zones": zones} if zones else {}),
        "properties": {"osType": "Linux", "hyperVGeneration": generation, "diskSizeGB": size_gib,
                       "creationData": {"createOption": "FromImage", "imageReference": {"id": image}}}})
    context.cloud.world.add(disk)
    return disk


def machine_of(world: World, disk: Resource) -> Resource | None:
    return next(iter(world.users(disk, _MACHINES)), None)


def show(world: World, resource: Resource) -> dict[str, Any]:
    machine = machine_of(world, resource)
    state = "Unattached" if not machine else \
        "Reserved" if getattr(machine, "power", None) == "deallocated" else "Attached"
    return {"diskState": state, "uniqueId": resource.guid, "timeCreated": resource.made,
            "diskSizeBytes": resource.properties.get("diskSizeGB", 0) << 30}


def holder(world: World, resource: Resource) -> dict[str, Any]:
    machine = machine_of(world, resource)
    return {"managedBy": str(machine.id)} if machine else {}


def check_unused(context: Context, resource: Resource) -> None:
    if machine := machine_of(context.cloud.world, resource):
        raise ArmError(409, "OperationNotAllowed", f"Disk {resource.name} is attached to VM {machine.id}.")


add_kind(Kind(KIND, DISK, prepare, show, check_unused=check_unused, outside=holder, style="both", zones=True))
