# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""All resources of a subscription or a group, whatever their type. Filtered by tag the answer has no tags, and nothing is
expanded (Resources - List, parameters $filter and $expand)."""

from __future__ import annotations

import re
from typing import Any

from ...common.http import Response
from ..errors import ArmError
from ..ids import same
from ..routing import Context, route
from ..world import Resource
from .crud import page
from .disks import KIND as DISKS
from .disks import machine_of

_KIND = "Microsoft.Resources/subscriptions/resources"
_GROUP_KIND = "Microsoft.Resources/subscriptions/resourceGroups/resources"
_QUERY = {"$filter", "$expand", "$top", "$skiptoken"}
_EXPANDS = {"createdtime", "changedtime", "provisioningstate"}
_TAG = re.compile(r"tagname eq '([^']+)'(?: and tagvalue eq '([^']*)')?", re.IGNORECASE)
_TYPE = re.compile(r"resourcetype eq '([^']+)'", re.IGNORECASE)


@route("GET", "resources", _KIND, query=_QUERY)
def list_all(context: Context) -> Response:
    return _list(context, None)


@route("GET", "resourceGroups/{group}/resources", _GROUP_KIND, query=_QUERY)
def list_in_group(context: Context) -> Response:
    return _list(context, context.group.name)


def _list(context: Context, group: str | None) -> Response:
    found = [one for one in context.cloud.world.all(group=group, subscription=context.subscription.id)
             if one.kind.count("/") == 1]  # subnets and the like are parts of others
    wanted, by_tag = context.argument("$filter"), False
    if wanted and (match := _TAG.fullmatch(wanted)):
        found, by_tag = [one for one in found if _has_tag(one, *match.groups())], True
    elif wanted and (match := _TYPE.fullmatch(wanted)):
        found = [one for one in found if same(one.kind, match[1])]
    elif wanted:
        raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{wanted}' specified in the query string.")
    expand = {part.strip().lower() for part in (context.argument("$expand") or "").split(",") if part}
    if not expand <= _EXPANDS:
        raise ArmError(400, "InvalidExpand", f"The expand '{context.argument('$expand')}' is not supported.")
    if expand and by_tag:
        context.cloud.judge.complain("client", context.request, "$expand together with a filter by tag")
    return page(context, found, lambda one: _show(context, one, expand, by_tag))


def _has_tag(resource: Resource, name: str, value: str | None) -> bool:
    tags = {key.lower(): text for key, text in (resource.body.get("tags") or {}).items()}
    return name.lower() in tags and (value is None or tags[name.lower()] == value)


def _show(context: Context, resource: Resource, expand: set[str], by_tag: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": str(resource.id), "name": resource.name, "type": resource.kind,
                             "location": resource.location}
    if not by_tag:
        shown["tags"] = resource.body.get("tags") or {}
        if "createdtime" in expand:
            shown["createdTime"] = resource.made
        if "provisioningstate" in expand:
            shown["provisioningState"] = resource.state
    if same(resource.kind, DISKS) and (machine := machine_of(context.cloud.world, resource)):
        shown["managedBy"] = str(machine.id)
    return shown
