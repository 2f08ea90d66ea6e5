# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""F. Drain at shutdown: stat, inspect, rm -f, three at a time, no stop before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ..case import CLOUDS, Replay, case
from ..runner import FakeRunner
from ..steps import half_made


@case("F", *CLOUDS)
def all_machines_are_gone_after_the_drain(replay: Replay) -> None:
    """Six machines, three removals at a time, each within 30 s."""
    runner = replay.new_runner()
    names = [half_made(replay, runner) for _ in range(6)]
    for call in _drain(runner, names):
        assert call and call.code == 0 and not call.killed, call and call.report()
        assert call.stderr == "", call.report()
    assert replay.site.holds() == [], replay.site.holds()
    assert runner.store.list() == []


@case("F", *CLOUDS)
def refused_drain_leaves_a_tombstone(replay: Replay) -> None:
    """rm -f exits 0 although the cloud refuses, and what is left running stays recorded."""
    runner = replay.new_runner()
    names = [half_made(replay, runner) for _ in range(3)]
    replay.site.refuse_deletion()
    for call in _drain(runner, names):
        assert call and call.code == 0 and not call.killed, call and call.report()
        assert replay.site.refusal in call.stderr, f"the cause is not named: {call.report()}"
    assert runner.store.list() == []
    assert replay.site.holds() != [], "the cloud refused, so something must be there"
    for name in names:
        assert any(name in str(path) for path in runner.store.tombstones()), \
            f"{name} is recorded nowhere: {runner.store.leftovers()}"
    replay.site.allow_everything()
    replay.site.wipe()


def _drain(runner: FakeRunner, names: list[str]) -> list:
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(runner.drain, names))
