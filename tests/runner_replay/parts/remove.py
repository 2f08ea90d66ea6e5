# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""B. Remove."""

from __future__ import annotations

import time

from ..case import CLOUDS, REAL_CLOUDS, Replay, case
from ..steps import (assert_clean, assert_created, assert_ok, assert_removed, eventually, half_made)
from ..store import new_name


@case("B", *REAL_CLOUDS)
def stopped_machine_is_removed(replay: Replay) -> None:
    """The instance was stopped behind our back."""
    runner, name = replay.new_runner(), new_name()
    assert_created(runner, replay.site, name, replay.create(runner, name))
    replay.site.stop_instance(name)
    assert runner.config(name).code != 0, f"config of a dead machine succeeds: {runner.calls[-1]}"
    assert_removed(runner, replay.site, name)


@case("B", *REAL_CLOUDS)
def vanished_machine_is_removed(replay: Replay) -> None:
    """The instance was deleted behind our back, as a preempted one may be."""
    runner, name = replay.new_runner(), new_name()
    assert_created(runner, replay.site, name, replay.create(runner, name))
    replay.site.delete_instance(name)
    assert runner.config(name).code != 0, f"config of a dead machine succeeds: {runner.calls[-1]}"
    assert_removed(runner, replay.site, name)


@case("B", *CLOUDS)
def half_made_machine_is_removed(replay: Replay) -> None:
    """Its create was killed while it waited for SSH."""
    runner = replay.new_runner()
    assert_removed(runner, replay.site, half_made(replay, runner))


@case("B", *CLOUDS)
def stop_killed_in_its_wait(replay: Replay) -> None:
    """The runner's minute was over; rm comes at once."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    replay.site.set_operation_seconds("stop", 4)
    stop = runner.start_stop(name, limit=1).wait(20)
    assert stop.killed, stop.report()
    assert_ok(runner.remove(name))
    assert_clean(runner, replay.site, name)


@case("B", *CLOUDS)
def rm_killed_in_its_wait(replay: Replay) -> None:
    """Repeated, it finishes what it began."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    replay.site.set_operation_seconds("delete", 3)
    killed = runner.start_remove(name, limit=1).wait(20)
    assert killed.killed, killed.report()
    assert runner.finalize_removal(name, attempts=5), runner.calls[-1].report()
    assert_clean(runner, replay.site, name)


@case("B", *CLOUDS)
def two_rm_at_once(replay: Replay) -> None:
    """One may fail; nothing is left."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    replay.site.set_operation_seconds("delete", 1)
    calls = [child.wait(120) for child in [runner.start_remove(name), runner.start_remove(name)]]
    assert any(call.code == 0 for call in calls), "\n".join(call.report() for call in calls)
    assert_clean(runner, replay.site, name)


@case("B", *CLOUDS)
def refused_rm_keeps_the_machine_and_succeeds_later(replay: Replay) -> None:
    """Without permission to delete rm -y fails, names the cause and forgets nothing."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    replay.site.refuse_deletion()
    refused = runner.remove(name)
    assert refused.code not in (0, None) and not refused.killed, refused.report()
    assert replay.site.refusal in refused.stderr, refused.report()
    assert runner.store.has_config(name) and replay.site.holds() != []
    replay.site.allow_everything()
    assert_removed(runner, replay.site, name)


@case("B", *CLOUDS)
def giving_up_ends_with_rm_f(replay: Replay) -> None:
    """After the last attempt rm -f exits 0 and the folder is out of the runner's sight."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    replay.site.refuse_deletion()
    assert runner.finalize_removal(name, attempts=2), runner.calls[-1].report()
    assert name not in runner.store.list()
    assert replay.site.holds() != [], "the cloud refused, so something must be there"
    assert any(name in str(path) for path in runner.store.tombstones()), \
        f"the instance is recorded nowhere: {runner.store.leftovers()}"
    replay.site.allow_everything()
    replay.site.wipe()


@case("B", *CLOUDS)
def create_in_flight_meets_rm(replay: Replay) -> None:
    """A restarted runner removes a machine whose create still runs: rm stops it, waits, and removes what it made."""
    runner, name = replay.new_runner(), new_name()
    child = replay.start_create(runner, name)
    eventually("the machine is listed", lambda: runner.store.has_config(name) or child.ended.is_set(), 30)
    removed = runner.remove(name)
    created = child.wait(60)
    assert created.code != 0, created.report()
    assert_ok(removed)
    time.sleep(0.2)
    assert_clean(runner, replay.site, name)
