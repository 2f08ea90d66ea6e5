# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Volumes."""

from __future__ import annotations

from ..errors import ApiError
from ..filters import page, select, tag_set
from ..ids import look_up, look_up_one, visible
from ..query import DESCRIBE, STRING
from ..routing import Context, action
from ..world import Volume
from ..xml import timestamp


@action("DescribeVolumes", {"VolumeId": [STRING], **DESCRIBE})
def describe_volumes(context: Context) -> dict:
    volumes = look_up(context, "volume", context.params.get("VolumeId")) or visible(context, context.region.volumes.values())
    found = select(context, volumes, {
        "volume-id": lambda one: one.id, "attachment.instance-id": lambda one: one.instance, "status": _status,
        "availability-zone": lambda one: one.zone, "size": lambda one: str(one.size), "volume-type": lambda one: one.type,
        "snapshot-id": lambda one: one.snapshot, "encrypted": lambda one: "true" if one.encrypted else "false",
        "attachment.device": lambda one: one.device if one.instance else None,
        "attachment.status": lambda one: "attached" if one.instance else None,
        "attachment.delete-on-termination": lambda one: "true" if one.delete_on_termination else "false"})
    found, token = page(context, found, "VolumeId")
    return {"volumeSet": [_body(one) for one in found], "nextToken": token}


@action("DeleteVolume", {"VolumeId": STRING}, required=("VolumeId",))
def delete_volume(context: Context) -> dict:
    volume = look_up_one(context, "volume", context.params["VolumeId"])
    if volume.instance:
        raise ApiError("VolumeInUse", f"Volume {volume.id} is currently attached to {volume.instance}")
    context.commit()
    del context.region.volumes[volume.id]
    return {"return": True}


def _status(one: Volume) -> str:
    return "in-use" if one.instance else "available"


def _body(one: Volume) -> dict:
    return {
        "volumeId": one.id, "size": one.size, "snapshotId": one.snapshot or "", "availabilityZone": one.zone,
        "status": _status(one), "createTime": timestamp(one.created), "volumeType": one.type, "iops": one.iops,
        "throughput": one.throughput, "encrypted": one.encrypted, "kmsKeyId": one.kms_key, "multiAttachEnabled": False,
        "tagSet": tag_set(one), "attachmentSet": [
            {"volumeId": one.id, "instanceId": one.instance, "device": one.device, "status": "attached",
             "attachTime": timestamp(one.created), "deleteOnTermination": one.delete_on_termination}] if one.instance else []}
