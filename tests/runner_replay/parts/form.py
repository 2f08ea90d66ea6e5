# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""H. Form: odd words, odd names, odd surroundings."""

from __future__ import annotations

import os
import re
import subprocess

from ..case import CLOUDS, Kind, Replay, case
from ..invoke import Reading
from ..runner import STORE_PATH_TEMPLATE
from ..steps import (assert_clean, assert_created, assert_credentials, assert_ok, create_until_ssh, half_made,
                     restart_and_remove)
from ..store import new_name

VALUES = ("a b", " a", "a ", "'single'", '"double"', "a=b=c", "$HOME", "~", "*", "`true`", "ä€😀", "a,b", "\\n", "-x",
          "--", "%s")


@case("H", Kind.NONE)
def thousand_machine_options(replay: Replay) -> None:
    """All arrive, in order."""
    runner, name = replay.new_runner(), new_name()
    labels = [f"number{i}={i}" for i in range(1000)]
    call = replay.create(runner, name, *(f"engine-label={label}" for label in labels))
    assert_created(runner, replay.site, name, call)
    assert runner.store.config(name)["HostOptions"]["EngineOptions"]["Labels"] == labels


@case("H", Kind.NONE)
def values_are_taken_as_they_are(replay: Replay) -> None:
    """Blanks, quotes, =, $, UTF-8: no shell, no trimming, no splitting."""
    runner, name = replay.new_runner(), new_name()
    options = [f"engine-env=A={value}" for value in VALUES] + [f"engine-opt={value}" for value in VALUES]
    assert_created(runner, replay.site, name, replay.create(runner, name, *options))
    engine = runner.store.config(name)["HostOptions"]["EngineOptions"]
    assert engine["Env"] == [f"A={value}" for value in VALUES]
    assert engine["ArbitraryFlags"] == list(VALUES)
    assert_ok(runner.run(["inspect", name], Reading.WHOLE))


@case("H", Kind.NONE)
def entries_of_machine_options(replay: Replay) -> None:
    """The forms that people write in config.toml, right and wrong."""
    for entry, expected in (("engine-label=a=b", ["a=b"]), ('engine-label="a=b"', ['"a=b"']),
                            ("engine-label= a", [" a"])):
        runner, name = replay.new_runner(), new_name()
        assert_created(runner, replay.site, name, replay.create(runner, name, entry))
        assert runner.store.config(name)["HostOptions"]["EngineOptions"]["Labels"] == expected
    runner, name = replay.new_runner(), new_name()
    assert_created(runner, replay.site, name, replay.create(runner, name, "engine-storage-driver=", ""))
    for entry, text in (("--engine-label=a=b", "bad flag syntax: ----engine-label=a=b"),
                        ("engine-label a=b", "flag provided but not defined: -engine-label a")):
        runner, name = replay.new_runner(), new_name()
        call = replay.create(runner, name, entry)
        assert call.code == 1 and text in call.stderr, call.report()
        assert runner.store.list() == []
    runner, name = replay.new_runner(), new_name()
    call = runner.create("none", ["", "url=tcp://127.0.0.1:1"], name)  # an empty entry that is not the last one
    assert call.code == 1 and "Invalid command line. Found extra arguments" in call.stderr, call.report()
    assert runner.store.list() == []


@case("H", *CLOUDS)
def booleans_with_a_value(replay: Replay) -> None:
    """`google-preemptible=true`, `amazonec2-request-spot-instance=true` are how the runner's users write it."""
    runner, name = replay.new_runner(), new_name()
    true, false, key = replay.site.true_and_false
    child = create_until_ssh(replay, runner, name, true, false)
    child.send(9)
    child.wait(10)
    assert runner.store.config(name)["Driver"][key] is True
    restart_and_remove(runner, replay.site, name)


def _name_of_length(length: int) -> str:
    name = new_name("a%s")
    return name[:18] + "b" * (length - len(name)) + name[18:]


@case("H", Kind.NONE)
def long_names_without_a_cloud(replay: Replay) -> None:
    """No limit but the file system's; the certificates' organisation has one, which must not stop anything."""
    runner = replay.new_runner()
    for length in (58, 59, 63, 64, 65, 128):
        name = _name_of_length(length)
        assert_created(runner, replay.site, name, replay.create(runner, name))
        assert name in runner.store.list()


@case("H", Kind.CLOUD)
def long_names_in_a_cloud(replay: Replay) -> None:
    """58 characters are the most (NAME-disk has 63); more is refused before anything is made, exit 3."""
    runner = replay.new_runner()
    name = _name_of_length(58)
    child = create_until_ssh(replay, runner, name)
    child.send(9)
    child.wait(10)
    restart_and_remove(runner, replay.site, name)
    for length in (59, 63, 64, 65):
        name = _name_of_length(length)
        call = replay.create(runner, name)
        assert call.code == 3, call.report()
        assert re.search(r"\b(58|63)\b", call.stderr), f"the limit is not named: {call.report()}"
        assert_clean(runner, replay.site, name)


@case("H", Kind.NONE)
def machine_name_without_placeholder(replay: Replay) -> None:
    """Go's Sprintf then makes names that no machine can have."""
    runner = replay.new_runner()
    for bad in ("%!(EXTRA string=1-a)", "%!s(MISSING)"):
        call = replay.create(runner, f"runner-abcdefghi-x{bad}")
        assert call.code == 1, call.report()
        assert "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -" in call.stderr, call.report()
        assert runner.store.list() == []


@case("H", Kind.NONE)
def variables_of_the_runner_itself(replay: Replay) -> None:
    """It shares the prefix MACHINE_ with its child."""
    runner = replay.new_runner(env={
        "MACHINE_DRIVER": "google", "MACHINE_NAME": "auto-%s", "MACHINE_OPTIONS": "google-project=x",
        "MACHINE_OPTIONS_WITH_NAME": "google-label=a:%s", "MACHINE_IDLE_COUNT": "3", "MACHINE_IDLE_COUNT_MIN": "1",
        "MACHINE_IDLE_SCALE_FACTOR": "1.1", "MACHINE_IDLE_TIME": "600", "MACHINE_MAX_BUILDS": "10",
        "MACHINE_MAX_GROWTH_RATE": "5", "MACHINE_MAX_REMOVAL_ATTEMPTS": "2", "MACHINE_OFF_PEAK_IDLE_COUNT": "1",
        "MACHINE_BUGSNAG_API_TOKEN": "no-report"})
    name = new_name()
    assert_created(runner, replay.site, name, replay.create(runner, name))
    assert_credentials(runner, name)


@case("H", Kind.NONE)
def debug_output_stays_out_of_answers(replay: Replay) -> None:
    """MACHINE_DEBUG=true: stdout of url and inspect -f is still one line."""
    runner, name = replay.new_runner(env={"MACHINE_DEBUG": "true"}), new_name()
    assert_ok(replay.create(runner, name))
    for words, expected in ((["url", name], replay.site.url),
                            (["inspect", name, "-f", STORE_PATH_TEMPLATE], str(runner.store.machines / name))):
        call = assert_ok(runner.run(words, Reading.WHOLE))
        assert call.stdout == expected + "\n", call.report()


@case("H", Kind.NONE)
def home_is_not_set(replay: Replay) -> None:
    """MACHINE_STORAGE_PATH alone is enough."""
    runner, name = replay.new_runner(), new_name()
    for variable in ("HOME", "USER"):
        del runner.env[variable]
    assert_created(runner, replay.site, name, replay.create(runner, name))
    assert_credentials(runner, name)


@case("H", Kind.NONE)
def read_only_store(replay: Replay) -> None:
    """An error that names the file, and no hang."""
    if os.geteuid() != 0:
        replay.say("left out: mounting needs root")
        return
    runner, name = replay.new_runner(), new_name()
    assert_ok(replay.create(runner, name))
    program = replay.program_folder() / "docker-machine"
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
    for words in (["create", "-d", "none", "--url", "tcp://127.0.0.1:1", new_name()], ["rm", "-y", name]):
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", runner.store.path, program, *words],
                              env=runner.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, f"{words}: {done}"
        assert "read-only file system" in done.stderr.lower() or f'Can\'t remove "{name}"' in done.stderr, \
            f"{words}: {done.stderr}"
    assert runner.exists(name)
    assert_credentials(runner, name)


@case("H", *CLOUDS)
def cloud_calls_go_through_the_proxy(replay: Replay) -> None:
    """HTTPS_PROXY serves the cloud's calls; config's connection to the machine does not go there."""
    with replay.site.proxied() as (variables, proxy):
        runner = replay.new_runner(env=variables)
        name = half_made(replay, runner)
        assert proxy.connections, "no cloud call came through the proxy"
        before = len(proxy.connections)
        call = runner.config(name)
        assert call.code != 0
        targets = {target for target in proxy.connections[before:] if target.endswith(":2376")}
        assert targets == set(), targets
        assert runner.finalize_removal(name, attempts=3), runner.calls[-1].report()
        assert_clean(runner, replay.site, name)
