# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The first judge: AWS's own machine-readable models of the three services (service-2.json, as they come in botocore). Every
request and every answer is held against it. Nothing in here knows how the simulation works."""

from __future__ import annotations

import base64
import binascii
import functools
import gzip
import importlib.util
import json
import re
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..common.http import Request, Response
from . import judge_json

_MODELS = {"ec2": "ec2/2016-11-15", "sts": "sts/2011-06-15", "servicequotas": "service-quotas/2019-06-24"}
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


@dataclass(frozen=True)
class Violation:
    """`side`: who broke the model, the `client` or the `server` (the simulation itself)."""

    side: str
    service: str
    action: str
    what: str

    def __str__(self) -> str:
        return f"{self.side}: {self.service} {self.action}: {self.what}"


def find_models() -> Path | None:
    """Botocore's folder of models, None where it is not installed."""
    package = importlib.util.find_spec("botocore")
    for folder in package.submodule_search_locations or [] if package else []:
        if all(_file(Path(folder, "data"), service) for service in _MODELS):
            return Path(folder, "data")
    return None


def _file(folder: Path, service: str) -> Path | None:
    names = [folder / _MODELS[service] / name for name in ("service-2.json.gz", "service-2.json")]
    return next((path for path in names if path.is_file()), None)


@functools.lru_cache(maxsize=4)
def _load(folder: Path, service: str) -> dict:
    path = _file(folder, service)
    if path is None:
        raise FileNotFoundError(folder / _MODELS[service])
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


class Judge:
    """`enforce` False: requests that break the model are recorded, but left to the simulation to refuse."""

    def __init__(self, folder: Path):
        self.enforce = True
        self.models = {service: _load(folder, service) for service in _MODELS}
        self.violations: list[Violation] = []
        self._lock = threading.Lock()

    def knows(self, service: str, action: str) -> bool:
        return action in self.models[service]["operations"]

    def take(self) -> list[Violation]:
        """What was found so far; from now on it counts no more."""
        with self._lock:
            found, self.violations = self.violations, []
            return found

    def defect(self, request: Request, what: str) -> None:
        self._record("server", request.service, request.action, [what])

    def check_request(self, service: str, request: Request) -> list[str]:
        """What is wrong with a request."""
        if self._speaks_json(service):
            complaints = judge_json.request_complaints(self.models[service], request)
            self._record("client", service, request.action, complaints)
            return complaints
        text = request.body.decode("utf-8", "replace")
        pairs = request.query + urllib.parse.parse_qsl(text, keep_blank_values=True)
        given = dict(pairs)
        action = given.get("Action", "")
        model = self.models[service]
        if not self.knows(service, action):
            complaints = [f"the API has no action {action!r}"]
        else:
            complaints = [] if given.get("Version") == model["metadata"]["apiVersion"] else \
                [f"the version is {given.get('Version')!r}, not {model['metadata']['apiVersion']!r}"]
            names = [name for name, _ in pairs]
            complaints += [f"parameter {name} is given {names.count(name)} times" for name in dict.fromkeys(names)
                           if names.count(name) > 1]
            shape = model["operations"][action].get("input", {}).get("shape")
            tree = _tree((name, value) for name, value in pairs if name not in ("Action", "Version"))
            complaints += self._input(service, tree, shape, "") if shape else [f"unknown parameter {one}" for one in tree]
        self._record("client", service, action, complaints)
        return complaints

    def check_answer(self, service: str, request: Request, response: Response) -> list[str]:
        """What is wrong with an answer of the simulation."""
        action = request.action
        if self._speaks_json(service):
            complaints = judge_json.answer_complaints(self.models[service], action, response)
            self._record("server", service, action, complaints)
            return complaints
        try:
            root = ElementTree.fromstring(response.body)
        except ElementTree.ParseError as error:
            complaints = [f"the answer is no XML: {error}"]
        else:
            complaints = _error(service, root) if response.status >= 300 else self._answer(service, action, root)
        self._record("server", service, action, complaints)
        return complaints

    def _speaks_json(self, service: str) -> bool:
        return self.models[service]["metadata"]["protocol"] == "json"

    def _record(self, side: str, service: str, action: str, complaints: list[str]) -> None:
        with self._lock:
            self.violations += [Violation(side, service, action, what) for what in complaints]

    # Requests: parameters flattened to dotted names.

    def _input(self, service: str, value: Any, shape_name: str, at: str) -> list[str]:
        shape = self.models[service]["shapes"][shape_name]
        if shape["type"] == "structure":
            return self._input_structure(service, value, shape, at)
        if shape["type"] == "list":
            return self._input_list(service, value, shape, at)
        return [f"{at} has members, but is of type {shape['type']}"] if isinstance(value, dict) else \
            _scalar(value, shape, at)

    def _input_structure(self, service: str, value: Any, shape: dict, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at} is {value!r}, not a structure"]
        prefix = at + "." if at else ""
        members = {_parameter(service, name, member): member["shape"] for name, member in shape["members"].items()}
        complaints = []
        for name, inner in value.items():
            complaints += self._input(service, inner, members[name], prefix + name) if name in members else \
                [f"unknown parameter {prefix}{name}"]
        required = [_parameter(service, name, shape["members"][name]) for name in shape.get("required", [])]
        return complaints + [f"parameter {prefix}{name} is missing" for name in required if name not in value]

    def _input_list(self, service: str, value: Any, shape: dict, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at} is {value!r}, not a list"]
        if service == "sts":  # the query protocol wraps its items; that of EC2 never does
            if list(value) != ["member"]:
                return [f"{at} is no list: {', '.join(value)}"]
            value = value["member"]
        numbers = sorted(int(name) for name in value if re.fullmatch("[1-9][0-9]*", name))
        if numbers != list(range(1, len(value) + 1)):
            return [f"the items of {at} are not numbered from 1: {', '.join(value)}"]
        size = [f"{at} has {len(value)} items, not {shape.get('min', 0)} to {shape.get('max', 'any')}"] \
            if not shape.get("min", 0) <= len(value) <= shape.get("max", len(value)) else []
        return size + [one for name, inner in value.items()
                       for one in self._input(service, inner, shape["member"]["shape"], f"{at}.{name}")]

    # Answers: XML.

    def _answer(self, service: str, action: str, root: ElementTree.Element) -> list[str]:
        operation = self.models[service]["operations"].get(action)
        if not operation:
            return ["an answer to an action that the API has not"]
        wanted = f"{{{self.models[service]['metadata']['xmlNamespace'].rstrip('/')}/}}{action}Response"
        if root.tag != wanted:
            return [f"the answer is {root.tag}, not {wanted}"]
        shape = operation.get("output", {})
        children = list(root)
        if service == "sts":
            names = [_local(child) for child in children]
            if names != [shape["resultWrapper"], "ResponseMetadata"]:
                return [f"the answer consists of {', '.join(names)}"]
            children = list(children[0])
        else:
            if [_local(child) for child in children].count("requestId") != 1:
                return ["the answer has no requestId"]
            children = [child for child in children if _local(child) != "requestId"]
        if "shape" not in shape:
            # The API reference has a `return` of true for these, which the model leaves out.
            return [] if [(_local(one), one.text) for one in children] == [("return", "true")] else \
                ["the answer is not a return of true"]
        return self._structure(service, children, self.models[service]["shapes"][shape["shape"]], "answer")

    def _output(self, service: str, element: ElementTree.Element, shape_name: str, at: str) -> list[str]:
        shape = self.models[service]["shapes"][shape_name]
        if shape["type"] == "structure":
            return self._structure(service, list(element), shape, at)
        if shape["type"] == "list":
            wanted = shape["member"].get("locationName", "member")
            return [one for index, child in enumerate(element)
                    for one in ([f"{at} has the element {_local(child)}, not {wanted}"] if _local(child) != wanted else
                                self._output(service, child, shape["member"]["shape"], f"{at}[{index}]"))]
        if len(element):
            return [f"{at} has elements, but is of type {shape['type']}"]
        return _scalar(element.text or "", shape, at)

    def _structure(self, service: str, children: list[ElementTree.Element], shape: dict, at: str) -> list[str]:
        members = {member.get("locationName", name): member["shape"] for name, member in shape["members"].items()}
        complaints, seen = [], set()
        for child in children:
            name = _local(child)
            if name not in members:
                complaints.append(f"{at} has the unknown element {name}")
                continue
            if name in seen:
                complaints.append(f"{at} has the element {name} twice")
            seen.add(name)
            complaints += self._output(service, child, members[name], f"{at}.{name}")
        return complaints


def _parameter(service: str, name: str, member: dict) -> str:
    """How a member is called in a request. Source: botocore's serializers of the protocols query and ec2."""
    if service == "sts":
        return member.get("locationName", name)
    if "queryName" in member:
        return member["queryName"]
    place = member.get("locationName", name)
    return place[:1].upper() + place[1:]


def _tree(pairs) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.split(".")
        place = tree
        for part in path:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else place.__setitem__(part, {}) or place[part]
        place.setdefault(last, value)
    return tree


def _scalar(text: Any, shape: dict, at: str) -> list[str]:
    kind = shape["type"]
    if not isinstance(text, str):
        return [f"{at} is no scalar"]
    if kind in ("integer", "long", "float", "double"):
        form = r"-?[0-9]+" if kind in ("integer", "long") else r"-?[0-9]+(\.[0-9]+)?"
        if not re.fullmatch(form, text):
            return [f"{at} is {text!r}, not of type {kind}"]
        low, high = shape.get("min"), shape.get("max")
        if (low is not None and float(text) < low) or (high is not None and float(text) > high):
            return [f"{at} is {text}, not in {low} to {high}"]
    if kind == "boolean" and text not in ("true", "false"):
        return [f"{at} is {text!r}, not a boolean"]
    if kind == "timestamp" and not re.fullmatch(_TIME, text):
        return [f"{at} is {text!r}, not a time"]
    if kind == "blob":
        try:
            base64.b64decode(text, validate=True)
        except binascii.Error:
            return [f"{at} is not base64"]
    if kind == "string":
        return judge_json.string_complaints(text, shape, at)
    return []


def _error(service: str, root: ElementTree.Element) -> list[str]:
    names = [root.tag] + [child.tag for child in root.iter() if child is not root]
    if service == "ec2":
        good = names == ["Response", "Errors", "Error", "Code", "Message", "RequestID"]
    else:
        good = [_local(one) for one in root.iter()] == ["ErrorResponse", "Error", "Type", "Code", "Message", "RequestId"]
    return [] if good else [f"an error of the form {' '.join(names)}"]


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
