# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Which Debian mirror this machine already uses, read from its own apt sources."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

DEFAULT_MIRROR = "http://deb.debian.org/debian"

# Third parties name their suites after Debian's too ("stable main"), so only a release's codename counts,
# which is what Debian's own installer and images write.
CODENAMES = frozenset({"bullseye", "bookworm", "trixie", "forky", "duke", "sid"})


def mirror(etc_apt: Path = Path("/etc/apt")) -> str:
    """URL of a Debian mirror: $DMACHINE_LAB_MIRROR, else the machine's own, else Debian's."""
    if url := os.environ.get("DMACHINE_LAB_MIRROR"):
        return url
    for uri, suite, components in entries(etc_apt):
        if suite in CODENAMES and "main" in components:
            if url := resolve(uri):
                return url.rstrip("/")
    return DEFAULT_MIRROR


def resolve(uri: str) -> str | None:
    """The URL behind a `mirror+file:` list (Debian's cloud images have one); None for what debootstrap cannot read."""
    if uri.startswith("mirror+file:"):
        try:
            lines = Path(uri.removeprefix("mirror+file:")).read_text().splitlines()
        except OSError:
            return None
        uri = next((words[0] for line in lines if (words := line.split()) and not words[0].startswith("#")), "")
    return uri if uri.startswith(("http://", "https://", "file:")) else None


def entries(etc_apt: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(URI, suite, components) of each enabled binary source, in apt's order of files (sources.list(5))."""
    files = [etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*"))]
    for file in files:
        try:
            text = file.read_text(errors="replace")
        except OSError:
            continue
        if file.suffix == ".list":
            yield from one_line_entries(text)
        elif file.suffix == ".sources":
            yield from deb822_entries(text)


def one_line_entries(text: str) -> Iterator[tuple[str, str, list[str]]]:
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            yield match[1], match[2], match[3].split()


def deb822_entries(text: str) -> Iterator[tuple[str, str, list[str]]]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields = {}
        for match in re.finditer(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.MULTILINE):
            fields[match[1].lower()] = match[2].split()
        if "deb" not in fields.get("types", []) or fields.get("enabled", ["yes"])[0].lower() == "no":
            continue
        for uri in fields.get("uris", []):
            for suite in fields.get("suites", []):
                yield uri, suite, fields.get("components", [])
