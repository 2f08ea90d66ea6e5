# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Images: what may be launched."""

from __future__ import annotations

import re

from ..errors import ApiError, malformed
from ..filters import page, select
from ..images import AMAZON, STRANGER, Image
from ..query import BOOL, DESCRIBE, STRING
from ..routing import Context, action
from ..sigv4 import ACCOUNT


@action("DescribeImages", {"ImageId": [STRING], "Owner": [STRING], "ExecutableBy": [STRING], "IncludeDeprecated": BOOL,
                           "IncludeDisabled": BOOL, **DESCRIBE})
def describe_images(context: Context) -> dict:
    params = context.params
    ids, owners = params.get("ImageId"), params.get("Owner")
    images = [find_image(context, one) for one in dict.fromkeys(ids)] if ids else \
        [one for one in context.region.images.values() if params.get("IncludeDeprecated") or not one.deprecated]
    if owners:
        names = [ACCOUNT if name == "self" else name for name in owners]
        images = [one for one in images if one.owner in names or one.alias in names]
    found = select(context, images, {
        "architecture": lambda one: one.architecture, "name": lambda one: one.name, "image-id": lambda one: one.id,
        "owner-id": lambda one: one.owner, "owner-alias": lambda one: one.alias, "state": lambda one: one.state,
        "root-device-type": lambda one: "ebs", "root-device-name": lambda one: one.root,
        "virtualization-type": lambda one: "hvm", "image-type": lambda one: "machine", "hypervisor": lambda one: "xen",
        "is-public": lambda one: "true" if one.public else "false", "creation-date": lambda one: one.created,
        "block-device-mapping.volume-type": lambda one: one.volume_type, "ena-support": lambda one: "true",
        "block-device-mapping.device-name": lambda one: one.root, "description": lambda one: one.name,
        "block-device-mapping.volume-size": lambda one: str(one.size_gib)}, tags=False)
    found, token = page(context, found, "ImageId")
    return {"imagesSet": [_body(one) for one in found], "nextToken": token}


def find_image(context: Context, number: str) -> Image:
    if not re.fullmatch(r"ami-([0-9a-f]{8}|[0-9a-f]{17})", number):
        raise malformed("InvalidAMIID.Malformed", number, "ami")
    if number not in context.region.images:
        raise ApiError("InvalidAMIID.NotFound", f"The image id '[{number}]' does not exist")
    return context.region.images[number]


def _body(one: Image) -> dict:
    owner = "amazon" if one.owner in (AMAZON, ) else "aws-marketplace" if one.owner == STRANGER else one.owner
    return {
        "imageId": one.id, "imageLocation": f"{owner}/{one.name}", "imageState": one.state, "imageOwnerId": one.owner,
        "creationDate": one.created, "isPublic": one.public, "architecture": one.architecture, "imageType": "machine",
        "name": one.name, "description": one.name, "rootDeviceType": "ebs", "rootDeviceName": one.root,
        "imageOwnerAlias": one.alias, "platformDetails": "Linux/UNIX", "usageOperation": "RunInstances",
        "blockDeviceMapping": [
            *({"deviceName": volume.device, "ebs": {
                "snapshotId": one.snapshot(volume), "volumeSize": volume.size_gib, "volumeType": volume.type,
                "deleteOnTermination": volume.delete_on_termination, "encrypted": volume.encrypted,
                **({"iops": 3000, "throughput": 125} if volume.type == "gp3" else {})}} for volume in one.volumes),
            {"deviceName": "/dev/sdb", "virtualName": "ephemeral0"}],
        "virtualizationType": "hvm", "hypervisor": "xen", "enaSupport": True, "sriovNetSupport": "simple",
        "bootMode": "uefi-preferred", "imdsSupport": one.imds,
        "deprecationTime": "2025-01-01T00:00:00.000Z" if one.deprecated else None,
    }
