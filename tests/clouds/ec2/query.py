# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""From the pairs of a form to nested values: the EC2 query protocol, by our own table of shapes."""

from __future__ import annotations

import re
from typing import Any

from .errors import ApiError, invalid, missing

STRING, INT, BOOL, TIME = "string", "integer", "boolean", "time"
TAGS = [{"Key": STRING, "Value": STRING}]
TAG_SPECIFICATIONS = [{"ResourceType": STRING, "Tag": TAGS}]
FILTERS = [{"Name": STRING, "Value": [STRING]}]
PAGES = {"MaxResults": INT, "NextToken": STRING}
DESCRIBE = {"Filter": FILTERS, **PAGES}

_INT = re.compile(r"-?[0-9]{1,18}")


def parse(pairs: list[tuple[str, str]], shape: dict[str, Any]) -> dict[str, Any]:
    """`shape`: parameter -> STRING, INT, BOOL, TIME, [shape of the items] or {member: shape}."""
    seen: set[str] = set()
    tree: dict[str, Any] = {}
    for name, text in pairs:
        if name in seen:
            raise ApiError("InvalidParameter", f"The parameter {name} is given more than once")
        seen.add(name)
        _insert(tree, shape, name.split("."), name, text)
    return _lists(tree, shape)


def _insert(tree: dict, shape: Any, parts: list[str], name: str, text: str) -> None:
    for index, part in enumerate(parts):
        if isinstance(shape, list):
            if not re.fullmatch("[1-9][0-9]{0,4}", part):
                raise ApiError("UnknownParameter", f"The parameter {name} is not recognized")
            key, shape = int(part), shape[0]
        elif isinstance(shape, dict) and part in shape:
            key, shape = part, shape[part]
        else:
            raise ApiError("UnknownParameter", f"The parameter {name} is not recognized")
        if index < len(parts) - 1:
            tree = tree.setdefault(key, {})
        else:
            if isinstance(shape, (list, dict)):
                raise ApiError("UnknownParameter", f"The parameter {name} is not recognized")
            tree[key] = _scalar(name, text, shape)


def _lists(value: Any, shape: Any) -> Any:
    if isinstance(shape, list):
        if sorted(value) != list(range(1, len(value) + 1)):
            raise invalid(f"The members of a list are not numbered from 1: {', '.join(map(str, sorted(value)))}")
        return [_lists(value[number], shape[0]) for number in sorted(value)]
    if isinstance(shape, dict):
        return {name: _lists(inner, shape[name]) for name, inner in value.items()}
    return value


def _scalar(name: str, text: str, shape: str) -> Any:
    if shape == INT:
        if not _INT.fullmatch(text):
            raise invalid(f"Invalid value '{text}' for {name}. Must be an integer.")
        return int(text)
    if shape == BOOL:
        if text not in ("true", "false"):
            raise invalid(f"Invalid value '{text}' for {name}. Must be a boolean.")
        return text == "true"
    if shape == TIME and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
        raise invalid(f"Invalid value '{text}' for {name}. Must be a time.")
    return text


def require(params: dict[str, Any], *names: str) -> None:
    """MissingParameter for the first of these that is absent or empty."""
    for name in names:
        if params.get(name) in (None, "", [], {}):
            raise missing(name)
