# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the runner does with a machine, with what must hold at each step as assertions."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.parse
from pathlib import Path

from .case import Replay
from .invoke import Call, Child
from .runner import FakeRunner
from .sites import Site
from .store import new_name

REACHED_SSH = "Waiting for machine to be running"  # create has its instance, its address and a saved store
CONFIG_LIMIT = 2.0  # seconds, machine alive
DEAD_CONFIG_LIMIT = 25.0  # seconds, machine dead


def assert_ok(call: Call) -> Call:
    assert call.code == 0, call.report()
    return call


def assert_created(runner: FakeRunner, site: Site, name: str, call: Call) -> None:
    """A.2 to A.4."""
    assert_ok(call)
    assert "Creating machine..." in call.stdout.splitlines(), call.report()
    assert call.stderr == "", f"every line on stderr is an ERROR in the runner's log: {call.report()}"
    labels = runner.store.labels(name)
    assert labels["DriverName"] == site.driver, labels
    for key, value in site.labels.items():
        assert labels[key] == value, f"label {key}: {labels}"


def assert_usable(runner: FakeRunner, name: str) -> None:
    """A.5 to A.9: what Acquire, Use and Credentials ask, then a Docker call as the runner makes it."""
    for _ in range(3):
        call = assert_ok(runner.config(name))
        assert call.seconds < CONFIG_LIMIT, call.report()
    url, folder = assert_credentials(runner, name)
    assert_engine_answers(url, folder)


def assert_credentials(runner: FakeRunner, name: str) -> tuple[str, Path]:
    url = assert_ok(runner.url(name))
    assert url.stderr == "" and url.stdout.endswith("\n") and url.stdout.count("\n") == 1, url.report()
    inspect = assert_ok(runner.certificate_folder(name))
    assert inspect.stdout.endswith("\n") and inspect.stdout.count("\n") == 1, inspect.report()
    folder = Path(inspect.stdout.strip())
    assert folder.is_absolute(), inspect.report()
    return url.stdout.strip(), folder


def assert_engine_answers(url: str, certificates: Path) -> None:
    """GET /_ping with the three files of the folder, the certificate verified against the URL's host."""
    parts = urllib.parse.urlsplit(url)
    assert parts.scheme == "tcp" and parts.port == 2376, url
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=20, context=context)
    try:
        connection.request("GET", "/_ping")
        answer = connection.getresponse()
        assert answer.status == 200, f"GET /_ping: {answer.status}"
    finally:
        connection.close()


def assert_removed(runner: FakeRunner, site: Site, name: str) -> None:
    """B: exists, stop, rm -y; afterwards nothing is left in cloud and store."""
    assert runner.store.has_config(name), f"{name}: no config.json, so the runner would never remove it"
    assert runner.exists(name), runner.calls[-1].report()
    stop = runner.stop(name)
    assert not stop.killed, f"stop took its whole minute: {stop.report()}"
    assert_ok(runner.remove(name))
    assert_clean(runner, site, name)


def assert_clean(runner: FakeRunner, site: Site, name: str) -> None:
    said = runner.calls[-1].report() if runner.calls else ""
    assert site.holds() == [], f"left in the cloud: {site.holds()}; last call: {said}"
    assert name not in runner.store.list(), f"{name} is still listed; last call: {said}"
    left = [entry for entry in runner.store.leftovers() if name in entry]
    if left and all(entry.startswith((f".{name}.new", f".{name}.old")) for entry in left):
        # Killed with a folder on its way in or out, which no lister sees: the next create clears it away.
        sweeper = new_name()
        assert_ok(runner.create("none", ["url=tcp://127.0.0.1:1"], sweeper))
        assert_ok(runner.remove(sweeper))
        left = [entry for entry in runner.store.leftovers() if name in entry]
    assert left == [], f"left in the store: {left}"


def restart_and_remove(runner: FakeRunner, site: Site, name: str) -> None:
    """A restarted runner meets what a dead create left: listed means Idle, so config (which must fail), then B."""
    if name in runner.store.list():
        call = runner.config(name)
        assert call.code != 0 and call.seconds < DEAD_CONFIG_LIMIT, call.report()
        assert runner.finalize_removal(name, attempts=3), \
            f"listed, yet it does not exist for the runner, which lists it for ever: {runner.calls[-1].report()}"
    assert_clean(runner, site, name)


def create_until_ssh(replay: Replay, runner: FakeRunner, name: str, *more: str) -> Child:
    """A create on a site whose instances never answer, running, as far as it can get. AssertionError if it ended."""
    child = replay.start_create(runner, name, *more)
    reached = child.wait_line(REACHED_SSH, 60)
    assert reached, f"create did not get to waiting for SSH: {child.call.report()}"
    return child


def half_made(replay: Replay, runner: FakeRunner) -> str:
    """A machine with an instance, an address and a store, whose create was killed while it waited for SSH."""
    name = new_name()
    child = create_until_ssh(replay, runner, name)
    child.send(9)
    child.wait(10)
    return name


def eventually(what: str, condition, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout:g} s: {what}"
        time.sleep(0.02)
