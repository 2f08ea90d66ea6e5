# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The judge of services that speak AWS's protocol JSON 1.1: requests and answers held against the service's model. Source
of the protocol: Smithy, "AWS JSON 1.1 protocol"."""

from __future__ import annotations

import json
import re
from typing import Any

from ..common.http import Request, Response

_TYPES = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "float": (int, float),
          "structure": dict, "list": list, "map": dict}


def request_complaints(model: dict, request: Request) -> list[str]:
    prefix, _, action = request.headers.get("x-amz-target", "").rpartition(".")
    if prefix != model["metadata"]["targetPrefix"] or action not in model["operations"]:
        return [f"the API has no target {request.headers.get('x-amz-target')!r}"]
    kind = f"application/x-amz-json-{model['metadata']['jsonVersion']}"
    complaints = [] if request.headers.get("content-type") == kind else \
        [f"the content type is {request.headers.get('content-type')!r}, not {kind!r}"]
    complaints += [] if (request.method, request.path or "/") == ("POST", "/") else ["the request is no POST to /"]
    return complaints + _document(model, request.body, model["operations"][action]["input"]["shape"], "the request")


def answer_complaints(model: dict, action: str, response: Response) -> list[str]:
    if response.status < 300:
        operation = model["operations"].get(action)
        return _document(model, response.body, operation["output"]["shape"], "the answer") if operation else \
            ["an answer to an action that the API has not"]
    try:
        body = json.loads(response.body)
    except ValueError as error:
        return [f"the error is no JSON: {error}"]
    good = isinstance(body, dict) and set(body) <= {"__type", "Message", "message"} and isinstance(body.get("__type"), str)
    return [] if good else [f"an error of the form {body!r}"]


def _document(model: dict, body: bytes, shape: str, at: str) -> list[str]:
    try:
        value = json.loads(body)
    except ValueError as error:
        return [f"{at} is no JSON: {error}"]
    return _value(model["shapes"], value, shape, at)


def _value(shapes: dict, value: Any, name: str, at: str) -> list[str]:
    shape = shapes[name]
    kind = shape["type"]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return [f"{at} is {value!r}, not of type {kind}"]
    if kind == "structure":
        complaints = [f"{at} has no {one}" for one in shape.get("required", []) if one not in value]
        for key, inner in value.items():
            complaints += _value(shapes, inner, shape["members"][key]["shape"], f"{at}.{key}") \
                if key in shape["members"] else [f"{at} has the unknown member {key}"]
        return complaints
    if kind == "list":
        return [one for inner in value for one in _value(shapes, inner, shape["member"]["shape"], f"{at}[]")]
    if kind == "map":
        return [one for key, inner in value.items() for one in _value(shapes, inner, shape["value"]["shape"], f"{at}.{key}")]
    if kind == "string":
        return string_complaints(value, shape, at)
    if kind != "boolean" and not shape.get("min", value) <= value <= shape.get("max", value):
        return [f"{at} is {value}, not in {shape.get('min')} to {shape.get('max')}"]
    return []


def string_complaints(text: str, shape: dict, at: str) -> list[str]:
    if "enum" in shape and text not in shape["enum"]:
        return [f"{at} is {text!r}, not one of {', '.join(shape['enum'][:12])}"]
    if not shape.get("min", 0) <= len(text) <= shape.get("max", len(text)):
        return [f"{at} has {len(text)} characters, not {shape.get('min', 0)} to {shape.get('max', 'any')}"]
    if "pattern" in shape:
        try:
            fits = re.fullmatch(shape["pattern"], text)
        except re.error:
            return []  # written for another language's expressions
        return [] if fits else [f"{at} is {text!r}, which does not match {shape['pattern']}"]
    return []
