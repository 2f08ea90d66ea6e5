# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Zonal disks, by themselves and as they are made for an instance."""

from __future__ import annotations

from .. import catalog
from ..errors import already_exists, in_use, invalid, not_found, required
from ..links import link, parse_reference
from ..names import check_labels, check_name
from ..routing import LIST_QUERY, Context, route
from ..shapes import DISK
from ..world import fingerprint_of, new_id, timestamp
from .images import resolve_image
from .lists import aggregated_answer, list_answer


def disk_path(context: Context, zone: str, name: str) -> str:
    return context.path("zones", zone, "disks", name)


def _find(context: Context) -> dict:
    name = context.ids["disk"]
    if (context.zone, name) not in context.project.disks:
        raise not_found(disk_path(context, context.zone, name))
    return context.project.disks[context.zone, name]


@route("GET", "zones/{zone}/disks/{disk}", "compute.disks.get")
def get_disk(context: Context) -> dict:
    return _find(context)


@route("GET", "zones/{zone}/disks", "compute.disks.list", query=LIST_QUERY)
def list_disks(context: Context) -> dict:
    return list_answer(context, "compute#diskList",
                       [disk for (zone, _), disk in context.project.disks.items() if zone == context.zone])


@route("GET", "aggregated/disks", "compute.disks.list", query=LIST_QUERY | {"includeAllScopes"})
def list_all_disks(context: Context) -> dict:
    return aggregated_answer(context, "compute#diskAggregatedList", "disks", [f"zones/{zone}" for zone in catalog.ZONES],
                             [(f"zones/{zone}", disk) for (zone, _), disk in context.project.disks.items()])


@route("POST", "zones/{zone}/disks", "compute.disks.create", body=DISK, query={"sourceImage"})
def insert_disk(context: Context) -> dict:
    body = context.body
    if not body.get("name"):
        raise required("resource.name")
    image = body.get("sourceImage") or context.request.argument("sourceImage")
    disk = new_disk(context, context.zone, body["name"], field="resource", name_field="resource.name",
                    size=body.get("sizeGb"), size_field="resource.sizeGb", type_url=body.get("type"),
                    type_field="resource.type", image_url=image, image_field="resource.sourceImage", body=body)
    add_disk(context, disk)
    key, path = (context.zone, body["name"]), disk_path(context, context.zone, body["name"])

    def finish() -> None:
        disk["status"] = "READY"
    return context.cloud.operate(context, context.path("zones", context.zone), "insert", path, finish=finish,
                                 undo=lambda: context.project.disks.pop(key, None))


@route("DELETE", "zones/{zone}/disks/{disk}", "compute.disks.delete")
def delete_disk(context: Context) -> dict:
    disk, key = _find(context), (context.zone, context.ids["disk"])
    path = disk_path(context, *key)
    if disk.get("users"):
        raise in_use(path, disk["users"][0].split("/compute/v1/")[1])
    status, disk["status"] = disk["status"], "DELETING"

    def undo() -> None:
        disk["status"] = status
    return context.cloud.operate(context, context.path("zones", context.zone), "delete", path,
                                 finish=lambda: context.project.disks.pop(key, None), undo=undo)


def new_disk(context: Context, zone: str, name: str, *, field: str, name_field: str, size, size_field: str,
             type_url: str | None, type_field: str, image_url: str | None, image_field: str, body: dict,
             bare_type: bool = False) -> dict:
    """A disk as it will be, checked, not yet in the project. `bare_type`: the type is a name, not a URL."""
    check_name(name_field, name)
    if (zone, name) in context.project.disks:
        raise already_exists(disk_path(context, zone, name))
    type_name = "pd-standard"
    if type_url and bare_type:
        type_name = type_url
    elif type_url:
        parts = parse_reference(type_field, type_url, "zones/{zone}/diskTypes/{name}", context.project.id)
        if parts["zone"] != zone or parts["project"] != context.project.id:
            raise invalid(type_field, type_url, f"Disk type must be in the zone of the disk, '{zone}'.")
        type_name = parts["name"]
    if type_name not in catalog.DISK_TYPES:
        raise invalid(type_field, type_url, "The referenced diskType resource cannot be found.")
    image = resolve_image(context.cloud.world, context.project, image_field, image_url) if image_url else None
    gigabytes = _size(size, size_field, image, type_name)
    check_labels(f"{field}.labels", body.get("labels", {}))
    disk = {
        "kind": "compute#disk", "id": new_id(), "creationTimestamp": timestamp(), "name": name, "status": "CREATING",
        "sizeGb": str(gigabytes), "zone": link(context.path("zones", zone)), "physicalBlockSizeBytes": "4096",
        "type": link(context.path("zones", zone, "diskTypes", type_name)), "selfLink": link(disk_path(context, zone, name)),
        "labelFingerprint": fingerprint_of(body.get("labels", {})),
    }
    if body.get("labels"):
        disk["labels"] = body["labels"]
    if body.get("description"):
        disk["description"] = body["description"]
    if image:
        disk |= {"sourceImage": image["selfLink"], "sourceImageId": image["id"], "architecture": image["architecture"]}
    _, _, iops, throughput = catalog.DISK_TYPES[type_name]
    for key, allowed in (("provisionedIops", iops), ("provisionedThroughput", throughput)):
        if int(body.get(key, 0)) < 0 or (int(body.get(key, 0)) and not allowed):
            raise invalid(f"{field}.{key}", body[key], f"{key} cannot be specified for disk type {type_name}.")
        if int(body.get(key, 0)):
            disk[key] = str(body[key])
    return disk


def add_disk(context: Context, disk: dict) -> None:
    context.project.disks[disk["zone"].rsplit("/", 1)[1], disk["name"]] = disk


def _size(size, field: str, image: dict | None, type_name: str) -> int:
    least, most, _, _ = catalog.DISK_TYPES[type_name]
    needed = int(image["diskSizeGb"]) if image else least
    if size in (None, "", 0, "0"):
        return max(needed, least) if image else max(500, least)
    gigabytes = int(size)
    if gigabytes < needed and image:
        raise invalid(field, size, f"Requested disk size cannot be smaller than the image size ({needed} GB)")
    if not least <= gigabytes <= most:
        raise invalid(field, size, f"Disk size must be between {least} GB and {most} GB for disk type {type_name}.")
    return gigabytes
