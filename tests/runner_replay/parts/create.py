# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A. Create and use."""

from __future__ import annotations

from ..case import REAL, Kind, Replay, case
from ..runner import FakeRunner
from ..steps import assert_created, assert_credentials, assert_ok, assert_removed, assert_usable
from ..store import is_listed_for, new_name


@case("A", *REAL)
def machine_is_made_used_twice_and_removed(replay: Replay) -> None:
    """Create, two jobs, removal."""
    runner = replay.new_runner()
    _life(replay, runner)


@case("A", Kind.GENERIC)
def runner_closes_its_pipes_just_after_the_exit(replay: Replay) -> None:
    """The same when the readers are cut off 0-5 ms after the exit, as Go's exec does."""
    _life(replay, replay.new_runner(close_pipes_early=True))


@case("A", Kind.GENERIC)
def runner_older_than_12_2_sends_no_token(replay: Replay) -> None:
    """The command is the first word."""
    _life(replay, replay.new_runner(with_token=False))


def _life(replay: Replay, runner: FakeRunner) -> None:
    name = new_name()
    assert runner.store.list() == []
    created = replay.create(runner, name)
    assert_created(runner, replay.site, name, created)
    assert runner.store.list() == [name]
    replay.say(f"create {created.seconds:.2f} s")
    for _ in range(2):
        assert_usable(runner, name)
    replay.say("config {:.0f} ms, url {:.0f} ms, inspect {:.0f} ms".format(
        *(call.seconds * 1000 for call in runner.calls[-3:])))
    assert_removed(runner, replay.site, name)


@case("A", Kind.NONE)
def machine_without_driver_is_listed_and_read(replay: Replay) -> None:
    """The dummy machine that set-up guides make first, to get certificates, and remove at once."""
    runner = replay.new_runner()
    name = new_name("a-%s")
    created = replay.create(runner, name)
    assert_created(runner, replay.site, name, created)
    assert runner.store.list() == [name]
    assert is_listed_for(name, "a-%s") and not is_listed_for(name, "b-%s")
    url, folder = assert_credentials(runner, name)
    assert url == replay.site.url
    assert folder == runner.store.machines / name
    assert runner.config(name).code != 0  # nothing listens there
    assert_ok(runner.force_remove(name))
    assert runner.store.list() == []
    for file in ("ca.pem", "ca-key.pem", "cert.pem", "key.pem"):
        assert (runner.store.path / "certs" / file).exists(), file
