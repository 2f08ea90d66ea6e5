# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The version stands in CMakeLists.txt; what else has it agrees. The package's own description agrees with the tree."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.program import Program

ROOT = Path(__file__).parents[2]
VERSION = re.search(r"project\(dmachine VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]


def test_the_program_prints_it_in_docker_machine_s_form(tmp_path):
    for name in ("dmachine", "docker-machine"):
        line = Program(tmp_path / "store", name=name).ok("--version")
        assert re.fullmatch(rf"{name} version {re.escape(VERSION)}, build \S+\n", line), line


def test_it_heads_both_changelogs():
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[1] == VERSION
    assert re.match(r"dmachine \((\S+)-\d+\) ", (ROOT / "debian/changelog").read_text())[1] == VERSION


def test_the_package_needs_the_libraries_that_the_build_asks_for():
    """Build-Depends has every -dev package that scripts/packages.txt installs for the build."""
    needed = {name for name in (ROOT / "scripts/packages.txt").read_text().split() if name.endswith("-dev")}
    control = (ROOT / "debian/control").read_text()
    assert needed and all(re.search(rf"^ {re.escape(name)}\b", control, re.M) for name in needed)


def test_the_package_takes_documents_that_exist():
    patterns = (ROOT / "debian/dmachine.docs").read_text().split()
    assert patterns and all(list(ROOT.glob(pattern)) for pattern in patterns)
