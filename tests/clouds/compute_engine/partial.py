# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The `fields` parameter: `items(name,status),nextPageToken`, `a/b/c`, `*`; only what is named is answered."""

from __future__ import annotations

import re
from typing import Any

from .errors import ApiError


def select(answer: Any, fields: str) -> Any:
    return _pick(answer, _parse(fields))


def _parse(fields: str) -> dict:
    words = re.findall(r"[\w*.-]+|[(),/]", fields)
    if "".join(words) != fields.replace(" ", ""):
        raise _bad(fields)
    tree, rest = _group(words, fields)
    if rest:
        raise _bad(fields)
    return tree


def _group(words: list[str], fields: str) -> tuple[dict, list[str]]:
    tree: dict = {}
    while True:
        node, path = tree, []
        while True:
            if not words or words[0] in "(),/":
                raise _bad(fields)
            path.append(words[0])
            words = words[1:]
            if not words or words[0] != "/":
                break
            words = words[1:]
        for name in path:
            node = node.setdefault(name, {})
        if words and words[0] == "(":
            inner, words = _group(words[1:], fields)
            if not words or words[0] != ")":
                raise _bad(fields)
            node.update(inner)
            words = words[1:]
        if not words or words[0] != ",":
            return tree, words
        words = words[1:]


def _pick(value: Any, tree: dict) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _pick(item, tree.get(key, tree.get("*"))) for key, item in value.items()
            if key in tree or "*" in tree}


def _bad(fields: str) -> ApiError:
    return ApiError(400, f"Invalid field selection {fields}", "invalidParameter", location=("parameter", "fields"))
