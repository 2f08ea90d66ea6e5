# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""L. What nobody knows of any more: stores deleted, managers restarted, clouds that refuse deletions; and gc."""

from __future__ import annotations

import json
import shutil
import signal
import time

from tests.clouds.common.faults import Gate

from ..case import CLOUDS, Replay, case
from ..invoke import Call, Reading
from ..runner import FakeRunner
from ..steps import REACHED_SSH, assert_ok, create_until_ssh, eventually, half_made
from ..store import new_name
from .death import at_each_call

FOUND = 4  # gc's exit code when it found something and was not to delete it


def gc(runner: FakeRunner, *words: str) -> Call:
    return runner.run(["gc", *words], Reading.LINES, 300)


def gc_by_options(replay: Replay, runner: FakeRunner, *words: str) -> Call:
    """As with an empty store: the driver's own options say where to look."""
    options = [f"--{option}" for option in replay.site.options("gone")]
    return gc(runner, "--driver", replay.site.driver, *options, *words)


@case("L", *CLOUDS)
def gc_after_the_store_was_deleted(replay: Replay) -> None:
    """SIGKILL of a create before and after each answer, then its store is deleted: gc with the driver's options, and
    the store's id, leaves nothing."""
    found: list[bool] = []  # whether a create had made something

    def collect(replay: Replay, where: str, runner: FakeRunner, name: str, child: Child, gate: Gate) -> None:
        child.send(signal.SIGKILL)
        child.wait(10)
        gate.release(drop=True)
        replay.site.allow_everything()
        held = replay.site.holds()
        file = runner.store.path / "dmachine/store-id"
        # A create that was killed before it chose its id has made nothing that costs money.
        identity = file.read_text().strip() if file.exists() else ""
        assert identity or not held, f"{where}: {held} without a store id"
        shutil.rmtree(runner.store.path)
        scope = ["--store-id", identity] if identity and len(found) % 2 else ["--all-stores"]
        call = assert_ok(gc_by_options(replay, runner, "--yes", "--older-than", "0", *scope))
        assert replay.site.holds() == [], f"KILL {where}: left {replay.site.holds()}: {call.report()}"
        assert call.stderr == "", call.report()
        found.append(bool(held))

    at_each_call(replay, ("done", "after"), collect)
    replay.say(f"{len(found)} cases, {sum(found)} with something in the cloud")
    assert sum(found) >= 4, f"{sum(found)} of {len(found)} creates had made something"


@case("L", *CLOUDS)
def six_creates_and_a_restart_of_the_manager(replay: Replay) -> None:
    """Six jobs, MaxBuilds 1; SIGQUIT, then SIGTERM, then SIGKILL to all: the restarted runner's removals, and gc, leave
    nothing."""
    runner = replay.new_runner()
    names = [new_name() for _ in range(6)]
    replay.site.set_operation_seconds("delete", 5)  # so that SIGKILL comes before all is taken back
    children = [replay.start_create(runner, name) for name in names]
    # Some have got far, some have not.
    assert children[0].wait_line(REACHED_SSH, 120), children[0].call.report()
    for child in children:
        child.send(signal.SIGQUIT)
    time.sleep(0.2)
    for child in children:
        child.send(signal.SIGTERM)
    time.sleep(0.3)  # in the middle of taking back what they made
    for child in children:
        if not child.ended.is_set():
            child.send(signal.SIGKILL)
    ended = [child.wait(60) for child in children]
    assert all(call.code != 0 for call in ended), [call.report() for call in ended]
    replay.site.set_operation_seconds("delete", 0)
    replay.site.allow_everything()
    listed = runner.store.list()
    held = len(replay.site.holds())
    for name in listed:
        runner.finalize_removal(name, attempts=3)
    assert_ok(gc(runner, "--yes", "--older-than", "0"))
    assert (replay.site.holds(), runner.store.list()) == ([], [])
    replay.say(f"{len(listed)} of 6 machines listed after the restart, {held} things in the cloud; then none")


@case("L", *CLOUDS)
def refused_removals_are_made_up_for(replay: Replay) -> None:
    """rm -f while the cloud refuses every deletion: exit 0 and a tombstone each; when it works again the next create takes
    away what is due, and gc the rest."""
    runner = replay.new_runner()
    names = [half_made(replay, runner) for _ in range(2)]
    replay.site.refuse_deletion()
    for name in names:
        call = runner.force_remove(name)
        assert call.code == 0 and replay.site.refusal in call.stderr and "gc --yes" in call.stderr, call.report()
    assert runner.store.list() == []
    refused = gc(runner, "--yes")
    assert refused.code == 1 and replay.site.refusal in refused.stderr, refused.report()
    replay.site.allow_everything()
    shown = gc(runner)
    assert shown.code == FOUND and all(name in shown.stdout for name in names), shown.report()
    # One is due now, the other is not: a create takes the one.
    [note] = [path.parent / "retry.json" for path in runner.store.tombstones() if names[0] in str(path)]
    note.write_text(json.dumps(json.loads(note.read_text()) | {"NextTry": 0}))
    third = new_name()
    child = create_until_ssh(replay, runner, third)
    eventually("the create has removed the tombstone that was due", lambda: not note.exists(), 60)
    child.send(signal.SIGKILL)
    child.wait(10)
    assert child.call.stderr == "", f"it was to be silent: {child.call.report()}"
    assert any(names[1] in str(path) for path in runner.store.tombstones())
    assert runner.finalize_removal(third, attempts=3)
    assert_ok(gc(runner, "--yes"))
    assert (replay.site.holds(), runner.store.tombstones()) == ([], [])
    assert gc(runner).code == 0


@case("L", *CLOUDS)
def a_thousand_foreign_resources_are_not_touched(replay: Replay) -> None:
    """gc among a thousand resources of others, half of them with another store's labels, and one machine of its own that is
    in use: nothing is deleted, in few calls."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    replay.site.add_foreign_disks(1000, {"dmachine-machine": "theirs", "dmachine-store": "f" * 16, "dmachine-create": "e" * 16})
    before = sorted(replay.site.holds())
    assert len(before) > 1000
    replay.site.forget_calls()
    start = time.monotonic()
    shown = gc(runner, "--older-than", "0")
    seconds = time.monotonic() - start
    calls = replay.site.call_count()
    assert shown.code == 0 and "theirs" not in shown.stdout, shown.report()
    assert_ok(gc(runner, "--yes", "--older-than", "0"))
    assert sorted(replay.site.holds()) == before
    assert calls <= 50, f"{calls} calls"
    replay.say(f"{calls} calls, {seconds:.1f} s")
    # Whoever asks for all stores sees the half with labels.
    everything = json.loads(gc(runner, "--all-stores", "--older-than", "0", "--json").stdout)
    orphans = [one for account in everything["accounts"] for one in account["resources"] if one["outcome"] == "orphan"]
    assert len(orphans) == 500 and {one["store"] for one in orphans} == {"f" * 16}
    assert {one["why"] for account in everything["accounts"] for one in account["resources"] if one["outcome"] == "in use"} \
        >= {f"machine {name}"}


@case("L", *CLOUDS)
def a_machine_whose_config_was_lost_is_adopted(replay: Replay) -> None:
    """config.json is gone, the key is not: gc --adopt writes it again, and rm removes the machine."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    (runner.store.machines / name / "config.json").unlink()
    assert gc(runner, "--adopt", "--older-than", "0").code == FOUND
    call = assert_ok(gc(runner, "--adopt", "--yes", "--older-than", "0"))
    assert f"Adopted {name}" in call.stdout, call.report()
    assert runner.store.config(name)["DriverName"] == replay.site.driver
    assert gc(runner, "--older-than", "0").code == 0, runner.calls[-1].report()
    assert runner.finalize_removal(name, attempts=3)
    assert replay.site.holds() == []


@case("L", *CLOUDS)
def a_machine_is_adopted_out_of_its_tombstone(replay: Replay) -> None:
    """rm -f while the cloud refuses every deletion, but the machine is still wanted: gc --adopt puts it back as it was."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    before = runner.store.config(name)
    replay.site.refuse_deletion()
    assert_ok(runner.force_remove(name))
    replay.site.allow_everything()
    shown = gc(runner, "--adopt", name)
    assert shown.code == FOUND and f"Would adopt {name}" in shown.stdout, shown.report()
    assert runner.store.list() == []
    assert "as it was before rm -f" in assert_ok(gc(runner, "--adopt", "--yes", name)).stdout, runner.calls[-1].report()
    assert (runner.store.list(), runner.store.tombstones()) == ([name], [])
    assert runner.store.config(name) == before
    assert not (runner.store.machines / name / "retry.json").exists()
    assert gc(runner, "--older-than", "0").code == 0, runner.calls[-1].report()
    assert runner.finalize_removal(name, attempts=3)
    assert replay.site.holds() == []


@case("L", *CLOUDS)
def a_machine_is_adopted_by_a_key_from_elsewhere(replay: Replay) -> None:
    """All that the store had of a machine is gone; its private key was kept elsewhere: gc --adopt --adopt-key FILE."""
    runner = replay.new_runner()
    name = half_made(replay, runner)
    key = runner.store.path / "kept_key"
    (runner.store.machines / name / "id_rsa").rename(key)
    shutil.rmtree(runner.store.machines / name)
    lost = assert_ok(gc(runner, "--adopt", "--older-than", "0"))
    assert f"No private key of {name} is at hand" in lost.stdout and "Nothing to adopt." in lost.stdout, lost.report()
    for file, text in (("no_such_key", "no such file"), ("dmachine/store-id", "not a private key")):
        bad = gc(runner, "--adopt-key", str(runner.store.path / file), "--yes", "--older-than", "0", name)
        assert bad.code == 1 and text in bad.stderr and file in bad.stderr, bad.report()
        assert runner.store.list() == [], bad.report()
    words = ["--adopt", "--adopt-key", str(key), "--older-than", "0", name]
    assert gc(runner, *words).code == FOUND, runner.calls[-1].report()
    assert f"Adopted {name}" in assert_ok(gc(runner, "--yes", *words)).stdout
    written = runner.store.machines / name / "id_rsa"
    assert written.read_text() == key.read_text() and written.stat().st_mode & 0o777 == 0o600
    assert runner.store.config(name)["DriverName"] == replay.site.driver
    assert gc(runner, "--older-than", "0").code == 0, runner.calls[-1].report()
    assert runner.finalize_removal(name, attempts=3)
    assert replay.site.holds() == []


@case("L", *CLOUDS)
def a_running_create_is_never_touched(replay: Replay) -> None:
    """gc --yes of everything, again and again beside a create: it keeps what it makes."""
    runner, name = replay.new_runner(), new_name()
    child = replay.start_create(runner, name)
    for _ in range(20):
        assert_ok(gc(runner, "--yes", "--older-than", "0"))
        if any(REACHED_SSH in line for _, _, line in child.call.lines):
            break
    assert child.wait_line(REACHED_SSH, 60), child.call.report()
    assert_ok(gc(runner, "--yes", "--older-than", "0"))
    assert replay.site.has_running_instance(name)
    child.send(signal.SIGKILL)
    child.wait(10)
    assert runner.finalize_removal(name, attempts=3)
    assert replay.site.holds() == []
