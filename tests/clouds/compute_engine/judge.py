# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The first judge: Google's own machine-readable description of the API (discovery document compute.v1.json, as it
comes inside google-api-python-client). Every request and every answer is held against it. Nothing in here knows how
the simulation works."""

from __future__ import annotations

import base64
import binascii
import functools
import importlib.util
import json
import re
import threading
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..common.http import Request

_INTEGERS = {"int32": (-(1 << 31), 1 << 31), "uint32": (0, 1 << 32), "int64": (-(1 << 63), 1 << 63),
             "uint64": (0, 1 << 64)}


@dataclass(frozen=True)
class Violation:
    """`side`: who broke the description, the `client` or the `server` (the simulation itself)."""

    side: str
    method: str
    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.side}: {self.method} {self.path}: {self.what}"


def find_document(api: str = "compute.v1") -> Path | None:
    """Where the installed Python packages keep an API's description, None without them."""
    package = importlib.util.find_spec("googleapiclient")
    for folder in package.submodule_search_locations or [] if package else []:
        path = Path(folder, "discovery_cache", "documents", f"{api}.json")
        if path.is_file():
            return path
    return None


@functools.lru_cache(maxsize=2)
def _load(document: Path) -> dict:
    return json.loads(document.read_text())  # five megabytes: once for all engines of a test run


class Judge:
    """`enforce` False: requests that break the description are recorded, but left to the simulation to refuse."""

    def __init__(self, document: Path):
        self.enforce = True
        self.document = _load(document)
        self.violations: list[Violation] = []
        self._lock = threading.Lock()
        self._base = self.document["basePath"] or "/"
        self._schemas = self.document["schemas"]
        self._methods: list[tuple[re.Pattern, dict]] = []
        self._collect(self.document)

    def take(self) -> list[Violation]:
        """The violations so far, and forgets them: for tests that break the rules on purpose."""
        with self._lock:
            taken, self.violations = self.violations, []
            return taken

    def knows(self, request: Request) -> bool:
        return self._find(request) is not None

    def defect(self, request: Request, what: str) -> None:
        self._record("server", request, [what])

    def check_request(self, request: Request) -> list[str]:
        """What is wrong with a request; recorded as violations of the client."""
        found = self._find(request)
        if not found:
            complaints = ["the API has no such method"]
        else:
            method, ids = found
            complaints = self._parameters(method, ids, request.query) + self._request_body(method, request)
        self._record("client", request, complaints)
        return complaints

    def check_answer(self, request: Request, answer: Any) -> list[str]:
        """What is wrong with an answer of success; recorded as violations of the server."""
        found = self._find(request)
        reference = found[0].get("response") if found else None
        complaints = ["the API has no such method or no answer to it"] if not reference else \
            self._check(answer, reference, "answer", answering=True)
        self._record("server", request, complaints)
        return complaints

    def check_fields(self, schema: str, value: Any) -> list[str]:
        """What is wrong with a value of a named schema. Records nothing."""
        return self._check(value, {"$ref": schema}, schema)

    def _record(self, side: str, request: Request, complaints: list[str]) -> None:
        with self._lock:
            self.violations += [Violation(side, request.method, request.path, what) for what in complaints]

    def _collect(self, resource: dict) -> None:
        for method in resource.get("methods", {}).values():
            parts = re.split(r"{\+?(\w+)}", method["path"])
            pattern = "".join(re.escape(part) if index % 2 == 0 else f"(?P<{part}>[^/]+)"
                              for index, part in enumerate(parts))
            self._methods.append((re.compile(pattern), method))
        for inner in resource.get("resources", {}).values():
            self._collect(inner)

    def _find(self, request: Request) -> tuple[dict, dict[str, str]] | None:
        if not request.path.startswith(self._base):
            return None
        path = urllib.parse.unquote(request.path.removeprefix(self._base))
        matches = [(method, match.groupdict()) for pattern, method in self._methods
                   if method["httpMethod"] == request.method and (match := pattern.fullmatch(path))]
        # Of images/family/F and a template with more placeholders, the more literal one is meant.
        return min(matches, key=lambda found: len(found[1]), default=None)

    def _parameters(self, method: dict, ids: dict[str, str], query: list[tuple[str, str]]) -> list[str]:
        known = {**self.document["parameters"], **method.get("parameters", {})}
        complaints = []
        given = list(ids.items()) + query
        for name, value in given:
            place = "path" if (name, value) in ids.items() else "query"
            if name not in known or known[name]["location"] != place:
                complaints.append(f"unknown parameter {name}")
            else:
                complaints += _check_parameter(name, value, known[name])
        names = [name for name, _ in given]
        complaints += [f"parameter {name} is missing" for name, rule in known.items()
                       if rule.get("required") and name not in names]
        complaints += [f"parameter {name} is given {names.count(name)} times" for name in set(names)
                       if names.count(name) > 1 and name in known and not known[name].get("repeated")]
        return complaints

    def _request_body(self, method: dict, request: Request) -> list[str]:
        if "request" not in method:
            return ["a body where the API takes none"] if request.body.strip() not in (b"", b"{}") else []
        try:
            body = json.loads(request.body)
        except ValueError as error:
            return [f"the body is no JSON: {error}"]
        complaints = self._check(body, method["request"], "body")
        return complaints + self._missing(body, method["request"], method["id"], "body")

    def _check(self, value: Any, rule: dict, at: str, answering: bool = False) -> list[str]:
        if "$ref" in rule:
            rule = self._schemas[rule["$ref"]]
        kind = rule.get("type")
        if kind == "object":
            return self._check_object(value, rule, at, answering)
        if kind == "array":
            if not isinstance(value, list):
                return [f"{at} is {value!r}, not an array"]
            complaints = [c for index, item in enumerate(value)
                          for c in self._check(item, rule["items"], f"{at}[{index}]", answering)]
            if "pattern" in rule:  # of tags: meant for each item
                complaints += [f"{at}: {item!r} does not match {rule['pattern']}" for item in value
                               if isinstance(item, str) and not re.fullmatch(rule["pattern"], item)]
            return complaints
        return _check_scalar(value, rule, at)

    def _check_object(self, value: Any, rule: dict, at: str, answering: bool) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at} is {value!r}, not an object"]
        complaints = []
        properties, free = rule.get("properties", {}), rule.get("additionalProperties")
        for name, item in value.items():
            if name in properties:
                complaints += self._check(item, properties[name], f"{at}.{name}", answering)
            elif free is not None:
                complaints += self._check(item, free, f"{at}.{name}", answering)
            else:
                complaints.append(f"{at} has the unknown field {name}")
        default = properties.get("kind", {}).get("default")
        if default and "kind" in value and value["kind"] != default:
            complaints.append(f"{at}.kind is {value['kind']!r}, not {default!r}")
        return complaints

    def _missing(self, value: Any, rule: dict, method: str, at: str) -> list[str]:
        """Fields that the description marks as required for this method."""
        if "$ref" in rule:
            rule = self._schemas[rule["$ref"]]
        complaints = []
        if rule.get("type") == "array" and isinstance(value, list):
            return [c for index, item in enumerate(value) for c in self._missing(item, rule["items"], method, f"{at}[{index}]")]
        for name, inner in rule.get("properties", {}).items() if isinstance(value, dict) else []:
            if name in value:
                complaints += self._missing(value[name], inner, method, f"{at}.{name}")
            elif method in inner.get("annotations", {}).get("required", []) and not method.endswith(".patch"):
                complaints.append(f"{at} lacks the required field {name}")
        return complaints


def _check_scalar(value: Any, rule: dict, at: str) -> list[str]:
    kind, form = rule.get("type"), rule.get("format")
    if kind == "any":
        return []
    types = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
    if not isinstance(value, types[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return [f"{at} is {value!r}, not of type {kind}" + (f" ({form})" if form else "")]
    if form in _INTEGERS:
        low, high = _INTEGERS[form]
        if not re.fullmatch(r"-?[0-9]+", str(value)) or not low <= int(value) < high:
            return [f"{at} is {value!r}, not a number of format {form}"]
    if form == "byte":
        try:
            base64.b64decode(value, altchars=b"-_" if set(value) & set("-_") else None, validate=True)
        except binascii.Error:
            return [f"{at} is {value!r}, not base64"]
    if "enum" in rule and value not in rule["enum"]:
        return [f"{at} is {value!r}, not one of {', '.join(rule['enum'])}"]
    if "pattern" in rule and not re.fullmatch(rule["pattern"], value):
        return [f"{at} is {value!r}, which does not match {rule['pattern']}"]
    return []


def _check_parameter(name: str, text: str, rule: dict) -> list[str]:
    if rule["type"] == "boolean":
        return [] if text in ("true", "false") else [f"parameter {name} is {text!r}, not a boolean"]
    if rule["type"] == "integer":
        if not re.fullmatch(r"-?[0-9]+", text):
            return [f"parameter {name} is {text!r}, not a number"]
        low, high = int(rule.get("minimum", -(1 << 31))), int(rule.get("maximum", 1 << 32))
        return [] if low <= int(text) <= high else [f"parameter {name} is {text}, out of its range"]
    return _check_scalar(text, rule, f"parameter {name}")
