# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Images: the marketplace's by publisher, offer, sku and version; own ones and those of galleries by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...common.http import Response, json_response
from .. import catalog
from ..errors import ArmError
from ..ids import parse_id
from ..routing import Context, route
from .crud import find

_IMAGES = "Microsoft.Compute/images"
_GALLERY = "Microsoft.Compute/galleries/images/versions"
_MARKET = "Microsoft.Compute/locations/publishers"
_AT = "providers/Microsoft.Compute/locations/{location}/publishers"
_OFFERS = _AT + "/{publisher}/artifacttypes/vmimage/offers"
_VERSIONS = _OFFERS + "/{offer}/skus/{sku}/versions"


@dataclass(frozen=True)
class Found:
    """What a machine needs to know of its image."""

    id: str
    system: str
    generation: str
    architecture: str
    disk_gib: int
    trusted_launch: bool
    version: str = ""
    plan: tuple[str, str, str] | None = None


def resolve(context: Context, reference: dict, location: str) -> Found:
    """The image of an imageReference; ArmError if there is none, or if it is named in several ways."""
    urn = [reference.get(part) for part in ("publisher", "offer", "sku", "version")]
    others = [name for name in ("id", "sharedGalleryImageId", "communityGalleryImageId") if reference.get(name)]
    if len(others) + any(urn) != 1 or (any(urn) and not all(urn)):
        raise ArmError(400, "InvalidParameter", "The image reference must name publisher, offer, sku and version, or one "
                       "id.", target="imageReference")
    if all(urn):
        found = catalog.find_image(*urn)
        if not found:
            raise ArmError(404, "PlatformImageNotFound", f"The platform image '{':'.join(urn)}' is not available. Verify that "
                           "all fields in the storage profile are correct. For more details about storage profile "
                           "information, please refer to https://aka.ms/storageprofile.", target="imageReference")
        one, version = found
        return Found(_id(context, location, one, version), one.system, one.generation, one.architecture, one.disk_gib,
                     one.trusted_launch, version, one.plan)
    return _by_id(context, others[0], reference[others[0]], location)


def _by_id(context: Context, field: str, text: str, location: str) -> Found:
    known = context.cloud.images.get(text.lower())
    if field == "id" and not parse_id(text):
        raise ArmError(400, "InvalidParameter", f"Id {text} is not a valid resource reference.", target="imageReference.id")
    if not known or known[0] != field or (field == "id" and known[1] != location):
        raise ArmError(404, "GalleryImageNotFound" if "galleries" in text.lower() else "NotFound",
                       f"The image '{text}' cannot be found in '{location}' region.", target="imageReference")
    return known[2]


def _id(context: Context, location: str, image: catalog.Image, version: str | None = None) -> str:
    tail = f"/Versions/{version}" if version else ""
    return (f"/Subscriptions/{context.subscription.id}/Providers/Microsoft.Compute/Locations/{location}/Publishers/"
            f"{image.publisher}/ArtifactTypes/VMImage/Offers/{image.offer}/Skus/{image.sku}{tail}")


def _location(context: Context) -> str:
    location = catalog.normal_location(context.ids["location"])
    if location not in catalog.LOCATIONS:
        raise ArmError(400, "NoRegisteredProviderFound", f"No registered resource provider found for location '{location}'.")
    return location


def _names(context: Context, names: list[str], inside: str) -> Response:
    if not names:
        raise ArmError(404, "NotFound", "Artifact: VMImage was not found.")
    location, base = _location(context), f"/Subscriptions/{context.subscription.id}{inside}"
    return json_response(200, [{"location": location, "name": name, "id": f"{base}/{name}"}
                               for name in dict.fromkeys(names)])


@route("GET", _AT, _MARKET)
def list_publishers(context: Context) -> Response:
    return _names(context, [one.publisher for one in catalog.images()],
                  f"/Providers/Microsoft.Compute/Locations/{_location(context)}/Publishers")


@route("GET", _OFFERS, _MARKET)
def list_offers(context: Context) -> Response:
    publisher = context.ids["publisher"]
    return _names(context, [one.offer for one in catalog.images(publisher)],
                  f"/Providers/Microsoft.Compute/Locations/{_location(context)}/Publishers/{publisher}/ArtifactTypes/VMImage/"
                  "Offers")


@route("GET", _OFFERS + "/{offer}/skus", _MARKET, query={"$top", "$orderby", "$expand"})
def list_skus(context: Context) -> Response:
    ids = context.ids
    return _names(context, [one.sku for one in catalog.images(ids["publisher"], ids["offer"])],
                  f"/Providers/Microsoft.Compute/Locations/{_location(context)}/Publishers/{ids['publisher']}/ArtifactTypes/"
                  f"VMImage/Offers/{ids['offer']}/Skus")


@route("GET", _VERSIONS, _MARKET, query={"$top", "$orderby", "$expand"})
def list_versions(context: Context) -> Response:
    """An unknown sku of a known offer has no versions; an unknown offer is not found."""
    ids, location = context.ids, _location(context)
    if not catalog.images(ids["publisher"], ids["offer"]):
        raise ArmError(404, "NotFound", "Artifact: VMImage was not found.")
    found = [(version, one) for one in catalog.images(ids["publisher"], ids["offer"], ids["sku"]) for version in one.versions]
    if (context.argument("$orderby") or "").lower() == "name desc":
        found.reverse()
    if top := context.argument("$top"):
        found = found[:int(top)]
    full = context.argument("$expand") == "properties"
    return json_response(200, [
        {"location": location, "name": version, "id": _id(context, location, one, version),
         **({"properties": _properties(one)} if full else {})} for version, one in found])


@route("GET", _VERSIONS + "/{version}", _MARKET)
def get_version(context: Context) -> Response:
    ids, location = context.ids, _location(context)
    found = catalog.find_image(ids["publisher"], ids["offer"], ids["sku"], ids["version"])
    if not found:
        raise ArmError(404, "NotFound", "Artifact: VMImage was not found.")
    one, version = found
    return json_response(200, {"location": location, "name": version, "id": _id(context, location, one, version),
                               "properties": _properties(one)})


def _properties(image: catalog.Image) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "hyperVGeneration": image.generation, "architecture": image.architecture, "dataDiskImages": [],
        "osDiskImage": {"operatingSystem": "Windows" if image.system == "windows" else "Linux"},
        "automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": False},
        "features": [{"name": "SecurityType", "value": "TrustedLaunchSupported"}] if image.trusted_launch else []}
    if image.plan:
        publisher, product, name = image.plan
        properties["plan"] = {"publisher": publisher, "product": product, "name": name}
    return properties


def _show_own(context: Context, resource_id: str, kind: str) -> Response:
    known = context.cloud.images.get(resource_id.lower())
    if not known:
        find(context, kind, *[context.ids[name] for name in ("name", "image", "version") if name in context.ids])
    _, location, found = known
    properties: dict[str, Any] = {"provisioningState": "Succeeded"}
    if kind == _IMAGES:
        properties |= {"hyperVGeneration": found.generation, "storageProfile": {
            "osDisk": {"osType": "Linux", "osState": "Generalized", "diskSizeGB": found.disk_gib}}}
    return json_response(200, {"id": resource_id, "name": resource_id.rpartition("/")[2], "type": kind,
                               "location": location, "properties": properties})


@route("GET", "resourceGroups/{group}/providers/Microsoft.Compute/images/{name}", _IMAGES, query={"$expand"})
def get_image(context: Context) -> Response:
    return _show_own(context, str(context.id(_IMAGES)), _IMAGES)


@route("GET", "resourceGroups/{group}/providers/Microsoft.Compute/galleries/{name}/images/{image}/versions/{version}", _GALLERY,
       query={"$expand"})
def get_gallery_version(context: Context) -> Response:
    ids = context.ids
    return _show_own(context, str(context.id(_GALLERY, ids["name"], ids["image"], ids["version"])), _GALLERY)
