# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""docs/provisioning.md: its table of systems is what the end-to-end tests go through."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.provision.systems import table

PAGE = (Path(__file__).parents[2] / "docs/provisioning.md").read_text().splitlines()
HEAD = "| system | ID, VERSION_ID, VARIANT_ID | called | Docker on the host | no Docker on the host |"


def test_the_table_has_every_system_that_is_tested_and_no_other():
    start = PAGE.index(HEAD) + 2
    assert PAGE[start : start + len(table())] == table()
    assert PAGE[start + len(table())] == ""
