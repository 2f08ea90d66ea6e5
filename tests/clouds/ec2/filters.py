# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Filters and pages of the Describe actions."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Any

from .errors import ApiError, combination, invalid
from .routing import Context
from .world import Resource

Values = Callable[[Any], "Iterable[str | None] | str | None"]


def tag_filters(resource: Resource, name: str) -> list[str] | None:
    """The values that a tag filter looks at; None if it is none."""
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return [resource.tags[key]] if key in resource.tags else []
    return {"tag-key": list(resource.tags), "tag-value": list(resource.tags.values())}.get(name)


def select(context: Context, resources: Iterable[Any], table: dict[str, Values], *, tags: bool = True) -> list[Any]:
    """Those that match every filter of the call. `table`: what each filter's name looks at."""
    filters = context.params.get("Filter", [])
    for one in filters:
        _check(one, table, tags)
    return [resource for resource in resources if all(_matches(resource, one, table, tags) for one in filters)]


def _check(one: dict, table: dict, tags: bool) -> None:
    name = one.get("Name")
    if name is None:
        raise ApiError("InvalidParameterValue", "The filter 'null' is invalid")
    tagged = name in ("tag-key", "tag-value") or (name.startswith("tag:") and len(name) > 4)
    if name not in table and not (tags and tagged):
        raise invalid(f"The filter '{name}' is invalid")
    if len(one.get("Value", [])) > 200:
        raise ApiError("FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200")
    if not one.get("Value"):
        raise ApiError("InvalidParameterValue", f"The filter '{name}' has no value")  # our sentence


def _matches(resource: Any, one: dict, table: dict[str, Values], tags: bool) -> bool:
    name = one["Name"]
    values = table[name](resource) if name in table else tag_filters(resource, name)
    values = [values] if isinstance(values, str) else [value for value in values or [] if value is not None]
    return any(_pattern(wanted).fullmatch(value) for wanted in one["Value"] for value in values)


def _pattern(text: str) -> re.Pattern:
    """* and ? as wildcards, \\ before one that is none."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    return re.compile("".join({"*": ".*", "?": "."}.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


def page(context: Context, found: list[Any], ids: str | None = None, *, smallest: int = 5, largest: int = 1000,
         ) -> tuple[list[Any], str | None]:
    """The page that the call asks for, and the token of the next. `ids`: the parameter that lists ids, which allows no
    pages."""
    limit, token = context.params.get("MaxResults"), context.params.get("NextToken")
    if limit is not None and ids and context.params.get(ids):
        raise combination(f"The parameter {ids} cannot be used with the parameter MaxResults")
    if limit is not None and not smallest <= limit <= largest:
        raise invalid(f"Value ( {limit} ) for parameter maxResults is invalid. Expecting a value "
                      + ("greater than or equal to %d." % smallest if limit < smallest else "less than %d." % (largest + 1)))
    start = 0
    if token:
        try:
            start = int(base64.b64decode(token, validate=True).decode().removeprefix("from "))
        except ValueError:
            raise ApiError("InvalidNextToken", "The specified token is invalid") from None  # our sentence
    end = len(found) if limit is None else start + limit
    return found[start:end], base64.b64encode(f"from {end}".encode()).decode() if end < len(found) else None


def tag_set(resource: Resource) -> list[dict] | None:
    return [{"key": key, "value": value} for key, value in resource.tags.items()] or None
