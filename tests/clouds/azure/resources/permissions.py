# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the asker may do: all but what the test has denied."""

from __future__ import annotations

from ...common.http import Response, json_response
from ..routing import Context, route

_KIND = "Microsoft.Authorization/permissions"


def _show(context: Context) -> Response:
    return json_response(200, {"value": [{"actions": ["*"], "notActions": sorted(context.cloud.settings.denied_permissions),
                                          "dataActions": [], "notDataActions": []}]})


route("GET", "providers/Microsoft.Authorization/permissions", _KIND)(_show)
route("GET", "resourceGroups/{group}/providers/Microsoft.Authorization/permissions", _KIND)(_show)
