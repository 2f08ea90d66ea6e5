# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Power: start, powerOff, deallocate, restart; and the eviction of spot machines."""

from __future__ import annotations

from ...common.http import Response
from ..errors import ArmError
from ..operations import OperationError
from ..routing import Context, route
from ..world import Machine
from . import network_interfaces, public_addresses
from .crud import find
from .virtual_machines import KIND, destroy, nics_of, preempt

_ONE = "resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def _ready(context: Context, verb: str) -> Machine:
    machine = find(context, KIND)
    if machine.state == "Deleting":
        raise ArmError(409, "OperationNotAllowed", f"Operation '{verb}' is not allowed on VM '{machine.name}' since the VM is "
                       "marked for deletion. You can only retry the Delete operation (or wait for an ongoing one to "
                       "complete).")
    if not machine.host and verb != "start":
        raise ArmError(409, "OperationNotAllowed", f"Operation '{verb}' is not allowed on VM '{machine.name}' since the VM has "
                       "failed to provision.")
    return machine


def _operate(context: Context, verb: str, machine: Machine, during: str, after: str, work, done=None) -> Response:
    preempt(machine)
    before, machine.power = machine.power, during

    def locked() -> None:
        with machine.gate:
            work()

    def finish() -> None:
        machine.operation, machine.power = None, after
        if done:
            done()

    def fail(error: OperationError) -> None:
        machine.operation, machine.power = None, before
    return context.cloud.operate(context, f"virtualMachines/{verb}", machine, "both", work=locked, finish=finish, fail=fail)


def _same_address(machine: Machine, context: Context) -> str:
    """The address that the host keeps, "" if it gets another."""
    nic = nics_of(context.cloud.world, machine)[0]
    public = network_interfaces.public_of(context.cloud.world, nic)
    if public and context.cloud.settings.reach != "private":
        return public.hidden.get("address") or public_addresses.acquire(context.cloud, public)
    return nic.properties["ipConfigurations"][0]["properties"]["privateIPAddress"]


@route("POST", _ONE + "/start", KIND)
def start(context: Context) -> Response:
    machine = _ready(context, "start")
    if not machine.host:
        raise ArmError(409, "OperationNotAllowed", f"Operation 'start' is not allowed on VM '{machine.name}' since the VM has "
                       "failed to provision.")
    if code := context.cloud.settings.exhaustion(machine.location, machine.properties["hardwareProfile"]["vmSize"]):
        if machine.power == "deallocated":
            raise ArmError(409, code, "Allocation failed. We do not have sufficient capacity for the requested VM size in this "
                           "region.")
    running = machine.power == "running"

    def work() -> None:
        if running:
            return
        with context.cloud.world.lock:
            address = _same_address(machine, context)
        found = machine.host.start(**({"address": address} if hasattr(context.cloud.hosts, "reserve") else {}))
        with context.cloud.world.lock:
            nic = nics_of(context.cloud.world, machine)[0]
            public = network_interfaces.public_of(context.cloud.world, nic)
            if public and context.cloud.settings.reach != "private":
                public.hidden["address"] = found
    return _operate(context, "start", machine, "running" if running else "starting", "running", work)


@route("POST", _ONE + "/powerOff", KIND, query={"skipShutdown"})
def power_off(context: Context) -> Response:
    machine = _ready(context, "powerOff")
    gone = machine.power == "deallocated"
    return _operate(context, "powerOff", machine, "deallocated" if gone else "stopping",
                    "deallocated" if gone else "stopped", lambda: None if gone else machine.host.stop())


@route("POST", _ONE + "/deallocate", KIND, query={"hibernate", "forceDeallocate"})
def deallocate(context: Context) -> Response:
    machine = _ready(context, "deallocate")

    def work() -> None:
        if machine.power != "deallocated":
            machine.host.stop()
    return _operate(context, "deallocate", machine, "deallocating", "deallocated", work, lambda: _let_go(context, machine))


@route("POST", _ONE + "/restart", KIND)
def restart(context: Context) -> Response:
    machine = _ready(context, "restart")
    if machine.power not in ("running", "starting"):
        raise ArmError(409, "OperationNotAllowed", f"Cannot modify VM '{machine.name}' when it is not running.")
    return _operate(context, "restart", machine, "running", "running", lambda: machine.host.reset())


@route("POST", _ONE + "/simulateEviction", KIND)
def simulate_eviction(context: Context) -> Response:
    machine = _ready(context, "simulateEviction")
    if machine.properties.get("priority", "Regular").lower() != "spot":
        raise ArmError(409, "OperationNotAllowed", "Simulate eviction is only for Azure Spot Virtual Machines.")
    evict(context, machine)
    return Response(204)


def evict(context: Context, machine: Machine) -> None:
    """Azure takes a spot machine back, by its policy."""
    preempt(machine)
    host = machine.host
    if machine.properties.get("evictionPolicy", "Deallocate").lower() == "delete":
        destroy(context, machine)
        if host:
            context.cloud.retire(host)
        return
    if host:
        host.stop()
    machine.power, machine.operation = "deallocated", None
    _let_go(context, machine)


def _let_go(context: Context, machine: Machine) -> None:
    """A dynamic address does not outlive the machine's running."""
    for nic in nics_of(context.cloud.world, machine):
        public = network_interfaces.public_of(context.cloud.world, nic)
        if public and not public_addresses.is_static(public):
            public_addresses.release(context.cloud, public)
