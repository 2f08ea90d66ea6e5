# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What can be done to instances that are there: start, stop, reboot, terminate."""

from __future__ import annotations

from ..capacity import check_vcpus
from ..catalog import INSTANCE_TYPES
from ..errors import ApiError
from ..ids import look_up
from ..query import BOOL, STRING
from ..routing import Context, action
from ..world import Instance
from .instances import state_body

_IDS = {"InstanceId": [STRING]}


@action("StartInstances", {**_IDS, "AdditionalInfo": STRING}, required=("InstanceId",))
def start_instances(context: Context) -> dict:
    instances = look_up(context, "instance", context.params["InstanceId"])
    for one in instances:
        _check_not_one_time(context, one, "start")
        if one.state not in ("stopped", "pending", "running"):
            raise _wrong_state(one, "from which it can be started")
        if one.state == "stopped" and context.cloud.settings.is_exhausted(one.zone, one.type, "on-demand"):
            raise ApiError("InsufficientInstanceCapacity", "Insufficient capacity.")
        if one.state == "stopped":
            check_vcpus(context, INSTANCE_TYPES[one.type], "spot" if one.spot else "on-demand")
    context.commit()
    return _changes(instances, [one for one in instances if one.state == "stopped"],
                    lambda one: context.cloud.lifecycle.start(context.region, one))


@action("StopInstances", {**_IDS, "Force": BOOL, "Hibernate": BOOL, "SkipOsShutdown": BOOL}, required=("InstanceId",))
def stop_instances(context: Context) -> dict:
    instances = look_up(context, "instance", context.params["InstanceId"])
    for one in instances:
        _check_not_one_time(context, one, "stop")
        if one.state not in ("running", "stopping", "stopped"):
            raise _wrong_state(one, "from which it can be stopped")
    if context.params.get("Hibernate"):
        raise ApiError("UnsupportedHibernationConfiguration", "The instance is not configured for hibernation.")
    context.commit()
    return _changes(instances, [one for one in instances if one.state == "running"],
                    lambda one: context.cloud.lifecycle.stop(context.region, one))


@action("RebootInstances", _IDS, required=("InstanceId",))
def reboot_instances(context: Context) -> dict:
    instances = look_up(context, "instance", context.params["InstanceId"])
    for one in instances:
        if one.state not in ("running", "pending"):
            raise _wrong_state(one, "from which it can be rebooted")
    context.commit()
    for one in instances:
        context.cloud.lifecycle.reboot(one)
    return {"return": True}


@action("TerminateInstances", {**_IDS, "Force": BOOL, "SkipOsShutdown": BOOL}, required=("InstanceId",))
def terminate_instances(context: Context) -> dict:
    instances = look_up(context, "instance", context.params["InstanceId"])
    for one in instances:
        if one.protected and one.is_there:
            raise ApiError("OperationNotPermitted", f"The instance '{one.id}' may not be terminated. Modify its "
                           "'disableApiTermination' instance attribute and try again.")
    context.commit()
    return _changes(instances, [one for one in instances if one.is_there],
                    lambda one: context.cloud.lifecycle.terminate(context.region, one))


def _changes(instances: list[Instance], changing: list[Instance], change) -> dict:
    before = {one.id: one.state for one in instances}
    for one in changing:
        change(one)
    return {"instancesSet": [{"instanceId": one.id, "currentState": state_body(one.state),
                              "previousState": state_body(before[one.id])} for one in instances]}


def _wrong_state(one: Instance, what: str) -> ApiError:
    return ApiError("IncorrectInstanceState", f"The instance '{one.id}' is not in a state {what}.")


def _check_not_one_time(context: Context, one: Instance, verb: str) -> None:
    if one.is_one_time(context.region):
        raise ApiError("UnsupportedOperation", f"You can't {verb} the Spot Instance '{one.id}' because it is associated with a "
                       f"one-time Spot Instance request. You can only {verb} Spot Instances associated with persistent Spot "
                       "Instance requests.")
