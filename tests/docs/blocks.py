# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The fenced blocks of the documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))] if page.name != "options.md"]


@dataclass(frozen=True)
class Block:
    page: str  # its file's name
    line: int
    kind: str  # the words after the fence: "sh none"
    text: str

    @property
    def id(self) -> str:
        return f"{self.page}:{self.line}"

    def lines(self) -> list[str]:
        """Without comments and empty lines; a line that ends in a backslash goes on."""
        return [line for line in self.text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]


@cache
def all_blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text()
        for match in re.finditer(r"^```([^\n]*)\n(.*?)^```$", text, re.M | re.S):
            found.append(Block(page.name, text.count("\n", 0, match.start()) + 1, match[1].strip() or "text", match[2]))
    return found


def blocks(*kinds: str) -> list[Block]:
    return [block for block in all_blocks() if block.kind in kinds]
