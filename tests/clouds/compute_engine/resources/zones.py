# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Zones, regions, machine types, disk types and accelerator types: read only."""

from __future__ import annotations

from .. import catalog
from ..errors import not_found
from ..links import link
from ..routing import LIST_QUERY, Context, route
from .lists import list_answer

_METRICS = {"CPUS": 2400, "INSTANCES": 6000, "PREEMPTIBLE_CPUS": 0, "N2_CPUS": 500, "C3_CPUS": 500}
_CREATED = "1969-12-31T16:00:00.000-08:00"


def _id(name: str) -> str:
    return str(int.from_bytes(name.encode()[-7:], "big"))


def _zone(context: Context, zone: str) -> dict:
    return {"kind": "compute#zone", "id": _id(zone), "creationTimestamp": _CREATED, "name": zone, "description": zone,
            "status": "UP", "region": link(context.path("regions", catalog.ZONES[zone])),
            "selfLink": link(context.path("zones", zone)), "availableCpuPlatforms": catalog.CPU_PLATFORMS}


@route("GET", "zones/{zone}", "compute.zones.get")
def get_zone(context: Context) -> dict:
    return _zone(context, context.zone)


@route("GET", "zones", "compute.zones.list", query=LIST_QUERY)
def list_zones(context: Context) -> dict:
    return list_answer(context, "compute#zoneList", [_zone(context, zone) for zone in catalog.ZONES])


@route("GET", "regions/{region}", "compute.regions.get")
def get_region(context: Context) -> dict:
    region = context.ids["region"]
    return {"kind": "compute#region", "id": _id(region), "creationTimestamp": _CREATED, "name": region,
            "description": region, "status": "UP", "selfLink": link(context.path("regions", region)),
            "zones": [link(context.path("zones", zone)) for zone in catalog.REGIONS[region]],
            "quotas": _quotas(context, region)}


def _quotas(context: Context, region: str) -> list[dict]:
    """Limits as the settings say, else more than enough. Families without CPUs of their own share CPUS."""
    there = [one for one in context.project.instances.values() if catalog.ZONES[one.zone] == region]
    used = {metric: 0.0 for metric in _METRICS}
    for instance in there:
        name = instance.body["machineType"].rsplit("/", 1)[1]
        metric = f"{name.split('-')[0].upper()}_CPUS"
        used["INSTANCES"] += 1
        if found := catalog.find_machine_type(name):
            used[metric if metric in used else "CPUS"] += found.cpus
    return [{"metric": metric, "limit": float(context.cloud.settings.quotas.get(metric, limit)), "usage": used[metric]}
            for metric, limit in _METRICS.items()]


def _machine_type(context: Context, found: catalog.MachineType) -> dict:
    return {"kind": "compute#machineType", "id": _id(found.name), "creationTimestamp": _CREATED, "name": found.name,
            "description": f"{found.cpus} vCPUs", "guestCpus": found.cpus, "memoryMb": found.memory_mb,
            "isSharedCpu": found.shared_cpu, "maximumPersistentDisks": 128, "maximumPersistentDisksSizeGb": "263168",
            "zone": context.zone, "architecture": found.architecture,
            "selfLink": link(context.path("zones", context.zone, "machineTypes", found.name))}


@route("GET", "zones/{zone}/machineTypes/{machineType}", "compute.machineTypes.get")
def get_machine_type(context: Context) -> dict:
    found = catalog.find_machine_type(context.ids["machineType"])
    if not found:
        raise not_found(context.path("zones", context.zone, "machineTypes", context.ids["machineType"]))
    return _machine_type(context, found)


@route("GET", "zones/{zone}/machineTypes", "compute.machineTypes.list", query=LIST_QUERY)
def list_machine_types(context: Context) -> dict:
    return list_answer(context, "compute#machineTypeList",
                       [_machine_type(context, found) for found in catalog.all_machine_types()])


@route("GET", "zones/{zone}/diskTypes/{diskType}", "compute.diskTypes.get")
def get_disk_type(context: Context) -> dict:
    name = context.ids["diskType"]
    if name not in catalog.DISK_TYPES:
        raise not_found(context.path("zones", context.zone, "diskTypes", name))
    least, most, _, _ = catalog.DISK_TYPES[name]
    return {"kind": "compute#diskType", "creationTimestamp": _CREATED, "name": name, "description": name,
            "validDiskSize": f"{least}GB-{most}GB", "zone": link(context.path("zones", context.zone)),
            "selfLink": link(context.path("zones", context.zone, "diskTypes", name)), "defaultDiskSizeGb": "500"}


@route("GET", "zones/{zone}/acceleratorTypes/{acceleratorType}", "compute.acceleratorTypes.get")
def get_accelerator_type(context: Context) -> dict:
    name = context.ids["acceleratorType"]
    if name not in catalog.ACCELERATOR_TYPES:
        raise not_found(context.path("zones", context.zone, "acceleratorTypes", name))
    return {"kind": "compute#acceleratorType", "id": _id(name), "creationTimestamp": _CREATED, "name": name,
            "description": name, "zone": link(context.path("zones", context.zone)),
            "selfLink": link(context.path("zones", context.zone, "acceleratorTypes", name)),
            "maximumCardsPerInstance": catalog.ACCELERATOR_TYPES[name]}
