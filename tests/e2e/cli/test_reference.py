# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The manual page, and docs/options.md, which is kept as the program writes it. After a change of a command or an option:

    DMACHINE_REWRITE=1 scripts/test -R e2e_cli      or      build/dev/cli/dmachine __options >docs/options.md
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

BUILD = os.environ.get("DMACHINE_BUILD", "build/dev")
OPTIONS = Path(__file__).parents[3] / "docs" / "options.md"


def test_docs_options_is_what_the_program_writes(program):
    written = program.ok("__options")
    if os.environ.get("DMACHINE_REWRITE") == "1":
        OPTIONS.write_text(written)
    assert OPTIONS.read_text() == written, "write docs/options.md anew: " + __doc__


@pytest.fixture
def page(program, tmp_path):
    path = tmp_path / "dmachine.1"
    path.write_text(program.ok("__man", environment={"SOURCE_DATE_EPOCH": "1793491200"}))
    return path


def test_the_manual_page_passes_mandoc(page):
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_manual_page_has_its_date(page):
    assert page.read_text().startswith(".Dd November 1, 2026\n")


def test_the_manual_page_has_every_command_and_option(program, page):
    text = subprocess.run(["mandoc", "-Tutf8", "-Owidth=100", page], text=True, stdout=subprocess.PIPE, check=True).stdout
    text = re.sub(".\b", "", text)  # bold and underlined by overstriking
    options = re.findall(r"^\| `(--?[a-z0-9-]+)`", OPTIONS.read_text(), re.M)
    assert len(options) > 80
    for option in options:
        assert re.search(rf"(^|[ ,]){re.escape(option)}($|[ ,])", text, re.M), option
    for command in re.findall(r"^   ([a-z-]+) ", program.ok().split("\nCommands:\n")[1], re.M):
        assert re.search(rf"^   {command}$", text, re.M), command
        assert f"dmachine {command}" in text
    assert "GOOGLE_ZONE" in text and "us-central1-a" in text


def test_what_is_installed_besides_the_program(tmp_path):
    subprocess.run(["cmake", "--install", BUILD, "--prefix", tmp_path], check=True, stdout=subprocess.DEVNULL)
    installed = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert installed == {
        "bin/dmachine",
        "share/bash-completion/completions/dmachine", "share/bash-completion/completions/docker-machine",
        "share/fish/vendor_completions.d/dmachine.fish", "share/fish/vendor_completions.d/docker-machine.fish",
        "share/zsh/site-functions/_dmachine",
        "share/man/man1/dmachine.1",
    }
    assert "Nm dmachine" in (tmp_path / "share/man/man1/dmachine.1").read_text()
