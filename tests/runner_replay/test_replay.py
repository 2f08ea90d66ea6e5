# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The replay's cases as pytest tests. DMACHINE_BINARY names the binary, DMACHINE_REPLAY_KINDS (none,cloud,google,
generic; all by default) picks the cases. Cases with real hosts run inside a world of tests/lab only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from . import parts  # noqa: F401  (fills the list of cases)
from .case import CASES, Case, run_case

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DMACHINE_BINARY", ROOT / "build/dev/cli/dmachine"))
KINDS = os.environ.get("DMACHINE_REPLAY_KINDS", "none,cloud,google,generic").split(",")


@pytest.mark.parametrize("item", [c for c in CASES if c.kind.value in KINDS], ids=lambda item: item.id)
def test_replay(item: Case) -> None:
    if item.kind.needs_hosts:
        from tests.lab import lab

        assert lab.inside(), "real hosts need a world: python3 -m tests.lab exec -- python3 -m pytest …"
    assert BINARY.exists(), f"no binary at {BINARY}"
    run_case(item, BINARY, lambda text: print(text))
