# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Tags on what is there already."""

from __future__ import annotations

from ..errors import ApiError
from ..filters import page, select
from ..query import DESCRIBE, STRING, TAGS
from ..routing import Context, action
from ..tagging import add_tags, check_tags
from ..world import Resource

_NOT_FOUND = {"i": "InvalidInstanceID", "vol": "InvalidVolume", "eni": "InvalidNetworkInterfaceID", "sg": "InvalidGroup",
              "sir": "InvalidSpotInstanceRequestID", "key": "InvalidKeyPair", "vpc": "InvalidVpcID",
              "subnet": "InvalidSubnetID"}


@action("CreateTags", {"ResourceId": [STRING], "Tag": TAGS}, required=("ResourceId", "Tag"))
def create_tags(context: Context) -> dict:
    tags = check_tags(context.params["Tag"])
    if len(context.params["ResourceId"]) > 1000:
        raise ApiError("InvalidParameterValue", "The maximum number of resources is 1000")
    resources = [_find(context, one) for one in context.params["ResourceId"]]
    context.commit()
    for resource in resources:
        add_tags(resource, tags)
    return {"return": True}


@action("DescribeTags", DESCRIBE)
def describe_tags(context: Context) -> dict:
    everything = [(one, key, value) for table in context.region.tables() for one in table.values() if context.sees(one)
                  for key, value in one.tags.items()]
    found = select(context, everything, {
        "key": lambda row: row[1], "value": lambda row: row[2], "resource-id": lambda row: row[0].id,
        "resource-type": lambda row: row[0].KIND}, tags=False)
    found, token = page(context, found)
    return {"tagSet": [{"resourceId": one.id, "resourceType": one.KIND, "key": key, "value": value}
                       for one, key, value in found], "nextToken": token}


def _find(context: Context, number: str) -> Resource:
    for table in context.region.tables():
        if number in table and context.sees(table[number]):
            return table[number]
    prefix = number.partition("-")[0]
    if prefix not in _NOT_FOUND:
        raise ApiError("InvalidID", f"The ID '{number}' is not valid")
    raise ApiError(_NOT_FOUND[prefix] + ".NotFound", f"The {_noun(prefix)} ID '{number}' does not exist")


def _noun(prefix: str) -> str:
    return {"i": "instance", "vol": "volume", "eni": "networkInterface", "sg": "security group", "key": "key pair",
            "sir": "spot instance request"}.get(prefix, prefix)
