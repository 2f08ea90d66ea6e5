# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Tags: what a key and a value may be, and which specifications fit an action."""

from __future__ import annotations

from .errors import ApiError, invalid
from .world import Resource

_LIMIT = 50
# Every type of resource that some action can tag while it creates; others are no types at all.
_TYPES = {"instance", "volume", "network-interface", "spot-instances-request", "key-pair", "security-group", "vpc", "subnet",
          "image", "snapshot", "elastic-ip", "launch-template", "fleet", "security-group-rule", "dedicated-host"}


def check_tags(tags: list[dict]) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in tags:
        key, value = tag.get("Key"), tag.get("Value", "")
        if not key:
            raise invalid(f"Value ( '{key or ''}' ) for parameter Tag key is invalid. Tag key cannot be null or empty.")
        if key.lower().startswith("aws:"):
            raise invalid("Tag keys starting with 'aws:' are reserved for internal use")
        if len(key) > 128:
            raise invalid("Tag key exceeds the maximum length of 128 characters")
        if len(value) > 256:
            raise invalid("Tag value exceeds the maximum length of 256 characters")
        if key in found:
            raise invalid(f"Duplicate tag key '{key}' specified.")
        found[key] = value
    if len(found) > _LIMIT:
        raise too_many()
    return found


def too_many() -> ApiError:
    return ApiError("TagLimitExceeded", f"The maximum number of Tags for a resource has been reached: {_LIMIT}")


def add_tags(resource: Resource, tags: dict[str, str]) -> None:
    if len({**resource.tags, **tags}) > _LIMIT:
        raise too_many()
    resource.tags.update(tags)


def tags_for(params: dict, types: set[str], code: str = "InvalidParameterValue") -> dict[str, dict[str, str]]:
    """Resource type -> its tags, from TagSpecification. `types`: those that the action creates; `code`: what it says to
    others."""
    found: dict[str, dict[str, str]] = {}
    for one in params.get("TagSpecification", []):
        kind = one.get("ResourceType")
        if not kind:
            raise invalid("Tag specification resource type must have a value")
        if kind not in _TYPES:
            raise invalid(f"'{kind}' is not a valid taggable resource type.")
        if kind not in types:
            raise ApiError(code, f"'{kind}' is not a valid taggable resource type for this operation.")
        if kind in found:
            raise invalid("The same resource type may not be specified more than once in tag specifications")
        if not one.get("Tag"):
            raise invalid("Tag specification must have at least one tag")
        found[kind] = check_tags(one["Tag"])
    return found
