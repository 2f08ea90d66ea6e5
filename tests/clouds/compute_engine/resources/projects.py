# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""projects.get"""

from __future__ import annotations

from ..links import link
from ..routing import Context, route
from ..world import fingerprint_of


@route("GET", "", "compute.projects.get")
def get_project(context: Context) -> dict:
    project = context.project
    items = [{"key": key, "value": value} for key, value in project.metadata.items()]
    return {
        "kind": "compute#project", "id": project.number, "creationTimestamp": "2024-02-12T01:22:33.000-08:00",
        "name": project.id, "selfLink": link(project.path), "defaultServiceAccount": project.default_service_account,
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": fingerprint_of(items), "items": items},
        "defaultNetworkTier": "PREMIUM", "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "quotas": [{"metric": "NETWORKS", "limit": 15.0, "usage": float(len(project.networks))}],
    }
