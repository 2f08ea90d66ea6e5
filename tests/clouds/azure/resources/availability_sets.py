# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Availability sets: made and deleted at once."""

from __future__ import annotations

from typing import Any

from ..errors import ArmError
from ..routing import Context
from ..shapes import AVAILABILITY_SET
from ..world import Resource, World
from .crud import Kind, add_kind

KIND = "Microsoft.Compute/availabilitySets"
_MACHINES = "Microsoft.Compute/virtualMachines"


def prepare(context: Context, body: dict, old: Resource | None) -> dict:
    properties, sku = body.setdefault("properties", {}), body.setdefault("sku", {})
    name = sku.setdefault("name", "Classic")
    if name not in ("Classic", "Aligned"):
        raise ArmError(400, "InvalidParameter", f"The value '{name}' of parameter 'sku.name' is invalid.", target="sku.name")
    faults = properties.setdefault("platformFaultDomainCount", 3 if name == "Classic" else 2)
    updates = properties.setdefault("platformUpdateDomainCount", 5)
    properties.pop("virtualMachines", None)
    if not 1 <= faults <= 3:
        raise ArmError(400, "InvalidParameter", "The specified fault domain count "
                       f"{faults} must fall in the range 1 to 3.", target="platformFaultDomainCount")
    if not 1 <= updates <= 20:
        raise ArmError(400, "InvalidParameter", f"The specified update domain count {updates} must fall in the range 1 to "
                       "20.", target="platformUpdateDomainCount")
    if old and old.properties["platformFaultDomainCount"] != faults or \
            old and old.properties["platformUpdateDomainCount"] != updates:
        raise ArmError(409, "PropertyChangeNotAllowed", "Changing property 'platformFaultDomainCount' or "
                       "'platformUpdateDomainCount' is not allowed.")
    if old and old.body["sku"]["name"] == "Aligned" and name == "Classic":
        raise ArmError(409, "OperationNotAllowed", f"The availability set '{old.name}' cannot be changed from Aligned to "
                       "Classic.")
    if old and old.body["sku"]["name"] != name and context.cloud.world.users(old, _MACHINES):
        raise ArmError(409, "OperationNotAllowed", "The sku of an availability set with machines cannot be changed.")
    return body


def show(world: World, resource: Resource) -> dict[str, Any]:
    return {"virtualMachines": [{"id": str(one.id)} for one in world.users(resource, _MACHINES)]}


def check_unused(context: Context, resource: Resource) -> None:
    if context.cloud.world.users(resource, _MACHINES):
        raise ArmError(409, "OperationNotAllowed", f"Availability Set '{resource.name}' cannot be deleted. Before deleting "
                       "an Availability Set please ensure that it does not contain any VM.")


add_kind(Kind(KIND, AVAILABILITY_SET, prepare, show, check_unused=check_unused, style="sync", delete_style="sync",
              has_state=False))
