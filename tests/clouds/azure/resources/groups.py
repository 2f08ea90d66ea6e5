# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Resource groups: made and shown at once, deleted in a long operation with all that is in them."""

from __future__ import annotations

from typing import Any

from ...common.http import Response, json_response
from .. import catalog
from ..errors import ArmError, group_not_found
from ..names import check_group_name
from ..operations import OperationError
from ..routing import GROUP_KIND, Context, route
from ..shapes import GROUP, TAGS
from ..world import Group
from .crud import KINDS, page

_ONE = "resourceGroups/{group}"


def show(context: Context, group: Group) -> dict[str, Any]:
    shown = {"id": f"/subscriptions/{context.subscription.id}/resourceGroups/{group.name}", "name": group.name,
             "type": GROUP_KIND, "location": group.location, "properties": {"provisioningState": group.state}}
    return {**shown, "tags": group.tags} if group.tags else shown


@route("GET", "resourceGroups", GROUP_KIND, query={"$filter", "$top", "$skiptoken"})
def list_groups(context: Context) -> Response:
    return page(context, context.subscription.groups.values(), lambda group: show(context, group))


@route("GET", _ONE, GROUP_KIND)
def get_group(context: Context) -> Response:
    return json_response(200, show(context, _find(context)))


@route("HEAD", _ONE, GROUP_KIND)
def has_group(context: Context) -> Response:
    return Response(204 if context.subscription.group(context.ids["group"]) else 404)


@route("PUT", _ONE, GROUP_KIND, body=GROUP)
def put_group(context: Context) -> Response:
    name, body = context.ids["group"], context.body
    check_group_name(name)
    location = catalog.normal_location(body["location"])
    if location not in catalog.LOCATIONS:
        raise ArmError(400, "LocationNotAvailableForResourceGroup", f"The provided location '{body['location']}' is not "
                       "available for resource group. List of available regions is "
                       f"'{','.join(catalog.LOCATIONS)}'.")
    old = context.subscription.group(name)
    if old and old.state == "Deleting":
        raise ArmError(409, "ResourceGroupBeingDeleted", f"The resource group '{name}' is in deprovisioning state and "
                       "cannot perform this operation.")
    if old and old.location != location:
        raise ArmError(409, "InvalidResourceGroupLocation", f"Invalid resource group location '{location}'. The Resource "
                       f"group already exists in location '{old.location}'.")
    group = old or Group(name, location, {}, brought=context.request is None)
    group.tags = body.get("tags", {})
    context.subscription.groups[name.lower()] = group
    return json_response(200 if old else 201, show(context, group))


@route("PATCH", _ONE, GROUP_KIND, body=TAGS)
def patch_group(context: Context) -> Response:
    group = _find(context)
    group.tags = context.body.get("tags", {})
    return json_response(200, show(context, group))


@route("DELETE", _ONE, GROUP_KIND, query={"forceDeletionTypes"})
def delete_group(context: Context) -> Response:
    group, world = _find(context), context.cloud.world
    if group.operation and not group.operation.ended:
        return context.cloud.respond(context, group.operation, "location")
    group.state = "Deleting"

    def work() -> None:
        for machine in world.all("Microsoft.Compute/virtualMachines", group=group.name):
            if machine.host:
                machine.host.destroy()

    def finish() -> None:
        for resource in world.all(group=group.name, subscription=context.subscription.id):
            world.remove(resource)
            if kind := KINDS.get(resource.kind.lower()):
                kind.removed(context, resource)
        context.subscription.groups.pop(group.name.lower(), None)

    def fail(error: OperationError) -> None:
        group.state = "Succeeded"
    return context.cloud.operate(context, "resourceGroups/delete", group, "location", work=work, finish=finish, fail=fail)


def _find(context: Context) -> Group:
    found = context.subscription.group(context.ids["group"])
    if not found:
        raise group_not_found(context.ids["group"])
    return found
