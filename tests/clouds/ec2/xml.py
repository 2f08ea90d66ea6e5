# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Answers as XML. A dict is elements by name, a list <item> (STS: <member>) elements, None an absent element."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape as _escape

from ..common.http import Response

EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def escape(text: str) -> str:
    return _escape(text)


def timestamp(seconds: float) -> str:
    """RFC 3339 with milliseconds, as EC2 writes it."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ec2_response(action: str, answer: dict) -> Response:
    number = str(uuid.uuid4())
    body = _element(f"{action}Response", {"requestId": number, **answer}, "item", 0, f' xmlns="{EC2_NAMESPACE}"')
    return Response(200, f'<?xml version="1.0" encoding="UTF-8"?>\n\n{body}'.encode(),
                    {"Content-Type": "text/xml;charset=UTF-8", "x-amzn-RequestId": number})


def sts_response(action: str, answer: dict) -> Response:
    wrapped = {f"{action}Result": answer, "ResponseMetadata": {"RequestId": str(uuid.uuid4())}}
    body = _element(f"{action}Response", wrapped, "member", 0, f' xmlns="{STS_NAMESPACE}"')
    return Response(200, body.encode(), {"Content-Type": "text/xml"})


def _element(name: str, value: Any, item: str, depth: int, attributes: str = "") -> str:
    indent = "    " * depth
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else [(item, one) for one in value]
        inner = "".join(_element(child, one, item, depth + 1) for child, one in pairs if one is not None)
        return f"{indent}<{name}{attributes}>\n{inner}{indent}</{name}>\n" if inner else f"{indent}<{name}{attributes}/>\n"
    text = ("true" if value else "false") if isinstance(value, bool) else escape(str(value))
    return f"{indent}<{name}{attributes}>{text}</{name}>\n"
