# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""D. Death in the middle: signals and closed pipes at each request of a create."""

from __future__ import annotations

import functools
import signal
import time
from collections.abc import Callable

from tests.clouds.common.faults import Gate

from ..case import CLOUDS, REAL, REAL_CLOUDS, Kind, Replay, case
from ..invoke import Child
from ..runner import FakeRunner
from ..steps import (REACHED_SSH, assert_clean, assert_created, assert_removed, assert_usable, create_until_ssh,
                     restart_and_remove)
from ..store import new_name

ROLLBACK_LIMIT = 60.0  # seconds; systemd sends SIGKILL after 90
MOST_CALLS = 60
POINTS = ("before", "done", "after")  # the request never arrived; it did its work, unanswered; it was answered
LANES = 2  # that many creates side by side for each point: they wait as long as they work

Visit = Callable[[Replay, str, FakeRunner, str, Child, Gate], None]


def at_each_call(replay: Replay, points: tuple[str, ...], visit: Visit) -> None:
    """`visit(replay, where, runner, name, child, gate)` for creates that stand at their k-th request, for each k and
    point. Ends with the first create that reaches its wait for SSH before its k-th request, which it is then killed in.
    Odd and even k side by side, and so are the points."""
    lanes = [(point, first) for point in points for first in range(1, LANES + 1)]
    replay.side_by_side([functools.partial(_in_lane, point=point, first=first, visit=visit) for point, first in lanes])


def _in_lane(replay: Replay, point: str, first: int, visit: Visit) -> None:
    for number in range(first, MOST_CALLS + 1, LANES):
        runner, name = replay.new_runner(with_certificates=True), new_name()
        replay.site.start_over()
        gate = replay.site.gate(number, point)
        child = replay.start_create(runner, name)
        if not _arrives(gate, child):
            assert not child.ended.is_set(), child.call.report()
            child.send(signal.SIGKILL)
            child.wait(10)
            replay.site.allow_everything()
            restart_and_remove(runner, replay.site, name)
            break
        replay.keep_certificates(runner)
        visit(replay, f"{point} call {number} ({replay.site.call_line(number)})", runner, name, child, gate)
        replay.site.allow_everything()
    assert 3 < number < MOST_CALLS, f"a create made {number - 1} calls"


def _arrives(gate, child: Child) -> bool:
    deadline = time.monotonic() + 60
    while not gate.arrived:
        if child.ended.is_set() or any(REACHED_SSH in line for _, _, line in child.call.lines):
            return False
        assert time.monotonic() < deadline, child.call.report()
        time.sleep(0.005)
    return True


@case("D", *CLOUDS)
def kill_at_each_call(replay: Replay) -> None:
    """SIGKILL before and after each request; a restarted runner gets rid of everything."""
    at_each_call(replay, POINTS, _kill)


def _kill(replay: Replay, where: str, runner: FakeRunner, name: str, child: Child, gate: Gate) -> None:
    child.send(signal.SIGKILL)
    child.wait(10)
    gate.release(drop=True)
    replay.site.allow_everything()
    listed = name in runner.store.list()
    replay.say(f"KILL {where}: {'listed' if listed else 'not listed'}, {len(replay.site.holds())} in the cloud")
    restart_and_remove(runner, replay.site, name)


def _stop_at_each_call(replay: Replay, number: signal.Signals, points: tuple[str, ...]) -> None:
    def stop(replay: Replay, where: str, runner: FakeRunner, name: str, child: Child, gate: Gate) -> None:
        child.send(number)
        time.sleep(0.05)
        gate.release()
        start = time.monotonic()
        call = child.wait(ROLLBACK_LIMIT)
        replay.say(f"{number.name} {where}: exit {call.code} after {time.monotonic() - start:.1f} s")
        assert call.code != 0, call.report()
        assert_clean(runner, replay.site, name)

    at_each_call(replay, points, stop)


@case("D", *CLOUDS)
def term_at_each_call(replay: Replay) -> None:
    """The request in flight is finished, then all that was made is deleted, folder included."""
    _stop_at_each_call(replay, signal.SIGTERM, ("before", "done"))


@case("D", *CLOUDS)
def int_at_each_call(replay: Replay) -> None:
    """As SIGTERM."""
    _stop_at_each_call(replay, signal.SIGINT, ("done",))


@case("D", *CLOUDS)
def second_int_exits_at_once(replay: Replay) -> None:
    """Everything is saved by then, so that a restarted runner gets rid of it."""
    def interrupt_twice(replay: Replay, where: str, runner: FakeRunner, name: str, child: Child, gate: Gate) -> None:
        child.send(signal.SIGINT)
        time.sleep(0.1)
        child.send(signal.SIGINT)
        start = time.monotonic()
        call = child.wait(5)
        gate.release()
        replay.say(f"INT INT {where}: exit {call.code} after {time.monotonic() - start:.2f} s")
        assert call.code != 0, call.report()
        replay.site.allow_everything()
        restart_and_remove(runner, replay.site, name)

    at_each_call(replay, ("done",), interrupt_twice)


@case("D", *CLOUDS)
def term_while_ssh_is_awaited(replay: Replay) -> None:
    """Nothing is left, within the time systemd gives."""
    for number in (signal.SIGTERM, signal.SIGINT):
        runner, name = replay.new_runner(), new_name()
        child = create_until_ssh(replay, runner, name)
        child.send(number)
        call = child.wait(ROLLBACK_LIMIT)
        assert call.code != 0, call.report()
        assert_clean(runner, replay.site, name)


def _survive_at_each_call(replay: Replay, hurt: Callable[[Child], None]) -> None:
    def survive(replay: Replay, where: str, runner: FakeRunner, name: str, child: Child, gate: Gate) -> None:
        hurt(child)
        time.sleep(0.05)
        gate.release()
        eventually_saved = time.monotonic() + 60
        while not replay.site.has_running_instance(name):
            assert not child.ended.is_set(), f"{where}: {child.call.report()}"
            assert time.monotonic() < eventually_saved, f"{where}: no instance: {child.call.report()}"
            time.sleep(0.01)
        time.sleep(0.2)  # it prints its next lines
        assert not child.ended.is_set(), f"{where}: {child.call.report()}"
        child.send(signal.SIGKILL)
        child.wait(10)
        replay.say(f"{where}: went on")
        restart_and_remove(runner, replay.site, name)

    at_each_call(replay, ("before",), survive)


@case("D", *CLOUDS)
def quit_at_each_call_is_ignored(replay: Replay) -> None:
    """A graceful restart sends SIGQUIT to the whole group, while the runner waits for this machine."""
    _survive_at_each_call(replay, lambda child: child.send(signal.SIGQUIT))


@case("D", *CLOUDS)
def hup_at_each_call_is_ignored(replay: Replay) -> None:
    """As SIGQUIT."""
    _survive_at_each_call(replay, lambda child: child.send(signal.SIGHUP))


@case("D", *CLOUDS)
def closed_pipes_at_each_call_are_ignored(replay: Replay) -> None:
    """The runner is gone; what was begun is finished, so that the next runner finds a whole machine."""
    _survive_at_each_call(replay, lambda child: child.close_read_ends())


@case("D", *REAL)
def quit_and_closed_pipes_do_not_stop_a_provisioning(replay: Replay) -> None:
    """SIGQUIT, SIGHUP and closed pipes while the machine is being provisioned: it ends well and is usable."""
    runner, name = replay.new_runner(), new_name()
    child = replay.start_create(runner, name)
    assert child.wait_line("Provisioning with", 120), child.call.report()
    child.send(signal.SIGQUIT)
    child.send(signal.SIGHUP)
    child.close_read_ends()
    call = child.wait(300)
    assert call.code == 0, call.report()
    assert_usable(runner, name)
    assert_removed(runner, replay.site, name)


@case("D", *REAL_CLOUDS)
def kill_in_the_middle_of_a_provisioning(replay: Replay) -> None:
    """A restarted runner finds the machine dead and removes it."""
    for line in ("Waiting for SSH", "Provisioning with", "Setting Docker configuration"):
        runner, name = replay.new_runner(), new_name()
        child = replay.start_create(runner, name)
        assert child.wait_line(line, 120), child.call.report()
        child.send(signal.SIGKILL)
        child.wait(10)
        restart_and_remove(runner, replay.site, name)


@case("D", *REAL_CLOUDS)
def term_in_the_middle_of_a_provisioning(replay: Replay) -> None:
    """Nothing is left of machine and folder."""
    for line in ("Waiting for SSH", "Provisioning with"):
        runner, name = replay.new_runner(), new_name()
        child = replay.start_create(runner, name)
        assert child.wait_line(line, 120), child.call.report()
        child.send(signal.SIGTERM)
        call = child.wait(ROLLBACK_LIMIT)
        assert call.code != 0, call.report()
        assert_clean(runner, replay.site, name)


@case("D", *CLOUDS)
def frozen_create_and_rm(replay: Replay) -> None:
    """SIGSTOP of a create, rm -y beside it, then SIGCONT: both end and nothing is left."""
    for number in (3, 6):
        runner, name = replay.new_runner(), new_name()
        replay.site.start_over()
        gate = replay.site.gate(number, "before")
        child = replay.start_create(runner, name)
        if not _arrives(gate, child):
            raise AssertionError(f"a create made fewer than {number} calls: {child.call.report()}")
        child.send(signal.SIGSTOP)
        gate.release()
        time.sleep(0.1)
        listed = runner.store.has_config(name)
        remove = runner.start_remove(name)
        time.sleep(2)
        child.send(signal.SIGCONT)
        removed = remove.wait(ROLLBACK_LIMIT * 2)
        if listed:
            assert removed.code == 0, removed.report()
            created = child.wait(ROLLBACK_LIMIT)
            assert created.code != 0, created.report()
        else:  # nothing was saved yet: rm stops who holds the name's lock, and otherwise nobody
            create_goes_on = child.wait_line(REACHED_SSH, 60)
            if create_goes_on:
                child.send(signal.SIGKILL)
            created = child.wait(10)
            assert created.code != 0, created.report()
            restart_and_remove(runner, replay.site, name)
        assert_clean(runner, replay.site, name)
        replay.say(f"frozen at call {number}: rm exit {removed.code} after {removed.seconds:.1f} s")


@case("D", Kind.NONE)
def kill_leaves_no_half_written_machine(replay: Replay) -> None:
    """SIGKILL at any moment of a create leaves a machine that can be read, or none."""
    runner = replay.new_runner()
    for attempt in range(20):
        name = new_name()
        child = replay.start_create(runner, name)
        time.sleep(0.002 * attempt)
        child.send(signal.SIGKILL)
        child.wait(10)
        if name in runner.store.list():
            assert runner.store.config(name)["Name"] == name
            assert runner.exists(name), runner.calls[-1].report()
            assert runner.finalize_removal(name, attempts=2)
    name = new_name()
    assert_created(runner, replay.site, name, replay.create(runner, name))
