# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every fenced block says how it is tested (README.md in this folder); command lines are run, or at least understood."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.docs.blocks import PAGES, Block, all_blocks, blocks
from tests.docs.shell import NAMES, run_page
from tests.e2e.program import Program

KINDS = {"sh none", "sh host", "sh real", "toml google", "toml amazonec2", "toml azure", "toml part", "yaml google-role",
         "json aws-policy", "json azure-role", "ini", "text"}  # fmt: skip


@pytest.mark.parametrize("block", all_blocks(), ids=lambda block: block.id)
def test_a_block_says_how_it_is_tested(block):
    assert block.kind in KINDS


@pytest.mark.parametrize("block", blocks("text"), ids=lambda block: block.id)
def test_output_holds_no_command_line(block):
    """Those are tested: mark the block `sh none`, `sh host` or `sh real`."""
    assert calls(block) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_command_lines_are_fenced(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    assert not re.search(r"^ {4}(sudo )?(dmachine|docker-machine) ", text, re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", text):
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
            assert anchor[1:] in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings], anchor


@pytest.mark.parametrize("page", sorted({block.page for block in blocks("sh none")}))
def test_lines_for_the_driver_none_work(page, tmp_path):
    nowhere = "http://127.0.0.1:1"
    run_page(page, "sh none", tmp_path, https_proxy=nowhere, http_proxy=nowhere)


def calls(block: Block) -> list[list[str]]:
    """The words of each call of the program in the block, also in $(…)."""
    found = []
    for line in block.lines():
        for part in re.split(r"\$\(|[;|&)]+(?=\s|$)|&&", line):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:  # an apostrophe in prose
                continue
            while words and (re.fullmatch(r"\w+=.*", words[0]) or words[0] in ("sudo", "eval", "if", "then", "do", "!")):
                words.pop(0)
            if words and words[0].rpartition("/")[2] in NAMES:
                found.append(words[1:])
    return found


REAL_CALLS = [(block, words) for block in blocks("sh real", "sh host") for words in calls(block)]


@pytest.mark.parametrize(("block", "words"), REAL_CALLS, ids=[f"{block.id}-{words[0]}" for block, words in REAL_CALLS])
def test_lines_for_real_clouds_are_understood(block, words, tmp_path):
    """--help among the options stops a command after they were parsed. Before the command there is nothing to stop, and ssh takes
    no options."""
    places = [place for place, word in enumerate(words) if not word.startswith("-")]
    if places and words[places[0]] != "ssh":
        words = [*words[: places[0] + 1], "--help", *words[places[0] + 1 :]]
    elif places:
        return
    result = Program(tmp_path / "store").run(*words)
    assert (result.code, result.err) == (0, ""), result
