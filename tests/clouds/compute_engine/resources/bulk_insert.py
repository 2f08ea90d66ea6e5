# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""regionInstances.bulkInsert: the service picks the zone. Simulated for named instances (perInstanceProperties)."""

from __future__ import annotations

import re

from .. import catalog
from ..errors import already_exists, invalid, required
from ..names import check_name
from ..operations import OperationError
from ..routing import Context, route
from ..shapes import BULK_INSERT
from .instance_body import new_instance
from .instances import boot, destroy, place, run, stockout


@route("POST", "regions/{region}/instances/bulkInsert", "compute.instances.create", body=BULK_INSERT)
def bulk_insert(context: Context) -> dict:
    region, body = context.ids["region"], context.body
    names, least = _names(body)
    zones = _zones(region, body.get("locationPolicy", {}))
    properties = body.get("instanceProperties")
    if properties is None:
        raise required("resource.instanceProperties")
    for name in names:
        for zone in catalog.REGIONS[region]:
            if (zone, name) in context.project.instances:
                raise already_exists(context.path("zones", zone, "instances", name))
    machine_type = properties.get("machineType", "")
    free = [zone for zone in zones if not context.cloud.settings.is_exhausted(zone, machine_type)]
    zone = (free or zones)[0]
    planned = [new_instance(context, zone, name, properties, bare=True, at="resource.instanceProperties") for name in names]
    for one in planned if free else []:
        place(context, *one)
    operation: dict = {"instancesBulkInsertOperationMetadata": {"perLocationStatus": {
        f"zones/{zone}": {"targetVmCount": len(names), "createdVmCount": 0, "status": "CREATING"}}}}
    status = operation["instancesBulkInsertOperationMetadata"]["perLocationStatus"][f"zones/{zone}"]

    def work() -> None:
        if not free:
            if least == len(names):
                raise OperationError("VM_MIN_COUNT_NOT_REACHED", f"Requested minimum count of {least} VMs could not be "
                                     "created.", (409, "CONFLICT"))
            raise stockout(context, zone)
        for instance, _, _ in planned:
            boot(context, instance)

    def finish() -> None:
        for instance, _, _ in planned:
            run(context, instance)
        status.update(createdVmCount=len(planned), status="DONE")

    def undo() -> None:
        for instance, _, _ in planned:
            destroy(context, instance, undone=True)
        status.update(failedToCreateVmCount=len(planned), status="DONE")
    return context.cloud.operate(context, context.path("regions", region), "bulkInsert",
                                 context.path("regions", region), work=work, finish=finish, undo=undo, more=operation)


def _names(body: dict) -> tuple[list[str], int]:
    """The names to make and how many of them have to come about."""
    count = int(body.get("count", 0))
    names = list(body.get("perInstanceProperties", {}))
    if count < 1:
        raise required("resource.count")
    if body.get("namePattern") or len(names) != count:
        raise invalid("resource.perInstanceProperties", "", f"Exactly {count} instances must be named (name patterns are "
                      "not simulated).")
    for name in names:
        check_name("resource.perInstanceProperties", name)
    least = int(body.get("minCount", count))
    if not 1 <= least <= count:
        raise invalid("resource.minCount", least, "Must be between 1 and count.")
    return names, least


def _zones(region: str, policy: dict) -> list[str]:
    if policy.get("targetShape", "ANY_SINGLE_ZONE") not in ("ANY", "ANY_SINGLE_ZONE", "BALANCED"):
        raise invalid("resource.locationPolicy.targetShape", policy["targetShape"],
                      "Must be one of: ANY, ANY_SINGLE_ZONE, BALANCED.")
    allowed, denied = [], []
    for location, wish in policy.get("locations", {}).items():
        zone = location.removeprefix("zones/")
        if not re.fullmatch(r"zones/[a-z0-9-]+", location) or zone not in catalog.REGIONS[region]:
            raise invalid("resource.locationPolicy.locations", location, f"It is no zone of region '{region}'.")
        if wish.get("preference") not in ("ALLOW", "DENY"):
            raise invalid("resource.locationPolicy.locations", location, "The preference must be ALLOW or DENY.")
        (allowed if wish["preference"] == "ALLOW" else denied).append(zone)
    zones = [zone for zone in allowed or catalog.REGIONS[region] if zone not in denied]
    if not zones:
        raise invalid("resource.locationPolicy.locations", "", "No zone is left to choose from.")
    return zones
