# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Block devices of a launch: the image's own, changed and added to by the request."""

from __future__ import annotations

from typing import Any

from .catalog import VOLUME_TYPES
from .errors import ApiError, combination, invalid
from .images import Image
from .query import BOOL, INT, STRING

BLOCK_DEVICES = [{"DeviceName": STRING, "VirtualName": STRING, "NoDevice": STRING, "Ebs": {
    "DeleteOnTermination": BOOL, "Iops": INT, "SnapshotId": STRING, "VolumeSize": INT, "VolumeType": STRING,
    "KmsKeyId": STRING, "Throughput": INT, "Encrypted": BOOL}}]


def devices_of(image: Image, mappings: list[dict]) -> dict[str, dict[str, Any]]:
    """Device name -> the fields of its volume. Raises what EC2 says to a bad mapping."""
    devices = {one.device: {"VolumeSize": one.size_gib, "VolumeType": one.type, "SnapshotId": image.snapshot(one),
                            "DeleteOnTermination": one.delete_on_termination, "Encrypted": one.encrypted}
               for one in image.volumes}
    seen = set()
    for one in mappings:
        name = one.get("DeviceName")
        if not name:
            raise ApiError("MissingParameter", "The request must contain the parameter deviceName")
        if name in seen:
            raise ApiError("InvalidBlockDeviceMapping", f"The device '{name}' is used in more than one block-device mapping")
        seen.add(name)
        if "NoDevice" in one:
            if name == image.root:
                raise ApiError("InvalidBlockDeviceMapping", "The root device may not be left out")
            devices.pop(name, None)
        elif "Ebs" in one:
            devices[name] = _merge(image, devices.get(name, {}), one["Ebs"])
        elif "VirtualName" not in one:
            raise ApiError("InvalidRequest", "The request received was invalid")
    return {name: _checked(name == image.root, fields) for name, fields in devices.items()}


def _merge(image: Image, before: dict[str, Any], ebs: dict) -> dict[str, Any]:
    if not before and "VolumeSize" not in ebs and "SnapshotId" not in ebs:
        raise ApiError("MissingParameter", "The request must contain the parameter size or snapshotId")
    sizes = {image.snapshot(one): one.size_gib for one in image.volumes}
    snapshot = ebs.get("SnapshotId") or before.get("SnapshotId")
    if snapshot and snapshot not in sizes:
        raise ApiError("InvalidSnapshot.NotFound", f"The snapshot '{snapshot}' does not exist.")
    smallest = sizes.get(snapshot, 0)
    size = ebs.get("VolumeSize", before.get("VolumeSize", smallest))
    if size < smallest:
        raise ApiError("InvalidBlockDeviceMapping", f"Volume of size {size}GB is smaller than snapshot '{snapshot}', expect "
                       f"size >= {smallest}GB")
    if "KmsKeyId" in ebs and not ebs.get("Encrypted"):
        raise ApiError("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")
    if before.get("Encrypted") and ebs.get("Encrypted") is False:
        raise ApiError("InvalidParameter", "The encrypted flag cannot be false for an encrypted snapshot")
    merged = {"VolumeType": "gp2", "DeleteOnTermination": True, **before, **ebs}
    return {**merged, "SnapshotId": snapshot, "VolumeSize": size}


def _checked(root: bool, fields: dict[str, Any]) -> dict[str, Any]:
    kind, size = fields["VolumeType"], fields["VolumeSize"]
    if kind not in VOLUME_TYPES:
        raise invalid(f"Value ({kind}) for parameter volumeType is invalid. Volume type must be one of "
                      f"{', '.join(VOLUME_TYPES)}.")
    (smallest, largest), iops, throughput = VOLUME_TYPES[kind]
    if size > largest:
        raise invalid(f"Volume of {size}GiB is too large for volume type {kind}; maximum is {largest}GiB.")
    if size < smallest:
        raise invalid(f"Volume of {size}GiB is too small for volume type {kind}; minimum is {smallest}GiB.")
    if root and kind in ("st1", "sc1"):
        raise invalid(f"The volume type {kind} is not supported for the root device.")
    _check_speed(kind, size, fields, "Iops", iops)
    _check_speed(kind, size, fields, "Throughput", throughput)
    if kind in ("io1", "io2") and "Iops" not in fields:
        raise combination(f"The parameter iops must be specified for {kind} volumes.")
    if kind == "gp3":
        fields = {"Iops": 3000, "Throughput": 125, **fields}
        if fields["Throughput"] > fields["Iops"] * 0.25:
            raise invalid(f"Throughput (MiBps) to iops ratio of {fields['Throughput'] / fields['Iops']:f} is too high; maximum "
                          "is 0.250000 MiBps per iops.")
    return fields


def _check_speed(kind: str, size: int, fields: dict, name: str, limits: tuple[int, int] | None) -> None:
    if name not in fields:
        return
    value, parameter = fields[name], name.lower()
    if limits is None:
        raise combination(f"The parameter {parameter} is not supported for {kind} volumes.")
    low, high = limits
    if value < low:
        raise invalid(f"Volume {parameter} of {value} is too low; minimum is {low}.")
    if value > high:
        raise invalid(f"Volume {parameter} of {value} is too high; maximum is {high}.")
    ratio = {"io1": 50, "io2": 500, "gp3": 500}.get(kind)
    if name == "Iops" and value > 3000 and value > ratio * size:
        raise invalid(f"Iops to volume size ratio of {value / size:f} is too high; maximum is {ratio}.000000 iops per GiB")
