# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""projects.get"""

from __future__ import annotations

from ..links import link
from ..routing import Context, route
from ..world import fingerprint_of
from .instance_body import used_in_all_regions


@route("GET", "", "compute.projects.get")
def get_project(context: Context) -> dict:
    project = context.project
    items = [{"key": key, "value": value} for key, value in project.metadata.items()]
    return {
        "kind": "compute#project", "id": project.number, "creationTimestamp": "2024-02-12T01:22:33.000-08:00",
        "name": project.id, "selfLink": link(project.path), "defaultServiceAccount": project.default_service_account,
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": fingerprint_of(items), "items": items},
        "defaultNetworkTier": "PREMIUM", "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "quotas": _quotas(context),
    }


def _quotas(context: Context) -> list[dict]:
    """Limits as the settings say, else more than enough."""
    project = context.project
    used = {"NETWORKS": len(project.networks), **used_in_all_regions(project)}
    limits = {"NETWORKS": 15, "CPUS_ALL_REGIONS": 5000, "GPUS_ALL_REGIONS": 16} | context.cloud.settings.quotas
    return [{"metric": metric, "limit": float(limits[metric]), "usage": float(usage)} for metric, usage in used.items()]
