# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Virtual machines: PUT boots a host, DELETE takes it down with what its delete options name."""

from __future__ import annotations

import copy
import json
import secrets
from typing import Any

from ...common.http import Response, json_response
from ..errors import ArmError
from ..ids import parse_id
from ..names import check_name
from ..operations import OperationError
from ..routing import Context, route
from ..shapes import TAGS, VIRTUAL_MACHINE
from ..world import Machine, Resource, World
from . import disks, network_interfaces, public_addresses, vm_checks
from .crud import KINDS, LIST_QUERY, Kind, check_location, find, page, render

KIND = "Microsoft.Compute/virtualMachines"
_IN_GROUP = "resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines"
_ONE = _IN_GROUP + "/{name}"
_POWER = {"starting": "VM starting", "running": "VM running", "stopping": "VM stopping", "stopped": "VM stopped",
          "deallocating": "VM deallocating", "deallocated": "VM deallocated"}


def show_instance(machine: Machine, within: bool = False) -> dict[str, Any]:
    """The instance view. `within`: as a part of the machine."""
    state = machine.state.lower()
    statuses = [{"code": f"ProvisioningState/{state}", "level": "Error" if state == "failed" else "Info",
                 "displayStatus": f"Provisioning {state}", "time": machine.made}]
    if machine.hidden.get("failure"):
        error: OperationError = machine.hidden["failure"]
        statuses[0] |= {"code": f"ProvisioningState/failed/{error.code}", "message": error.message}
    if machine.power:
        statuses.append({"code": f"PowerState/{machine.power}", "level": "Info", "displayStatus": _POWER[machine.power]})
    disk = machine.properties["storageProfile"]["osDisk"]
    view: dict[str, Any] = {"statuses": statuses, "hyperVGeneration": machine.generation, "disks": [
        {"name": disk.get("name", ""), "statuses": statuses[:1]}]}
    if machine.power == "running":
        view["computerName"] = machine.properties["osProfile"]["computerName"]
        view["osName"], view["osVersion"] = "ubuntu", "24.04"
    return view


def show(world: World, resource: Resource) -> dict[str, Any]:
    shown = {"vmId": resource.guid, "timeCreated": resource.made}
    profile = copy.deepcopy(resource.properties["osProfile"])
    for secret in ("customData", "adminPassword"):  # written, never shown
        profile.pop(secret, None)
    return {**shown, "osProfile": profile}


# Lists, tags and the like go the way of all resources; PUT and DELETE are machines' own.
KINDS[KIND.lower()] = Kind(KIND, VIRTUAL_MACHINE, lambda context, body, old: body, show, zones=True,
                           removed=lambda context, resource: None)


def show_machine(context: Context, machine: Machine, view: bool = False) -> dict[str, Any]:
    shown = render(context.cloud.world, machine)
    shown["properties"].pop("userData", None)
    if view:
        shown["properties"]["instanceView"] = show_instance(machine, within=True)
    if identity := shown.get("identity"):
        shown["identity"] = _show_identity(context, machine, identity)
    return shown


def _show_identity(context: Context, machine: Machine, identity: dict) -> dict[str, Any]:
    shown = dict(identity)
    if "systemassigned" in identity["type"].lower():
        shown |= {"principalId": machine.guid, "tenantId": context.subscription.tenant}
    if "userAssignedIdentities" in identity:
        shown["userAssignedIdentities"] = {name: {"principalId": machine.guid, "clientId": machine.guid}
                                           for name in identity["userAssignedIdentities"]}
    return shown


@route("GET", _ONE, KIND, query={"$expand"})
def get_machine(context: Context) -> Response:
    expand = (context.argument("$expand") or "").lower()
    return json_response(200, show_machine(context, find(context, KIND), view="instanceview" in expand))


@route("GET", _ONE + "/instanceView", KIND)
def get_instance_view(context: Context) -> Response:
    return json_response(200, show_instance(find(context, KIND)))


@route("GET", _IN_GROUP, KIND, query=LIST_QUERY | {"$filter", "$expand"})
def list_in_group(context: Context) -> Response:
    found = context.cloud.world.all(KIND, group=context.group.name, subscription=context.subscription.id)
    view = (context.argument("$expand") or "").lower() == "instanceview"
    return page(context, found, lambda one: show_machine(context, one, view=view))


@route("GET", "providers/Microsoft.Compute/virtualMachines", KIND, query=LIST_QUERY | {"statusOnly", "$filter", "$expand"})
def list_all(context: Context) -> Response:
    found = context.cloud.world.all(KIND, subscription=context.subscription.id)
    if context.argument("statusOnly") == "true":
        return page(context, found, lambda one: {
            "name": one.name, "id": str(one.id), "type": KIND, "location": one.location,
            "properties": {"vmId": one.guid, "provisioningState": one.state, "instanceView": show_instance(one)}})
    return page(context, found, lambda one: show_machine(context, one))


@route("PATCH", _ONE, KIND, body=TAGS)
def patch_machine(context: Context) -> Response:
    machine = find(context, KIND)
    machine.body["tags"] = context.body.get("tags", {})
    return json_response(200, show_machine(context, machine))


@route("PUT", _ONE, KIND, body=VIRTUAL_MACHINE)
def put_machine(context: Context) -> Response:
    cloud, world, body, machine_id = context.cloud, context.cloud.world, context.body, context.id(KIND)
    check_name(KIND, machine_id.name)
    check_location(context, KINDS[KIND.lower()], machine_id)
    old = world.find(machine_id)
    digest = json.dumps(body, sort_keys=True)
    if old and old.state == "Deleting":
        raise ArmError(409, "OperationNotAllowed", f"Operation 'write' is not allowed on VM '{old.name}' since the VM is "
                       "marked for deletion. You can only retry the Delete operation (or wait for an ongoing one to "
                       "complete).")
    if old and old.hidden["asked"] == digest and old.operation and not old.operation.ended:
        return cloud.respond(context, old.operation, "async")  # the same request once more
    if old and old.operation and not old.operation.ended:
        raise ArmError(409, "Conflict", "The request failed due to conflict with a concurrent request. To resolve it, "
                       "please refer to https://aka.ms/activitylog to get more details on the conflicting requests.")
    if old and old.host:
        return _update(context, old, digest)
    plan = vm_checks.check(context, machine_id, old)
    machine = old or Machine(machine_id, {})
    machine.body, machine.state, machine.power, machine.generation = body, "Creating", "starting", plan.image.generation
    machine.hidden = {"asked": digest}
    _attach_disk(context, machine, plan)
    world.add(machine)
    nics = plan.nics

    def work() -> None:
        if plan.failure:
            raise plan.failure
        with machine.gate:
            with world.lock:
                if machine.state == "Deleting" or world.find(machine_id) is not machine:
                    return
                address = _address(context, nics[0])
            host = cloud.hosts.boot(machine.name, users=plan.users, metadata=plan.metadata, image=plan.image.system,
                                    **({"address": address} if address else {}))
            machine.host = host
            with world.lock:
                _adopt(context, nics[0], host.ip)

    def finish() -> None:
        machine.operation, machine.state, machine.power = None, "Succeeded", "running"

    def fail(error: OperationError) -> None:
        machine.operation, machine.state, machine.power = None, "Failed", None
        machine.hidden["failure"] = error
        for nic in nics:
            network_interfaces.reserve(nic, machine, cloud.settings.reservation_seconds)
        if not error.keep:
            world.remove(machine)
            if machine.host:
                cloud.retire(machine.host)
    return cloud.operate(context, "virtualMachines/write", machine, "async", created=old is None, work=work,
                         finish=finish, fail=fail, answer=lambda: show_machine(context, machine))


def _update(context: Context, machine: Machine, digest: str) -> Response:
    """A PUT of what is there: only tags, identity and a few options may differ."""
    old, new = machine.body, context.body
    for path in (("osProfile", "computerName"), ("osProfile", "adminUsername"), ("availabilitySet", "id"), ("priority",),
                 ("storageProfile", "imageReference")):
        before, after = old["properties"], new["properties"]
        for step in path:
            before = before.get(step, {}) if isinstance(before, dict) else before
            after = after.get(step, {}) if isinstance(after, dict) else after
        if after and path != ("storageProfile", "imageReference") and before != after:
            raise ArmError(409, "PropertyChangeNotAllowed", f"Changing property '{'.'.join(path)}' is not allowed.",
                           target=".".join(path))
    for name in ("tags", "identity"):
        if name in new:
            old[name] = new[name]
    machine.hidden["asked"] = digest

    def finish() -> None:
        machine.operation = None
    return context.cloud.operate(context, "virtualMachines/write", machine, "async", finish=finish,
                                 fail=lambda error: finish(), answer=lambda: show_machine(context, machine))


def _attach_disk(context: Context, machine: Machine, plan: vm_checks.Plan) -> None:
    disk = machine.properties["storageProfile"]["osDisk"]
    disk.setdefault("osType", "Linux")
    disk.setdefault("caching", "ReadWrite")
    reference = machine.properties["storageProfile"]["imageReference"]
    if plan.image.version:
        reference["exactVersion"] = plan.image.version
    if plan.vhd:
        plan.vhd()
        return
    disk.setdefault("deleteOption", "Detach")
    disk.setdefault("diskSizeGB", plan.image.disk_gib)
    kind = disk.setdefault("managedDisk", {}).setdefault("storageAccountType", "Standard_LRS")
    disk.setdefault("name", f"{machine.name}_OsDisk_1_{secrets.token_hex(16)}")
    disk_id = context.id(disks.KIND, disk["name"])
    disk["managedDisk"]["id"] = str(disk_id)
    if "diffDiskSettings" not in disk:
        disks.make_os_disk(context, disk_id, machine.location, machine.body.get("zones", []), disk["diskSizeGB"], kind,
                           plan.image.id, plan.image.generation, machine.body.get("tags", {}))


def _address(context: Context, nic: Resource) -> str:
    """Where the machine's host is to be, "" if it may choose."""
    cloud = context.cloud
    public = network_interfaces.public_of(cloud.world, nic)
    if public and cloud.settings.reach != "private":
        return public_addresses.acquire(cloud, public)
    if public:
        public_addresses.acquire(cloud, public)
    if not hasattr(cloud.hosts, "reserve"):
        return ""
    return nic.properties["ipConfigurations"][0]["properties"]["privateIPAddress"]


def _adopt(context: Context, nic: Resource, address: str) -> None:
    """The host has an address: of hosts that choose for themselves it becomes known only now."""
    public = network_interfaces.public_of(context.cloud.world, nic)
    if public and context.cloud.settings.reach != "private":
        public.hidden["address"] = address
    else:
        nic.properties["ipConfigurations"][0]["properties"]["privateIPAddress"] = address


def nics_of(world: World, machine: Resource) -> list[Resource]:
    ids = [one["id"] for one in machine.properties["networkProfile"]["networkInterfaces"]]
    return [nic for nic in (world.find(parse_id(one)) for one in ids) if nic]


@route("DELETE", _ONE, KIND, query={"forceDeletion"})
def delete_machine(context: Context) -> Response:
    cloud, machine = context.cloud, context.cloud.world.find(context.id(KIND))
    if not machine:
        return Response(204)
    if machine.state == "Deleting" and machine.operation and not machine.operation.ended:
        return cloud.respond(context, machine.operation, "both")
    preempt(machine)
    before, machine.state = machine.state, "Deleting"

    def work() -> None:
        with machine.gate:
            if machine.host:
                machine.host.destroy()

    def finish() -> None:
        destroy(context, machine)

    def fail(error: OperationError) -> None:
        machine.operation, machine.state = None, before
    return cloud.operate(context, "virtualMachines/delete", machine, "both", work=work, finish=finish, fail=fail)


def preempt(machine: Machine) -> None:
    """A newer operation takes the place of the one under way."""
    if machine.operation and not machine.operation.ended:
        machine.operation.preempted = True


def destroy(context: Context, machine: Machine) -> None:
    """The machine is gone, and with it what was to go with it."""
    cloud, world = context.cloud, context.cloud.world
    honoured, storage = cloud.settings.honour_delete_options, machine.properties["storageProfile"]
    nics = nics_of(world, machine)
    world.remove(machine)
    disk = storage["osDisk"]
    disk_id = parse_id(disk.get("managedDisk", {}).get("id"))
    if disk_id and honoured and disk.get("deleteOption", "").lower() == "delete" and (found := world.find(disk_id)):
        world.remove(found)
    options = {one["id"].lower(): one.get("properties", {}).get("deleteOption", "Detach").lower()
               for one in machine.properties["networkProfile"]["networkInterfaces"]}
    failed = "failure" in machine.hidden
    for nic in nics:
        public = network_interfaces.public_of(world, nic)
        if public and not public_addresses.is_static(public):
            public_addresses.release(cloud, public)
        if not failed:
            nic.hidden.pop("reserved", None)
        if honoured and options.get(str(nic.id).lower()) == "delete" and not failed:
            world.remove(nic)
            network_interfaces.removed(context, nic)
            used = nic.properties["ipConfigurations"][0]["properties"].get("publicIPAddress", {})
            if public and used.get("properties", {}).get("deleteOption", "").lower() == "delete":
                world.remove(public)
                public_addresses.release(cloud, public)
