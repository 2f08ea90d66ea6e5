# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What all list methods share: filter expressions, pages, order."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ApiError, invalid
from ..links import link
from ..routing import BASE, Context

_WORD = re.compile(r'\s*(?:(\()|(\))|([A-Za-z_][\w.*/-]*)|(!=|>=|<=|=|:|<|>)|"((?:[^"\\]|\\.)*)"|(\S+?)(?=[\s()]|$))')


def list_answer(context: Context, kind: str, items: list[dict]) -> dict:
    """A page of a list, filtered and ordered as the query says."""
    path = context.request.path.removeprefix(BASE)
    page, next_token = _page(context, _ordered(context, _filtered(context, items)))
    answer = {"kind": kind, "id": path, "selfLink": link(path), "items": page}
    if not page:
        del answer["items"]  # an empty list is left out, not empty
    if next_token:
        answer["nextPageToken"] = next_token
    return answer


def aggregated_answer(context: Context, kind: str, field: str, scopes: list[str], items: list[tuple[str, dict]]) -> dict:
    """All scopes with their items; a scope without any carries the warning that says so."""
    path = context.request.path.removeprefix(BASE)
    kept = _filtered(context, [item for _, item in items])
    scope_of = {id(item): scope for scope, item in items}
    page, next_token = _page(context, _ordered(context, kept))
    found: dict[str, dict] = {
        scope: {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": f"There are no results for scope '{scope}' on this page.",
                            "data": [{"key": "scope", "value": scope}]}} for scope in scopes}
    silent = {f"zones/{zone}" for zone in context.cloud.settings.unreachable}
    for scope in silent & set(found):
        found[scope] = {"warning": {"code": "UNREACHABLE", "message": f"Scope '{scope}' did not answer.",
                                    "data": [{"key": "scope", "value": scope}]}}
    for item in page:
        if scope_of[id(item)] in silent:
            continue
        scope = found[scope_of[id(item)]]
        scope.pop("warning", None)
        scope.setdefault(field, []).append(item)
    answer: dict[str, Any] = {"kind": kind, "id": path, "selfLink": link(path), "items": found}
    if next_token:
        answer["nextPageToken"] = next_token
    return answer


def _page(context: Context, items: list[dict]) -> tuple[list[dict], str | None]:
    size = context.request.argument("maxResults") or "500"
    if not size.isdigit() or int(size) > 500:
        raise invalid("maxResults", size, "Must be between 0 and 500, inclusive.")
    start = 0
    if token := context.request.argument("pageToken"):
        match = re.fullmatch(r"page-(\d+)", token)
        if not match:
            raise invalid("pageToken", token, "Invalid page token.")
        start = int(match[1])
    end = start + int(size)
    return items[start:end], f"page-{end}" if end < len(items) else None


def _ordered(context: Context, items: list[dict]) -> list[dict]:
    order = context.request.argument("orderBy") or "name"
    if order == "name":
        return sorted(items, key=lambda item: item["name"])
    if order == "creationTimestamp desc":
        return sorted(items, key=lambda item: item["creationTimestamp"], reverse=True)
    raise invalid("orderBy", order, "Only name and creationTimestamp desc are supported.")


def _filtered(context: Context, items: list[dict]) -> list[dict]:
    text = context.request.argument("filter")
    if not text:
        return items
    parser = _Filter(text)
    return [item for item in items if parser.matches(item)]


class _Filter:
    """`name = x`, `name != x`, `labels.k:v`, `status = "A" OR …`, parentheses; side by side means AND. The older
    operators `eq` and `ne` compare with a regular expression that has to fit the whole value."""

    def __init__(self, text: str):
        self._text, self._words = text, []
        position = 0
        while position < len(text.rstrip()):
            match = _WORD.match(text, position)
            if not match:
                raise self._bad()
            position = match.end()
            self._words.append(next((kind, group) for kind, group in zip("()wovt", match.groups()) if group is not None))
        self._tree = self._or()
        if self._words:
            raise self._bad()

    def matches(self, item: dict) -> bool:
        return self._evaluate(self._tree, item)

    def _or(self):
        parts = [self._and()]
        while self._words and self._words[0] == ("w", "OR"):
            self._words.pop(0)
            parts.append(self._and())
        return ("or", parts)

    def _and(self):
        parts = [self._term()]
        while self._words and self._words[0][0] != ")" and self._words[0] != ("w", "OR"):
            if self._words[0] == ("w", "AND"):
                self._words.pop(0)
            parts.append(self._term())
        return ("and", parts)

    def _term(self):
        if not self._words:
            raise self._bad()
        kind, word = self._words.pop(0)
        if kind == "(":
            inner = self._or()
            if not self._words or self._words.pop(0)[0] != ")":
                raise self._bad()
            return inner
        if kind != "w" or len(self._words) < 2:
            raise self._bad()
        operator, value = self._words.pop(0)[1], self._words.pop(0)
        if operator not in ("=", "!=", ":", "eq", "ne") or value[0] not in "wvt":
            raise self._bad()
        return ("compare", word, operator, value[1])

    def _evaluate(self, tree, item: dict) -> bool:
        if tree[0] == "or":
            return any(self._evaluate(part, item) for part in tree[1])
        if tree[0] == "and":
            return all(self._evaluate(part, item) for part in tree[1])
        _, field, operator, value = tree
        found: Any = item
        for part in field.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        text = {True: "true", False: "false", None: ""}.get(found, found) if not isinstance(found, (dict, list)) else ""
        text = str(text)
        if operator in ("eq", "ne"):
            try:
                return (re.fullmatch(value, text) is not None) == (operator == "eq")
            except re.error:
                raise self._bad() from None
        if operator == ":":
            return found is not None and (value == "*" or value.strip("*") in text)
        return (text == value) == (operator == "=")

    def _bad(self) -> ApiError:
        return invalid("filter", self._text, "Invalid list filter expression.")
