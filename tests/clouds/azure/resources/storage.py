# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Storage accounts with their blob containers: only what machines with unmanaged disks need."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from typing import Any

from ...common.http import Response, json_response
from ..errors import ArmError, invalid
from ..names import check_container
from ..routing import Context, route
from ..shapes import STORAGE_ACCOUNT
from ..world import Resource, World
from .crud import Kind, add_kind, find

KIND = "Microsoft.Storage/storageAccounts"
_CONTAINER_KIND = KIND + "/blobServices/containers"
_ONE = "resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}"
_CONTAINERS = _ONE + "/blobServices/default/containers"
SUFFIX = ".blob.core.windows.net"
_URI = re.compile(r"https?://([a-z0-9]+)" + re.escape(SUFFIX) + r"/([^/]+)/([^/]+\.vhd)")


def prepare(context: Context, body: dict, old: Resource | None) -> dict:
    if "kind" not in body and not context.cloud.settings.legacy:
        raise ArmError(400, "InvalidRequestContent", "Required property 'kind' is missing.", target="kind")
    body.setdefault("kind", "Storage")
    body["sku"].setdefault("tier", body["sku"]["name"].partition("_")[0])
    for other in context.cloud.world.all(KIND):
        if other.name == context.ids["name"] and other is not old:
            raise ArmError(409, "StorageAccountAlreadyTaken", f"The storage account named {other.name} is already taken.")
    return body


def settle(context: Context, resource: Resource) -> None:
    resource.hidden.setdefault("keys", [base64.b64encode(secrets.token_bytes(64)).decode() for _ in range(2)])
    resource.hidden.setdefault("containers", {})
    context.cloud.credentials.secrets.extend(resource.hidden["keys"])


def show(world: World, resource: Resource) -> dict[str, Any]:
    return {"primaryEndpoints": {"blob": f"https://{resource.name}{SUFFIX}/"}, "primaryLocation": resource.location,
            "statusOfPrimary": "available", "creationTime": resource.made}


add_kind(Kind(KIND, STORAGE_ACCOUNT, prepare, show, settle, style="location", delete_style="sync"))


@route("POST", _ONE + "/listKeys", KIND, query={"$expand"})
def list_keys(context: Context) -> Response:
    keys = find(context, KIND).hidden.get("keys", [])
    return json_response(200, {"keys": [{"keyName": f"key{number}", "value": key, "permissions": "FULL"}
                                        for number, key in enumerate(keys, 1)]})


@route("GET", _CONTAINERS, _CONTAINER_KIND, query={"$maxpagesize", "$filter", "$skiptoken", "$include"})
def list_containers(context: Context) -> Response:
    account = find(context, KIND)
    return json_response(200, {"value": [_show_container(account, name) for name in containers_of(account)]})


@route("GET", _CONTAINERS + "/{container}", _CONTAINER_KIND)
def get_container(context: Context) -> Response:
    account, name = find(context, KIND), context.ids["container"]
    if name not in containers_of(account):
        raise ArmError(404, "ContainerNotFound", "The specified container does not exist.")
    return json_response(200, _show_container(account, name))


@route("DELETE", _CONTAINERS + "/{container}", _CONTAINER_KIND)
def delete_container(context: Context) -> Response:
    account, name = find(context, KIND), context.ids["container"]
    if name not in containers_of(account):
        return Response(204)
    drop_container(context.cloud.world, account, name)
    return Response(200)


def containers_of(account: Resource) -> dict[str, list[str]]:
    """Container -> its blobs."""
    return account.hidden.setdefault("containers", {})


def drop_container(world: World, account: Resource, name: str) -> None:
    """A blob that is some machine's disk is leased, and keeps its container."""
    uri = f"https://{account.name}{SUFFIX}/{name}/".lower()
    for machine in world.all("Microsoft.Compute/virtualMachines"):
        if machine.properties["storageProfile"]["osDisk"].get("vhd", {}).get("uri", "").lower().startswith(uri):
            raise ArmError(412, "LeaseIdMissing", "There is currently a lease on the container and no lease ID was specified "
                           "in the request.")
    del containers_of(account)[name]


def _show_container(account: Resource, name: str) -> dict[str, Any]:
    return {"id": f"{account.id}/blobServices/default/containers/{name}", "name": name, "type": _CONTAINER_KIND,
            "properties": {"publicAccess": "None", "leaseState": "available", "leaseStatus": "unlocked"}}


def plan_vhd(context: Context, uri: str, disk: str, location: str) -> Callable[[], None]:
    """Checks where an unmanaged disk is to be, and gives what makes it there."""
    match = _URI.fullmatch(uri)
    if not match:
        raise invalid("osDisk.vhd.uri", f"Blob name in URL {uri} is invalid.")
    if not disk:
        raise invalid("osDisk.name", "Required parameter 'osDisk.name' is missing (null).")
    name, container, blob = match.groups()
    check_container(container)
    account = next((one for one in context.cloud.world.all(KIND) if one.name == name), None)
    if not account or account.location != location:
        raise ArmError(404, "StorageAccountNotFound", f"Storage account with name {name} could not be found in {location}.")
    blobs = containers_of(account).get(container, [])
    if blob in blobs:
        raise ArmError(409, "ConflictingUserInput", f"A disk with name {disk} already exists at {uri}.")

    def make() -> None:
        containers_of(account).setdefault(container, []).append(blob)
    return make
