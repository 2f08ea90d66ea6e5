# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Instance types: how large, which architecture."""

from __future__ import annotations

from ..catalog import INSTANCE_TYPES, InstanceType, is_current
from ..errors import ApiError
from ..filters import page, select
from ..query import BOOL, DESCRIBE, STRING
from ..routing import Context, action


@action("DescribeInstanceTypes", {"InstanceType": [STRING], "IncludeUnsupportedInRegion": BOOL, **DESCRIBE})
def describe_instance_types(context: Context) -> dict:
    wanted = context.params.get("InstanceType")
    if wanted and len(wanted) > 100:
        raise ApiError("InvalidParameterValue", "The maximum number of instance types is 100")
    lost = [name for name in wanted or [] if name not in INSTANCE_TYPES]
    if lost:
        raise ApiError("InvalidInstanceType", f"The following supplied instance types do not exist: [{', '.join(lost)}]")
    found = select(context, [INSTANCE_TYPES[name] for name in wanted or INSTANCE_TYPES], {
        "instance-type": lambda one: one.name, "processor-info.supported-architecture": _architectures,
        "current-generation": lambda one: "true" if is_current(one) else "false", "hypervisor": _hypervisor,
        "bare-metal": lambda one: "false", "vcpu-info.default-vcpus": lambda one: str(one.cpus),
        "memory-info.size-in-mib": lambda one: str(one.memory_mb), "supported-usage-class": lambda one: _USAGE,
        "burstable-performance-supported": lambda one: "true" if one.family[0] == "t" else "false"}, tags=False)
    found, token = page(context, found, "InstanceType", largest=100)
    return {"instanceTypeSet": [_body(one) for one in found], "nextToken": token}


@action("DescribeInstanceTypeOfferings", {"LocationType": STRING, **DESCRIBE})
def describe_instance_type_offerings(context: Context) -> dict:
    """Which types there are in the region, or in each of its zones."""
    kind = context.params.get("LocationType", "region")
    if kind not in ("region", "availability-zone"):
        raise ApiError("InvalidParameterValue", f"Invalid value '{kind}' for locationType")  # our sentence
    region = context.region
    rows = [(name, region.name) for name in INSTANCE_TYPES] if kind == "region" else \
        [(name, zone) for name, one in INSTANCE_TYPES.items() for zone in region.zones if one.is_in(zone)]
    found = select(context, rows, {"instance-type": lambda row: row[0], "location": lambda row: row[1]}, tags=False)
    found, token = page(context, found)
    return {"instanceTypeOfferingSet": [{"instanceType": name, "locationType": kind, "location": place}
                                        for name, place in found], "nextToken": token}


_USAGE = ["on-demand", "spot"]


def _architectures(one: InstanceType) -> list[str]:
    # The small and old ones still run 32 bits.
    return ["i386", "x86_64"] if one.name in ("t2.nano", "t2.micro", "t2.small", "t2.medium") else [one.architecture]


def _hypervisor(one: InstanceType) -> str:
    return "nitro" if is_current(one) else "xen"


def _body(one: InstanceType) -> dict:
    return {
        "instanceType": one.name, "currentGeneration": is_current(one), "freeTierEligible": one.name == "t2.micro",
        "supportedUsageClasses": _USAGE, "supportedRootDeviceTypes": ["ebs"], "supportedVirtualizationTypes": ["hvm"],
        "bareMetal": False, "hypervisor": _hypervisor(one),
        "processorInfo": {"supportedArchitectures": _architectures(one), "sustainedClockSpeedInGhz": 2.5},
        "vCpuInfo": {"defaultVCpus": one.cpus, "defaultCores": max(1, one.cpus // 2), "defaultThreadsPerCore": 2},
        "memoryInfo": {"sizeInMiB": one.memory_mb}, "instanceStorageSupported": one.family == "m5d",
        "ebsInfo": {"ebsOptimizedSupport": "default" if is_current(one) else "unsupported", "encryptionSupport": "supported",
                    "nvmeSupport": "required" if is_current(one) else "unsupported"},
        "networkInfo": {"networkPerformance": "Up to 5 Gigabit", "maximumNetworkInterfaces": 3, "ipv6Supported": True,
                        "enaSupport": "required" if is_current(one) else "unsupported"},
        "placementGroupInfo": {"supportedStrategies": ["partition", "spread"]}, "hibernationSupported": False,
        "burstablePerformanceSupported": one.family[0] == "t", "dedicatedHostsSupported": False,
        "autoRecoverySupported": True, "supportedBootModes": ["legacy-bios", "uefi"],
    }
