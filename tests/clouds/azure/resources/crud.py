# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What most resource types have in common: PUT, GET, lists, PATCH of tags and DELETE, with their long operations."""

from __future__ import annotations

import copy
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ...common.http import Response, json_response
from .. import catalog
from ..errors import ArmError, busy, not_found
from ..ids import ResourceId, parse_id, same
from ..names import check_name
from ..operations import OperationError
from ..routing import Context, route
from ..shapes import TAGS
from ..world import Resource, World

LIST_QUERY = {"$top", "$skiptoken"}


@dataclass(frozen=True)
class Kind:
    """`prepare` refuses a bad body and gives the one to keep, `settle` runs when a PUT is over, `show` gives the
    properties that the service adds, `check_unused` refuses a DELETE, `removed` runs when it is gone."""

    name: str
    shape: Any
    prepare: Callable[[Context, dict, Resource | None], dict]
    show: Callable[[World, Resource], dict] = lambda world, resource: {}
    settle: Callable[[Context, Resource], None] = lambda context, resource: None
    check_unused: Callable[[Context, Resource], None] = lambda context, resource: None
    removed: Callable[[Context, Resource], None] = lambda context, resource: None
    outside: Callable[[World, Resource], dict] = lambda world, resource: {}  # what `show` gives, beside `properties`
    style: str = "async"
    delete_style: str = "both"
    etag: bool = False
    zones: bool = False
    has_state: bool = True  # shows a provisioningState; a PUT of what is new is answered with 201

    @property
    def short(self) -> str:
        return self.name.partition("/")[2].rpartition("/")[2]


KINDS: dict[str, Kind] = {}


def add_kind(kind: Kind, *, get_query: set[str] = frozenset()) -> None:
    """Adds the type with all of its common methods."""
    KINDS[kind.name.lower()] = kind
    namespace, _, type_name = kind.name.partition("/")
    in_group = f"resourceGroups/{{group}}/providers/{namespace}/{type_name}"
    one = in_group + "/{name}"
    route("GET", one, kind.name, query=set(get_query))(lambda context: _get(context, kind))
    route("PUT", one, kind.name, body=kind.shape)(lambda context: put(context, kind))
    route("PATCH", one, kind.name, body=TAGS)(lambda context: _patch_tags(context, kind))
    route("DELETE", one, kind.name)(lambda context: delete(context, kind))
    route("GET", in_group, kind.name, query=LIST_QUERY)(lambda context: _list(context, kind, context.group.name))
    route("GET", f"providers/{namespace}/{type_name}", kind.name, query=LIST_QUERY)(lambda context: _list(context, kind, None))


def put(context: Context, kind: Kind, resource_id: ResourceId | None = None) -> Response:
    cloud, world = context.cloud, context.cloud.world
    resource_id = resource_id or context.id(kind.name)
    check_name(kind.name, resource_id.name)
    if "location!" in kind.shape:
        check_location(context, kind, resource_id)
    old = world.find(resource_id)
    check_free(context, old)
    prepared = kind.prepare(context, context.body, old)
    before = (copy.deepcopy(old.body), old.state) if old else None
    resource = old or Resource(resource_id, {})
    resource.body, resource.state = prepared, "Updating"
    resource.brought = resource.brought or context.request is None
    world.add(resource)

    def finish() -> None:
        resource.operation = None
        resource.state = "Succeeded"
        kind.settle(context, resource)

    def fail(error: OperationError) -> None:
        resource.operation = None
        if error.keep:
            resource.state = "Failed"
        elif before:
            resource.body, resource.state = before
        else:
            world.remove(resource)
            kind.removed(context, resource)
    return cloud.operate(context, f"{kind.short}/write", resource, kind.style, created=old is None and kind.has_state,
                         finish=finish, fail=fail, answer=lambda: render(world, resource))


def delete(context: Context, kind: Kind, resource_id: ResourceId | None = None) -> Response:
    cloud, world = context.cloud, context.cloud.world
    resource = world.find(resource_id or context.id(kind.name))
    if not resource:
        return Response(204)
    check_free(context, resource)
    kind.check_unused(context, resource)
    before, resource.state = resource.state, "Deleting"

    def finish() -> None:
        world.remove(resource)
        kind.removed(context, resource)

    def fail(error: OperationError) -> None:
        resource.operation = None
        resource.state = "Failed" if error.keep else before
    return cloud.operate(context, f"{kind.short}/delete", resource, kind.delete_style, finish=finish, fail=fail)


def render(world: World, resource: Resource) -> dict[str, Any]:
    """The resource as an answer has it."""
    kind = KINDS[resource.kind.lower()]
    shown = {"name": resource.name, "id": str(resource.id), "type": kind.name, **copy.deepcopy(resource.body),
             **kind.outside(world, resource)}
    shown.setdefault("properties", {})
    if kind.etag:
        shown["etag"] = resource.etag
    for name, value in kind.show(world, resource).items():
        if value is not None:
            shown["properties"][name] = value
    if kind.has_state:
        shown["properties"]["provisioningState"] = resource.state
    return shown


def find(context: Context, kind: str, *names: str) -> Resource:
    resource_id = context.id(kind, *names)
    found = context.cloud.world.find(resource_id)
    if not found:
        raise not_found(kind, "/".join(resource_id.names), context.group.name)
    return found


def page(context: Context, items: Iterable[Any], show: Callable[[Any], dict]) -> Response:
    """A list in pages, with a nextLink to the rest."""
    items = list(items)
    size, start = context.cloud.settings.page_size, int(context.argument("$skiptoken") or 0)
    shown: dict[str, Any] = {"value": [show(one) for one in items[start:start + size]]}
    if len(items) > start + size:
        query = "&".join(f"{name}={urllib.parse.quote(value)}" for name, value in context.request.query if name != "$skiptoken")
        shown["nextLink"] = (f"https://{context.request.headers.get('host', '')}{context.request.path}?{query}"
                             f"&$skiptoken={start + size}")
    return json_response(200, shown)


def check_location(context: Context, kind: Kind, resource_id: ResourceId) -> None:
    """Brings the body's location into its short form, and refuses regions that are not, or not the resource's."""
    body = context.body
    location = catalog.normal_location(body["location"])
    if location not in catalog.LOCATIONS:
        raise ArmError(400, "LocationNotAvailableForResourceType", f"The provided location '{body['location']}' is not "
                       f"available for resource type '{kind.name}'. List of available regions for the resource type is "
                       f"'{','.join(catalog.LOCATIONS)}'.")
    old = context.cloud.world.find(resource_id)
    if old and old.location != location:
        raise ArmError(409, "InvalidResourceLocation", f"The resource '{resource_id.name}' already exists in location "
                       f"'{old.location}' in resource group '{resource_id.group}'. A resource with the same name cannot be "
                       f"created in location '{location}'. Please select a new resource name.")
    zones = body.get("zones") or []
    if zones and not kind.zones:
        raise ArmError(400, "ResourceTypeNotSupportAvailabilityZones", f"The resource type '{kind.name}' does not support "
                       "availability zones.")
    for zone in zones:
        if not catalog.LOCATIONS[location].zones:
            raise ArmError(400, "LocationNotSupportAvailabilityZones", f"The resource '{resource_id}' does not support "
                           f"availability zones at location '{location}'.")
        if zone not in catalog.LOCATIONS[location].zones:
            raise ArmError(400, "InvalidAvailabilityZone", f"The zone(s) '{zone}' for resource '{resource_id}' is not "
                           f"supported. The supported zones for location '{location}' are "
                           f"'{','.join(catalog.LOCATIONS[location].zones)}'")
    body["location"] = location


def check_free(context: Context, resource: Resource | None) -> None:
    """Refuses a write to what an operation is working on."""
    if resource and resource.operation and not resource.operation.ended:
        raise busy(str(resource.id), context.cloud.settings.busy_as_429)


def reference(context: Context, field: str, text: object, kind: str, location: str | None, user: ResourceId) -> Resource:
    """The resource that a body names. It must be there, whole, and in the region of its user."""
    wanted = parse_id(text)
    if not wanted or not same(wanted.kind, kind):
        raise ArmError(400, "LinkedInvalidPropertyId", f"Property id '{text}' at path '{field}' is invalid. Expect fully "
                       "qualified resource Id that start with '/subscriptions/{subscriptionId}' or "
                       "'/providers/{resourceProviderNamespace}/'.", target=field)
    found = context.cloud.world.find(wanted)
    owner = found and (context.cloud.world.find(wanted.parent()) if kind.count("/") > 1 else found)
    if not found or not owner or (location and owner.location != location):
        raise ArmError(400, "InvalidResourceReference", f"Resource {text} referenced by resource {user} was not found. "
                       "Please make sure that the referenced resource exists, and that both resources are in the same "
                       "region.", target=field)
    if found.state in ("Updating", "Deleting") or owner.state == "Deleting":
        raise ArmError(429, "RetryableError", "A retryable error occurred.", details=[
            ("ReferencedResourceNotProvisioned", f"Cannot proceed with operation because resource {found.id} used by "
             f"resource {user} is not in Succeeded state. Resource is in {found.state} state.")])
    if found.state == "Failed":
        raise ArmError(400, "ReferencedResourceNotProvisioned", f"Cannot proceed with operation because resource "
                       f"{found.id} used by resource {user} is not in Succeeded state. Resource is in Failed state.")
    return found


def _get(context: Context, kind: Kind) -> Response:
    return json_response(200, render(context.cloud.world, find(context, kind.name)))


def _list(context: Context, kind: Kind, group: str | None) -> Response:
    world = context.cloud.world
    found = world.all(kind.name, group=group, subscription=context.subscription.id)
    return page(context, found, lambda one: render(world, one))


def _patch_tags(context: Context, kind: Kind) -> Response:
    resource = find(context, kind.name)
    resource.body["tags"] = context.body.get("tags", {})
    return json_response(200, render(context.cloud.world, resource))
