# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The replay's cases as pytest tests. DMACHINE_BINARY names the binary, DMACHINE_REPLAY_KINDS (none,cloud,google,
generic by default; also ec2,amazonec2,arm,azure) picks the cases. Cases of a driver that the binary has not are skipped. Cases with real hosts run inside a world of tests/lab only."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

from . import parts  # noqa: F401  (fills the list of cases)
from .case import CASES, Case, has_driver, run_case

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DMACHINE_BINARY", ROOT / "build/dev/cli/dmachine"))
KINDS = os.environ.get("DMACHINE_REPLAY_KINDS", "none,cloud,google,generic").split(",")


@pytest.mark.parametrize("item", [c for c in CASES if c.kind.value in KINDS], ids=lambda item: item.id)
def test_replay(item: Case) -> None:
    if item.kind.needs_hosts:
        from tests.lab import lab

        assert lab.inside(), "real hosts need a world: python3 -m tests.lab exec -- python3 -m pytest …"
    assert BINARY.exists(), f"no binary at {BINARY}"
    if not _has_driver(item.kind.driver):
        pytest.skip(f"{BINARY} has no driver {item.kind.driver}")
    run_case(item, BINARY, lambda text: print(text))


@functools.cache
def _has_driver(driver: str) -> bool:
    return has_driver(BINARY, driver)
