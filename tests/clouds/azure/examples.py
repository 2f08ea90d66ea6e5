# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The third judge: the public examples of the API. Which fields their request bodies have, and where, is in
tests/data/azure/example_fields.json; a body should have no others."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parents[2] / "data" / "azure" / "example_fields.json"


@functools.cache
def load() -> dict[str, Any]:
    return json.loads(_DATA.read_text())


def fields_of(kind: str) -> set[str]:
    """All field paths known for a type, such as properties.securityRules[].name."""
    data = load()
    known = {field for example in data["examples"] if example["kind"] == kind for field in example["fields"]}
    return known | set(data["beyond"].get(kind, []))


def paths_of(body: Any, at: str = "") -> Iterator[str]:
    """The paths of a body's leaves. Free-form objects (tags, userAssignedIdentities) are leaves."""
    if isinstance(body, dict) and not at.endswith(("tags", "userAssignedIdentities")):
        for name, value in body.items():
            yield from paths_of(value, f"{at}.{name}" if at else name)
    elif isinstance(body, list):
        for value in body:
            yield from paths_of(value, at + "[]")
    else:
        yield at


def strangers(kind: str, body: Any) -> list[str]:
    """The paths of a body that no example has."""
    known = fields_of(kind)
    return sorted({path for path in paths_of(body) if path not in known})
