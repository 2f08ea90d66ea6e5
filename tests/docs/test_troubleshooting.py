# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Each message of docs/troubleshooting.md is one that the program prints."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.docs.blocks import ROOT

HEADINGS = re.findall(r"^### `(.*)`( \(gitlab-runner\))?$", (ROOT / "docs/troubleshooting.md").read_text(), re.M)
FOLDERS = ("core", "cloud", "ssh", "certs", "engine", "drivers", "provision", "machine", "cli")


@cache
def literals() -> str:
    """All string literals of the program; those that stand side by side are one."""
    found = []
    for folder in FOLDERS:
        for file in (ROOT / folder).rglob("*.cpp"):
            text = re.sub(r'"\s*\n\s*"', "", file.read_text())
            found += re.findall(r'"((?:[^"\\\n]|\\.)*)"', text)
    return "\n".join(found).replace('\\"', '"')


@pytest.mark.parametrize("message", [message for message, other in HEADINGS if not other])
def test_the_program_has_it(message):
    # "A: B" may be put together from two places; "…" stands for anything.
    parts = [part.strip() for piece in message.split("…") for part in piece.split(": ") if len(part.strip(" .:")) > 2]
    assert parts and all(part in literals() for part in parts), parts


def test_there_are_messages_of_both():
    assert len(HEADINGS) > 25 and any(other for _, other in HEADINGS)
