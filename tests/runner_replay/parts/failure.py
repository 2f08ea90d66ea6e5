# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""C. Creation fails, then the runner removes the machine at once, with no pause."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from ..case import CLOUDS, REAL, Kind, Replay, case
from ..invoke import Call
from ..runner import FakeRunner
from ..steps import (REACHED_SSH, assert_clean, assert_created, assert_removed, assert_usable, create_until_ssh,
                     half_made)
from ..store import new_name

HEAD_LINES = 3  # what a reader of the job log sees of a failed create
PROVISION_LIMIT = 60.0  # seconds for one `provision` of a machine that cannot be provisioned


def _assert_named(call: Call, *causes: str) -> None:
    """The cause stands in the last line of stderr or the first ones; the lines between may get lost."""
    lines = [line for line in call.stderr.splitlines() if line.strip()]
    shown = lines[:HEAD_LINES] + lines[-1:]
    assert any(cause in line for cause in causes for line in shown), f"none of {causes} is named: {call.report()}"


def _remove_failed(replay: Replay, runner: FakeRunner, name: str, call: Call) -> None:
    """What follows a failed create: B, if the machine exists for the runner. Nothing may be left."""
    assert call.code not in (0, None) and not call.killed, call.report()
    if "Creating machine..." not in call.stdout:  # failed before anything was made
        assert name not in runner.store.list(), f"a folder, although nothing was made: {call.report()}"
    if runner.store.has_config(name):
        assert runner.exists(name), runner.calls[-1].report()
        assert runner.finalize_removal(name, attempts=3), runner.calls[-1].report()
    assert_clean(runner, replay.site, name)


def _in_lanes(replay: Replay, lanes: int, visit: Callable[[Replay, int], None]) -> None:
    """`visit(replay, k)` for each call k that a create makes up to its wait for SSH, in so many lanes side by side."""
    def run(replay: Replay, first: int) -> None:
        calls = _count_calls(replay)
        for number in range(first, calls + 1, lanes):
            replay.site.start_over()
            visit(replay, number)
    replay.side_by_side([functools.partial(run, first=first) for first in range(1, lanes + 1)])


def _count_calls(replay: Replay) -> int:
    """How many calls a create makes up to its wait for SSH."""
    runner = replay.new_runner()
    replay.site.start_over()
    name = new_name()
    child = create_until_ssh(replay, runner, name)
    number = replay.site.call_count()
    child.send(9)
    child.wait(10)
    assert runner.finalize_removal(name, attempts=3), runner.calls[-1].report()
    assert_clean(runner, replay.site, name)
    assert number >= 3, f"a create made only {number} calls"
    replay.keep_certificates(runner)
    return number


def _refuse_each(replay: Replay, status: int, reason: str) -> None:
    def refuse(replay: Replay, number: int) -> None:
        runner, name = replay.new_runner(with_certificates=True), new_name()
        replay.site.refuse_call(number, status, reason)
        child = replay.start_create(runner, name)
        survived = child.wait_line(REACHED_SSH, 120)
        refused = replay.site.call_line(number)
        if survived:  # what it asked there was not needed
            child.send(9)
            child.wait(10)
            replay.site.allow_everything()
            assert runner.finalize_removal(name, attempts=3), runner.calls[-1].report()
            assert_clean(runner, replay.site, name)
        else:
            call = child.wait(10)
            _assert_named(call, replay.site.refusal)
            if "Creating machine..." not in call.stdout:
                assert call.code == 3, f"a failed pre-create check must exit 3: {call.report()}"
            replay.site.allow_everything()
            _remove_failed(replay, runner, name, call)
        replay.site.allow_everything()
        outcome = "went on" if survived else f"exit {call.code}"
        replay.say(f"{status} at call {number} ({refused}): {outcome}")

    _in_lanes(replay, 2, refuse)


@case("C", *CLOUDS)
def forbidden_at_each_call(replay: Replay) -> None:
    """403 forbidden at each request of a create in turn."""
    _refuse_each(replay, 403, "forbidden")


@case("C", *CLOUDS)
def over_quota_at_each_call(replay: Replay) -> None:
    """403 quotaExceeded at each request of a create in turn."""
    _refuse_each(replay, 403, "quotaExceeded")


@case("C", *CLOUDS)
def bad_request_at_each_call(replay: Replay) -> None:
    """400 invalid at each request of a create in turn."""
    _refuse_each(replay, 400, "invalid")


def _overcome_each(replay: Replay, status: int, reason: str, times: int) -> None:
    def overcome(replay: Replay, number: int) -> None:
        runner, name = replay.new_runner(with_certificates=True), new_name()
        replay.site.refuse_call(number, status, reason, times)
        start = time.monotonic()
        child = create_until_ssh(replay, runner, name)
        replay.say(f"{status} x{times} at call {number} ({replay.site.call_line(number)}): "
                   f"{time.monotonic() - start:.1f} s")
        child.send(9)
        child.wait(10)
        replay.site.allow_everything()
        assert runner.finalize_removal(name, attempts=3), runner.calls[-1].report()
        assert_clean(runner, replay.site, name)

    _in_lanes(replay, 4, overcome)  # for the most part they sit out what the cloud told them to wait


@case("C", *CLOUDS)
def throttling_is_waited_out_at_each_call(replay: Replay) -> None:
    """429 three times at each request in turn: the create goes on."""
    _overcome_each(replay, 429, "rateLimitExceeded", 3)


@case("C", *CLOUDS)
def a_server_fault_is_overcome_at_each_call(replay: Replay) -> None:
    """503 once at each request in turn: the create goes on."""
    _overcome_each(replay, 503, "backendError", 1)


@case("C", *CLOUDS)
def image_does_not_exist(replay: Replay) -> None:
    """404 of the image names the image."""
    runner, name = replay.new_runner(), new_name()
    call = replay.create(runner, name, replay.site.missing_image[0])
    _assert_named(call, replay.site.missing_image[1])
    _remove_failed(replay, runner, name, call)


@case("C", *CLOUDS)
def no_capacity(replay: Replay) -> None:
    """A stockout, which Google tells as the failed operation of an accepted insert and EC2 at once."""
    runner, name = replay.new_runner(), new_name()
    replay.site.exhaust()
    call = replay.create(runner, name)
    _assert_named(call, replay.site.stockout)
    replay.site.allow_everything()
    _remove_failed(replay, runner, name, call)


@case("C", *CLOUDS)
def instance_dies_while_ssh_is_awaited(replay: Replay) -> None:
    """No twenty minutes of waiting for a machine that is not there."""
    for end in (replay.site.delete_instance, replay.site.stop_instance):
        runner, name = replay.new_runner(), new_name()
        child = create_until_ssh(replay, runner, name)
        end(name)
        start = time.monotonic()
        call = child.wait(60)
        replay.say(f"{end.__name__}: exit {call.code} after {time.monotonic() - start:.1f} s")
        _remove_failed(replay, runner, name, call)


@case("C", *CLOUDS)
def old_runner_provisions_three_times(replay: Replay) -> None:
    """Up to 14.0 a failed create is followed by three `provision`, one second apart; each returns soon."""
    runner, name = replay.new_runner(), new_name()
    call = replay.create(runner, name, replay.site.missing_image[0])
    assert call.code != 0, call.report()
    _provision_thrice(runner, name)
    _remove_failed(replay, runner, name, call)

    runner = replay.new_runner()
    name = half_made(replay, runner)
    replay.site.delete_instance(name)
    _provision_thrice(runner, name)
    assert_removed(runner, replay.site, name)


def _provision_thrice(runner: FakeRunner, name: str) -> None:
    for _ in range(3):
        time.sleep(1)
        call = runner.provision(name, limit=PROVISION_LIMIT)
        assert not call.killed, f"provision of a machine that is not there: {call.report()}"
        assert call.code != 0, call.report()


@case("C", *REAL)
def engine_does_not_start(replay: Replay) -> None:
    """dockerd refuses an option; the create fails and says so, and the machine is removed."""
    runner, name = replay.new_runner(), new_name()
    call = replay.create(runner, name, "engine-opt=no-such-option-4711=1")
    _assert_named(call, "docker", "Docker", "no-such-option-4711")
    _remove_failed(replay, runner, name, call)


@case("C", Kind.GENERIC)
def old_runner_finishes_a_half_made_machine(replay: Replay) -> None:
    """A create killed in provisioning, then `provision` as runners up to 14.0 do: 0 only if it is usable then."""
    runner, name = replay.new_runner(with_token=False), new_name()
    child = replay.start_create(runner, name)
    assert child.wait_line("Provisioning with", 60), child.call.report()
    child.send(9)
    child.wait(10)
    call = runner.provision(name, limit=300)
    assert call.code == 0, call.report()
    assert_usable(runner, name)
    assert_removed(runner, replay.site, name)


@case("C", Kind.GENERIC)
def next_create_works_after_a_failed_one(replay: Replay) -> None:
    """The runner never repeats a name: it makes a new machine, here on the host that the failed one left behind."""
    runner, failed, name = replay.new_runner(), new_name(), new_name()
    options = replay.site.options(name)
    assert runner.create(replay.site.driver, [*options, "engine-opt=no-such-option-4711=1"], failed).code != 0
    assert runner.finalize_removal(failed, attempts=2), runner.calls[-1].report()
    assert_created(runner, replay.site, name, runner.create(replay.site.driver, options, name))
    assert_usable(runner, name)
    assert_removed(runner, replay.site, name)


@case("C", Kind.GENERIC)
def installer_fails(replay: Replay) -> None:
    """What the install script said last stands in the error; then a good one installs Docker on a fresh host."""
    replay.site.without_docker()
    for script, cause in (("failing", "closed today"), ("missing", "404"), ("broken-off", "")):
        runner, name = replay.new_runner(), new_name()
        call = replay.create(runner, name, f"engine-install-url={replay.site.install_script(script)}")
        _assert_named(call, cause)
        _remove_failed(replay, runner, name, call)
    runner, name = replay.new_runner(), new_name()
    call = replay.create(runner, name, f"engine-install-url={replay.site.install_script('docker-ce')}")
    assert_created(runner, replay.site, name, call)
    replay.say(f"create with installation {call.seconds:.1f} s")
    assert_usable(runner, name)
    assert_removed(runner, replay.site, name)
