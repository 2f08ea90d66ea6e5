# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What is there for a launch and what the account may have of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalog import DEFAULT_VCPUS, INSTANCE_TYPES, InstanceType
from .errors import ApiError
from .routing import Context

if TYPE_CHECKING:
    from .launch import Plan
    from .world import SpotRequest


def check_capacity(context: Context, plan: Plan, own: SpotRequest | None = None) -> None:
    """Capacity and quotas, which EC2 looks at last. `own`: the open request that this is done for."""
    settings, zone, kind = context.cloud.settings, plan.subnet.zone, plan.type.name
    if settings.is_exhausted(zone, kind, plan.market):
        if plan.market == "spot":
            raise ApiError("InsufficientInstanceCapacity", "There is no Spot capacity available that matches your request.")
        others = [one for one in context.region.zones if not settings.is_exhausted(one, kind, plan.market)]
        raise ApiError("InsufficientInstanceCapacity", f"We currently do not have sufficient {kind} capacity in the "
                       f"Availability Zone you requested ({zone}). Our system will be working on provisioning additional "
                       "capacity." + (f" You can currently get {kind} capacity by not specifying an Availability Zone in your "
                                      f"request or choosing {', '.join(others)}." if others else ""))
    check_vcpus(context, plan.type, plan.market, own)
    there = [one for one in context.region.instances.values() if one.is_there]
    if len(there) + 1 > settings.quotas.get("instances", len(there) + 1):
        raise ApiError("InstanceLimitExceeded", f"You have requested more instances ({len(there) + 1}) than your current "
                       f"instance limit of {settings.quotas['instances']} allows for the specified instance type. Please visit "
                       "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.")


def check_vcpus(context: Context, kind: InstanceType, market: str, own: SpotRequest | None = None) -> None:
    """The quota that Service Quotas tells of: what runs (or will, once it is no longer pending) in this market and of these
    families; of spot also what open requests are for."""
    quota, region = kind.quota(market), context.region
    types = [one.type for one in region.instances.values() if one.state in ("pending", "running")
             and bool(one.spot) == (market == "spot")]
    if market == "spot":
        types += [one.launch["InstanceType"] for one in region.spot_requests.values() if one.state == "open" and one is not own]
    used = sum(INSTANCE_TYPES[name].cpus for name in types if INSTANCE_TYPES[name].quota(market) == quota)
    limit = context.cloud.settings.quotas.get(quota.code, DEFAULT_VCPUS)
    if used + kind.cpus <= limit:
        return
    if market == "spot":
        raise ApiError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
    raise ApiError("VcpuLimitExceeded", f"You have requested more vCPU capacity than your current vCPU limit of {limit} "
                   "allows for the instance bucket that the specified instance type belongs to. Please visit "
                   "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.")


def check_storage(context: Context, devices: dict[str, dict]) -> None:
    """The storage quota of the region."""
    used = sum(one.size for one in context.region.volumes.values())
    if used + sum(one["VolumeSize"] for one in devices.values()) > context.cloud.settings.quotas.get("storage_gib", 1 << 40):
        raise ApiError("VolumeLimitExceeded", "You have exceeded your maximum gp2 storage limit in this region. Please contact "
                       "AWS Support to request an Elastic Block Store service limit increase.")
