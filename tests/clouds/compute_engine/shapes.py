# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Which fields a request body may have, and of which type: the part of the API that is simulated.

Written by hand, so that the server is strict without Google's description of the API, and checked against that
description by a test. A shape is a scalar, a one-element list (array), a dict (object), or MAP (string to string)."""

from __future__ import annotations

import re
from typing import Any

from .errors import ApiError

STRING, BOOL, INT32, INT64, BYTES, MAP = "TYPE_STRING", "TYPE_BOOL", "TYPE_INT32", "TYPE_INT64", "TYPE_BYTES", "map"


class MapOf:
    """An object whose keys are free and whose values have one shape."""

    def __init__(self, shape: Any):
        self.shape = shape


METADATA = {"kind": STRING, "fingerprint": BYTES, "items": [{"key": STRING, "value": STRING}]}
TAGS = {"items": [STRING], "fingerprint": BYTES}
SET_LABELS = {"labels": MAP, "labelFingerprint": BYTES}

DISK_PARAMS = {"diskName": STRING, "diskSizeGb": INT64, "diskType": STRING, "sourceImage": STRING, "labels": MAP,
               "description": STRING, "provisionedIops": INT64, "provisionedThroughput": INT64}
ATTACHED_DISK = {"kind": STRING, "type": STRING, "mode": STRING, "source": STRING, "deviceName": STRING, "boot": BOOL,
                 "autoDelete": BOOL, "interface": STRING, "diskSizeGb": INT64, "initializeParams": DISK_PARAMS}
ACCESS_CONFIG = {"kind": STRING, "type": STRING, "name": STRING, "natIP": STRING, "networkTier": STRING}
NETWORK_INTERFACE = {"kind": STRING, "name": STRING, "network": STRING, "subnetwork": STRING, "networkIP": STRING,
                     "nicType": STRING, "stackType": STRING, "accessConfigs": [ACCESS_CONFIG]}
SCHEDULING = {"onHostMaintenance": STRING, "automaticRestart": BOOL, "preemptible": BOOL, "provisioningModel": STRING,
              "instanceTerminationAction": STRING}
INSTANCE_PROPERTIES = {
    "description": STRING, "machineType": STRING, "minCpuPlatform": STRING, "canIpForward": BOOL,
    "disks": [ATTACHED_DISK], "networkInterfaces": [NETWORK_INTERFACE], "scheduling": SCHEDULING,
    "serviceAccounts": [{"email": STRING, "scopes": [STRING]}], "tags": TAGS, "labels": MAP, "metadata": METADATA,
    "guestAccelerators": [{"acceleratorType": STRING, "acceleratorCount": INT32}],
    "shieldedInstanceConfig": {"enableSecureBoot": BOOL, "enableVtpm": BOOL, "enableIntegrityMonitoring": BOOL},
}
INSTANCE = {"kind": STRING, "name": STRING, "deletionProtection": BOOL, "hostname": STRING, **INSTANCE_PROPERTIES}
BULK_INSERT = {
    "count": INT64, "minCount": INT64, "namePattern": STRING, "instanceProperties": INSTANCE_PROPERTIES,
    "perInstanceProperties": MapOf({"name": STRING, "hostname": STRING}),
    "locationPolicy": {"targetShape": STRING, "locations": MapOf({"preference": STRING})},
}
# A rule may come back just as it was read, so the output-only fields are in it.
FIREWALL = {"kind": STRING, "id": INT64, "creationTimestamp": STRING, "selfLink": STRING, "name": STRING,
            "description": STRING, "network": STRING, "priority": INT32, "direction": STRING, "disabled": BOOL,
            "sourceRanges": [STRING], "destinationRanges": [STRING], "sourceTags": [STRING], "targetTags": [STRING],
            "allowed": [{"IPProtocol": STRING, "ports": [STRING]}],
            "denied": [{"IPProtocol": STRING, "ports": [STRING]}], "logConfig": {"enable": BOOL}}
DISK = {"kind": STRING, "name": STRING, "description": STRING, "sizeGb": INT64, "type": STRING, "sourceImage": STRING,
        "labels": MAP, "provisionedIops": INT64, "provisionedThroughput": INT64}
ADDRESS = {"kind": STRING, "name": STRING, "description": STRING, "address": STRING, "addressType": STRING,
           "networkTier": STRING}


def check_shape(value: Any, shape: Any, at: str = "resource") -> None:
    """ApiError 400 in the words of Google's JSON reader for the first unknown name or value of a wrong type."""
    if isinstance(shape, dict):
        _expect(isinstance(value, dict), value, at, "an object")
        for name, item in value.items():
            if name not in shape:
                raise _bad_json(f'Unknown name "{name}" at \'{at}\': Cannot find field.', at)
            check_shape(item, shape[name], f"{at}.{_snake(name)}")
    elif isinstance(shape, list):
        _expect(isinstance(value, list), value, at, "a list")
        for index, item in enumerate(value):
            check_shape(item, shape[0], f"{at}[{index}]")
    elif shape == MAP or isinstance(shape, MapOf):
        _expect(isinstance(value, dict), value, at, "a map")
        for index, item in enumerate(value.values()):
            check_shape(item, STRING if shape == MAP else shape.shape, f"{at}[{index}].value")
    else:
        _expect(_is_scalar(value, shape), value, at, shape)


def _is_scalar(value: Any, shape: str) -> bool:
    if shape == BOOL:
        return isinstance(value, bool)
    if shape in (INT32, INT64):  # JSON numbers and strings are both read
        if isinstance(value, bool) or not isinstance(value, (int, str)) or not re.fullmatch(r"-?[0-9]+", str(value)):
            return False
        limit = 1 << (31 if shape == INT32 else 63)
        return -limit <= int(value) < limit * (2 if shape == INT64 else 1)  # ids are unsigned
    if shape == BYTES:
        return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9+/_-]*={0,2}", value) is not None
    return isinstance(value, str)


def _expect(good: bool, value: Any, at: str, wanted: str) -> None:
    if not good:
        shown = f'"{value}"' if isinstance(value, str) else str(value)
        raise _bad_json(f"Invalid value at '{at}' ({wanted}), {shown}", at, prefix="")


def _bad_json(text: str, at: str, prefix: str = "Invalid JSON payload received. ") -> ApiError:
    message = prefix + text
    violation = {"field": at, "description": message}
    return ApiError(400, message, "invalid", rpc_status="INVALID_ARGUMENT", details=[
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}])


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match.group(1).lower(), name)
