# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Operations of a zone, a region or the whole project: get and wait. Each is known only in the scope that made it."""

from __future__ import annotations

from ..errors import not_found
from ..operations import Operation
from ..routing import Context, route

_SCOPES = ("zones/{zone}", "regions/{region}", "global")


def _find(context: Context) -> Operation:
    scope = "global"
    for kind in ("zone", "region"):
        if kind in context.ids:
            scope = f"{kind}s/{context.ids[kind]}"
    path = context.path(scope, "operations", context.ids["operation"])
    found = context.cloud.operations.find(path)
    if not found:
        raise not_found(path)
    return found


def get_operation(context: Context) -> dict:
    return _find(context).body()


def wait_operation(context: Context) -> dict:
    """Answers when the operation is done or the service is tired of holding the call."""
    operation = _find(context)
    context.cloud.operations.wait(operation, context.cloud.settings.wait_limit)
    return operation.body()


for _scope, _kind in zip(_SCOPES, ("zoneOperations", "regionOperations", "globalOperations")):
    route("GET", _scope + "/operations/{operation}", f"compute.{_kind}.get")(get_operation)
    route("POST", _scope + "/operations/{operation}/wait", f"compute.{_kind}.get", changes=False)(wait_operation)
