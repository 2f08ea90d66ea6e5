# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a region has to offer and how much of it is used: SKUs with their restrictions, vmSizes, usages."""

from __future__ import annotations

import re
from typing import Any

from ...common.http import Response, json_response
from .. import catalog
from ..errors import ArmError
from ..routing import Context, route
from .crud import page

_MACHINES = "Microsoft.Compute/virtualMachines"
_ADDRESSES = "Microsoft.Network/publicIPAddresses"


def used(context: Context, location: str) -> dict[str, int]:
    """What counts against the quotas of a region."""
    counts = {"cores": 0, "lowPriorityCores": 0, "virtualMachines": 0}
    for machine in context.cloud.world.all(_MACHINES, subscription=context.subscription.id):
        size = catalog.SIZES.get(machine.properties["hardwareProfile"]["vmSize"].lower())
        if machine.location != location or not size:
            continue
        counts["virtualMachines"] += 1
        if machine.properties.get("priority", "Regular").lower() in ("spot", "low"):
            counts["lowPriorityCores"] += size.cores
        else:
            counts["cores"] += size.cores
            counts[size.family] = counts.get(size.family, 0) + size.cores
    return counts


@route("GET", "providers/Microsoft.Compute/locations/{location}/usages", "Microsoft.Compute/locations/usages")
def list_compute_usages(context: Context) -> Response:
    location = catalog.normal_location(context.ids["location"])
    counts = {size.family: 0 for size in catalog.SIZES.values()} | used(context, location)
    return page(context, counts.items(), lambda count: _usage(context, *count, 10000))


@route("GET", "providers/Microsoft.Network/locations/{location}/usages", "Microsoft.Network/locations/usages")
def list_network_usages(context: Context) -> Response:
    location = catalog.normal_location(context.ids["location"])
    addresses = [one for one in context.cloud.world.all(_ADDRESSES) if one.location == location]
    return page(context, [len(addresses)], lambda count: _usage(context, "PublicIPAddresses", count, 1000))


def _usage(context: Context, name: str, count: int, limit: int) -> dict[str, Any]:
    return {"unit": "Count", "currentValue": count, "limit": context.cloud.settings.quotas.get(name, limit),
            "name": {"value": name, "localizedValue": name}}


@route("GET", "providers/Microsoft.Compute/locations/{location}/vmSizes", "Microsoft.Compute/locations/vmSizes")
def list_vm_sizes(context: Context) -> Response:
    location = catalog.normal_location(context.ids["location"])
    return json_response(200, {"value": [
        {"name": size.name, "numberOfCores": size.cores, "memoryInMB": int(size.memory_gib * 1024), "maxDataDiskCount": 4,
         "osDiskSizeInMB": 1047552, "resourceDiskSizeInMB": size.resource_gib * 1024}
        for size in catalog.SIZES.values() if catalog.size_in(location, size.name)]})


@route("GET", "providers/Microsoft.Compute/skus", "Microsoft.Compute/skus", query={"$filter", "includeExtendedLocations"})
def list_skus(context: Context) -> Response:
    """All of a region, or of all regions; the filter knows nothing but `location eq 'L'`."""
    locations = list(catalog.LOCATIONS)
    if wanted := context.argument("$filter"):
        match = re.fullmatch(r"location eq '([^']+)'", wanted)
        if not match:
            raise ArmError(400, "BadRequest", f"The filter '{wanted}' is not supported. Only location filter is supported.")
        locations = [one for one in locations if one == catalog.normal_location(match[1])]
    return json_response(200, {"value": [_show(context, size, location) for location in locations
                                         for size in catalog.SIZES.values() if catalog.size_in(location, size.name)]
                               + [_disk(name, location) for location in locations
                                  for name in ("Standard_LRS", "StandardSSD_LRS", "Premium_LRS")]})


def _disk(name: str, location: str) -> dict[str, Any]:
    return {"resourceType": "disks", "name": name, "tier": "Standard", "size": "S4", "locations": [location],
            "locationInfo": [{"location": location, "zones": list(catalog.LOCATIONS[location].zones)}],
            "capabilities": [], "restrictions": []}


def _show(context: Context, size: catalog.Size, location: str) -> dict[str, Any]:
    zones = list(catalog.LOCATIONS[location].zones)
    capabilities = {
        "vCPUs": size.cores, "MemoryGB": size.memory_gib, "HyperVGenerations": ",".join(size.generations),
        "CpuArchitectureType": size.architecture, "PremiumIO": size.premium, "LowPriorityCapable": size.spot,
        "AcceleratedNetworkingEnabled": size.accelerated, "EncryptionAtHostSupported": size.premium, "EphemeralOSDiskSupported": bool(size.cache_gib),
        "CachedDiskBytes": size.cache_gib << 30, "MaxResourceVolumeMB": size.resource_gib * 1024, "OSVhdSizeMB": 1047552,
        "TrustedLaunchDisabled": "V2" not in size.generations}
    restrictions = []
    if context.cloud.settings.exhaustion(location, size.name) == "SkuNotAvailable":
        restrictions.append({"type": "Location", "values": [location], "restrictionInfo": {"locations": [location]},
                             "reasonCode": "NotAvailableForSubscription"})
    return {"resourceType": "virtualMachines", "name": size.name, "tier": "Standard",
            "size": size.name.removeprefix("Standard_"), "family": size.family, "locations": [location],
            "locationInfo": [{"location": location, "zones": zones, "zoneDetails": []}],
            "capabilities": [{"name": name, "value": str(value)} for name, value in capabilities.items()],
            "restrictions": restrictions}
