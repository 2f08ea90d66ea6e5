# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Ids: their form, and what EC2 says of those that lead nowhere."""

from __future__ import annotations

import re
from typing import Any

from .errors import ApiError, invalid, malformed
from .routing import Context

# Kind -> prefix, table in the region, code of the errors, and the sentence for the missing one.
_KINDS = {
    "instance": ("i", "instances", "InvalidInstanceID", "The instance ID '{}' does not exist"),
    "volume": ("vol", "volumes", "InvalidVolume", "The volume '{}' does not exist."),
    "network-interface": ("eni", "interfaces", "InvalidNetworkInterfaceID", "The networkInterface ID '{}' does not exist"),
    "security-group": ("sg", "groups", "InvalidGroup", "The security group '{}' does not exist"),
    "vpc": ("vpc", "vpcs", "InvalidVpcID", "The vpc ID '{}' does not exist"),
    "subnet": ("subnet", "subnets", "InvalidSubnetID", "The subnet ID '{}' does not exist"),
    "spot-instances-request": ("sir", "spot_requests", "InvalidSpotInstanceRequestID",
                               "The spot instance request ID '{}' does not exist"),
}
_MALFORMED = {"security-group": "InvalidGroupId", "volume": "InvalidVolumeID"}


def look_up(context: Context, kind: str, ids: list[str] | None) -> list[Any]:
    """Those of these ids; the first bad one raises."""
    prefix, table, code, sentence = _KINDS[kind]
    for one in ids or []:
        if not re.fullmatch(rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})" if prefix != "sir" else r"sir-[0-9a-z]{8}", one):
            raise malformed(_MALFORMED.get(kind, code) + ".Malformed", one, prefix)
    known = getattr(context.region, table)
    lost = [one for one in ids or [] if one not in known or not context.sees(known[one])]
    if len(lost) == 1 or (lost and kind != "instance"):
        raise ApiError(code + ".NotFound", sentence.format(lost[0]))
    if lost:
        raise ApiError(code + ".NotFound", f"The instance IDs '{', '.join(lost)}' do not exist")
    if ids and len(set(ids)) != len(ids):
        ids = list(dict.fromkeys(ids))
    return [known[one] for one in ids or []]


def look_up_one(context: Context, kind: str, one: str) -> Any:
    return look_up(context, kind, [one])[0]


def visible(context: Context, resources: Any) -> list[Any]:
    """Of all there are, those that this call finds."""
    return [one for one in resources if context.sees(one)]


def check_token(token: str | None) -> None:
    """A ClientToken: up to 64 ASCII characters."""
    if token is not None and (len(token) > 64 or not token.isascii()):
        raise invalid(f"Invalid value '{token}' for clientToken. Must be up to 64 ASCII characters.")
