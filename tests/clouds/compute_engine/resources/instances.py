# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Instances: read, list, insert, delete."""

from __future__ import annotations

import copy
from typing import Any

from .. import catalog
from ..errors import ApiError, already_exists, not_found, required
from ..guest import users_of
from ..links import link
from ..names import check_name
from ..operations import OperationError
from ..routing import LIST_QUERY, Context, route
from ..shapes import INSTANCE
from ..world import Address, Instance
from .disks import add_disk
from .instance_body import new_instance
from .lists import aggregated_answer, list_answer


def find_instance(context: Context) -> Instance:
    key = (context.zone, context.ids["instance"])
    if key not in context.project.instances:
        raise not_found(context.path("zones", context.zone, "instances", key[1]))
    return context.project.instances[key]


def instance_body(instance: Instance) -> dict[str, Any]:
    """What a GET answers: the addresses come from the host, while it runs."""
    body = copy.deepcopy(instance.body)
    body["status"] = instance.status
    interface = body["networkInterfaces"][0]
    if instance.host:
        interface["networkIP"] = getattr(instance.host, "internal_ip", None) or instance.host.ip
    for config in interface.get("accessConfigs", []):
        if instance.nat_ip:
            config["natIP"] = instance.nat_ip
    return body


@route("GET", "zones/{zone}/instances/{instance}", "compute.instances.get")
def get_instance(context: Context) -> dict:
    return instance_body(find_instance(context))


@route("GET", "zones/{zone}/instances", "compute.instances.list", query=LIST_QUERY)
def list_instances(context: Context) -> dict:
    return list_answer(context, "compute#instanceList", [
        instance_body(instance) for instance in context.project.instances.values() if instance.zone == context.zone])


@route("GET", "aggregated/instances", "compute.instances.list", query=LIST_QUERY | {"includeAllScopes"})
def list_all_instances(context: Context) -> dict:
    return aggregated_answer(context, "compute#instanceAggregatedList", "instances",
                             [f"zones/{zone}" for zone in catalog.ZONES],
                             [(f"zones/{instance.zone}", instance_body(instance))
                              for instance in context.project.instances.values()])


@route("POST", "zones/{zone}/instances", "compute.instances.create", body=INSTANCE)
def insert_instance(context: Context) -> dict:
    name = context.body.get("name")
    if not name:
        raise required("resource.name")
    check_name("resource.name", name)
    if (context.zone, name) in context.project.instances:
        raise already_exists(context.path("zones", context.zone, "instances", name))
    instance, disks, address = new_instance(context, context.zone, name, context.body, bare=False, at="resource")
    place(context, instance, disks, address)
    machine_type = instance.body["machineType"].rsplit("/", 1)[1]
    spot = instance.body["scheduling"]["preemptible"] or instance.body["scheduling"]["provisioningModel"] == "SPOT"

    def work() -> None:
        if context.cloud.settings.is_exhausted(instance.zone, machine_type, spot):
            raise stockout(context, instance.zone)
        boot(context, instance)
    return context.cloud.operate(context, context.path("zones", context.zone), "insert", instance.path, work=work,
                                 finish=lambda: run(context, instance),
                                 undo=lambda: destroy(context, instance, undone=True))


@route("DELETE", "zones/{zone}/instances/{instance}", "compute.instances.delete", query={"noGracefulShutdown"})
def delete_instance(context: Context) -> dict:
    instance = find_instance(context)
    if instance.body["deletionProtection"]:
        raise ApiError(400, "Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'.",
                       "invalidResourceUsage")
    before, instance.status = instance.status, "STOPPING"
    instance.deleting = True

    def work() -> None:
        with context.cloud.world.lock:
            host, instance.host = instance.host, None
        if host:
            host.destroy()

    def undo() -> None:
        instance.status, instance.deleting = before, False
    return context.cloud.operate(context, context.path("zones", context.zone), "delete", instance.path, work=work,
                                 finish=lambda: destroy(context, instance), undo=undo)


def stockout(context: Context, zone: str) -> OperationError:
    return OperationError("ZONE_RESOURCE_POOL_EXHAUSTED",
                          f"The zone '{context.path('zones', zone)}' does not have enough resources available to fulfill "
                          "the request.  Try a different zone, or try again later.")


def place(context: Context, instance: Instance, disks: list[dict], address: Address | None) -> None:
    """Instance, disks and address are there from the moment that the insert is accepted."""
    context.project.instances[instance.zone, instance.name] = instance
    for disk in disks:
        add_disk(context, disk)
    for attached in instance.body["disks"]:
        _disk_of(context, attached)["users"] = [link(instance.path)]
    if address:
        address.user = instance.path


def boot(context: Context, instance: Instance) -> None:
    """Starts the host behind the instance; slow, and called without the lock."""
    with context.cloud.world.lock:
        disk = _disk_of(context, instance.body["disks"][0])
        users = users_of(instance.metadata(), context.project.metadata)
        instance.status = "STAGING"
    image = disk.get("sourceImage", "").split("/projects/")[-1].replace("/global/images/", "/")
    host = context.cloud.hosts.boot(instance.name, users=users, metadata=instance.metadata(), image=image)
    with context.cloud.world.lock:
        if instance.deleting:  # deleted while it booted
            context.cloud.retire(host)
        else:
            instance.host = host


def run(context: Context, instance: Instance) -> None:
    if context.project.instances.get((instance.zone, instance.name)) is not instance:
        return  # deleted while it booted
    for attached in instance.body["disks"]:
        _disk_of(context, attached)["status"] = "READY"
    if instance.deleting:
        return
    instance.status = "RUNNING"
    if instance.host and instance.body["networkInterfaces"][0].get("accessConfigs"):
        instance.nat_ip = instance.static_ip or instance.host.ip


def destroy(context: Context, instance: Instance, *, undone: bool = False) -> None:
    """Takes the instance out of the project, with its autoDelete disks. `undone`: its insert failed, so the disks that
    were made for it go, and those that were there before stay."""
    key = (instance.zone, instance.name)
    if context.project.instances.get(key) is not instance:
        return  # another delete was quicker, and the name may be in use again
    del context.project.instances[key]
    instance.deleting = True
    for attached in instance.body["disks"]:
        disk = _disk_of(context, attached)
        disk.pop("users", None)
        if disk["status"] == "CREATING" if undone else attached["autoDelete"]:
            context.project.disks.pop((instance.zone, disk["name"]), None)
        else:
            disk["status"] = "READY"
    for address in context.project.addresses.values():
        if address.user == instance.path:
            address.user = None
    if instance.host:
        context.cloud.retire(instance.host)
        instance.host = None


def _disk_of(context: Context, attached: dict) -> dict:
    zone, _, name = attached["source"].split("/zones/")[1].split("/")
    return context.project.disks[zone, name]
