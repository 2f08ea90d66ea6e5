# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""networks.get, subnetworks.get, and the network that an interface or a rule names."""

from __future__ import annotations

from ..errors import invalid, not_found
from ..links import parse_reference
from ..routing import LIST_QUERY, Context, route
from ..world import Project, World
from .lists import list_answer


@route("GET", "global/networks/{network}", "compute.networks.get")
def get_network(context: Context) -> dict:
    found = context.project.networks.get(context.ids["network"])
    if not found:
        raise not_found(context.path("global", "networks", context.ids["network"]))
    return found


@route("GET", "global/networks", "compute.networks.list", query=LIST_QUERY)
def list_networks(context: Context) -> dict:
    return list_answer(context, "compute#networkList", list(context.project.networks.values()))


@route("GET", "regions/{region}/subnetworks/{subnetwork}", "compute.subnetworks.get")
def get_subnetwork(context: Context) -> dict:
    region, name = context.ids["region"], context.ids["subnetwork"]
    if (region, name) not in context.project.subnetworks:
        raise not_found(context.path("regions", region, "subnetworks", name))
    return context.project.subnetworks[region, name]


def resolve_network(world: World, project: Project, field: str, url: str) -> dict:
    """The network behind a URL, of this project or of a host project."""
    parts = parse_reference(field, url, "global/networks/{network}", project.id)
    owner = world.projects.get(parts["project"])
    found = owner.networks.get(parts["network"]) if owner else None
    if not found:
        raise invalid(field, url, "The referenced network resource cannot be found.")
    return found


def resolve_interface(world: World, project: Project, region: str, field: str, interface: dict) -> tuple[dict, dict | None]:
    """Network and subnetwork of an interface. A custom-mode network needs a subnetwork named."""
    network_url, subnetwork_url = interface.get("network"), interface.get("subnetwork")
    if not subnetwork_url:
        network = resolve_network(world, project, f"{field}.network", network_url or "global/networks/default")
        if not network["autoCreateSubnetworks"]:
            raise invalid(f"{field}.network", network_url, "The subnetwork resource was not specified: the network has "
                          "custom subnet mode, so a subnetwork has to be given.")
        owner = world.projects[network["selfLink"].split("/projects/")[1].split("/")[0]]
        return network, owner.subnetworks.get((region, network["name"]))
    parts = parse_reference(f"{field}.subnetwork", subnetwork_url, "regions/{region}/subnetworks/{name}", project.id)
    owner = world.projects.get(parts["project"])
    subnetwork = owner.subnetworks.get((parts["region"], parts["name"])) if owner else None
    if not subnetwork:
        raise invalid(f"{field}.subnetwork", subnetwork_url, "The referenced subnetwork resource cannot be found.")
    if parts["region"] != region:
        raise invalid(f"{field}.subnetwork", subnetwork_url,
                      f"The subnetwork is not in the region of the instance ({region}).")
    network = resolve_network(world, project, f"{field}.network", subnetwork["network"])
    if network_url and resolve_network(world, project, f"{field}.network", network_url) is not network:
        raise invalid(f"{field}.subnetwork", subnetwork_url, "The subnetwork is not of the network that is specified.")
    return network, subnetwork
