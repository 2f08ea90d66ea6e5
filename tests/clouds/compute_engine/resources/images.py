# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""images.get, images.getFromFamily, and the resolution of an image named in a request."""

from __future__ import annotations

from ..errors import invalid, not_found
from ..links import parse_reference
from ..routing import LIST_QUERY, Context, route
from ..world import Project, World
from .lists import list_answer


# In front of images/{image}: a family is no image of the name "family".
@route("GET", "global/images/family/{family}", "compute.images.getFromFamily")
def get_from_family(context: Context) -> dict:
    found = _newest(context.project, context.ids["family"])
    if not found:
        raise not_found(context.path("global", "images", "family", context.ids["family"]))
    return found


@route("GET", "global/images/{image}", "compute.images.get")
def get_image(context: Context) -> dict:
    found = context.project.images.get(context.ids["image"])
    if not found:
        raise not_found(context.path("global", "images", context.ids["image"]))
    return found


@route("GET", "global/images", "compute.images.list", query=LIST_QUERY)
def list_images(context: Context) -> dict:
    return list_answer(context, "compute#imageList", list(context.project.images.values()))


def resolve_image(world: World, project: Project, field: str, url: str) -> dict:
    """The image that a sourceImage names, by itself or by its family. ApiError 400 if there is none."""
    pattern = "global/images/family/{family}" if "/family/" in url else "global/images/{image}"
    parts = parse_reference(field, url, pattern, project.id)
    owner = world.projects.get(parts["project"])
    found = None
    if owner:
        found = _newest(owner, parts["family"]) if "family" in parts else owner.images.get(parts["image"])
    if not found or found.get("deprecated", {}).get("state") in ("OBSOLETE", "DELETED"):
        raise invalid(field, url, "The referenced image resource cannot be found.")
    return found


def _newest(project: Project, family: str) -> dict | None:
    active = [image for image in project.images.values() if image["family"] == family and "deprecated" not in image]
    return active[-1] if active else None
