# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Resource ids: /subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME[/TYPE/NAME], compared in any case."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID = re.compile(r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/([^/]+)((?:/[^/]+/[^/]+)+)", re.IGNORECASE)


@dataclass(frozen=True)
class ResourceId:
    subscription: str
    group: str
    kind: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[-1]

    def __str__(self) -> str:
        namespace, *types = self.kind.split("/")
        tail = "".join(f"/{kind}/{name}" for kind, name in zip(types, self.names))
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{namespace}{tail}"

    def child(self, kind: str, name: str) -> ResourceId:
        return ResourceId(self.subscription, self.group, f"{self.kind}/{kind}", (*self.names, name))

    def parent(self) -> ResourceId:
        return ResourceId(self.subscription, self.group, self.kind.rpartition("/")[0], self.names[:-1])


def parse_id(text: object) -> ResourceId | None:
    match = _ID.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    parts = match[4].strip("/").split("/")
    return ResourceId(match[1], match[2], "/".join((match[3], *parts[::2])), tuple(parts[1::2]))


def kind_of(path: str) -> str:
    """The type of the resource at a path, "" if it is none."""
    found = parse_id(path)
    if found:
        return found.kind
    return "Microsoft.Resources/resourceGroups" if re.fullmatch(r"/subscriptions/[^/]+/resourceGroups/[^/]+", path, re.I) else ""


def same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
