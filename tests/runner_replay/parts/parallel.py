# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""E. Many creates and removals at once, with a lister that looks at every instant."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import threading

from ..case import CLOUDS, REAL_CLOUDS, Kind, Replay, case
from ..invoke import Call
from ..processes import Watch
from ..runner import FakeRunner
from ..steps import REACHED_SSH, assert_created, assert_ok, assert_usable
from ..store import is_listed_for, new_name

TEMPLATES = ("a-%s", "b-%s")  # two [[runners]] sections


class Lister:
    """Every 50 ms: each listed machine has a config.json that can be parsed."""

    def __init__(self, runner: FakeRunner):
        self._runner, self._over = runner, threading.Event()
        self.removing: set[str] = set()  # what goes may be half gone
        self.faults: list[str] = []

    def __enter__(self) -> Lister:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        store = self._runner.store
        while not self._over.wait(0.05):
            for name in store.list():
                try:
                    json.loads((store.machines / name / "config.json").read_text())
                except (OSError, ValueError) as error:
                    if name not in self.removing and name in store.list():
                        self.faults.append(f"{name}: {error}")


def _names(number: int) -> list[str]:
    return [new_name(TEMPLATES[i % 2]) for i in range(number)]


def _assert_sections(runner: FakeRunner, names: list[str]) -> None:
    listed = runner.store.list()
    assert listed == sorted(names), f"{len(listed)} of {len(names)} are listed"
    for index, template in enumerate(TEMPLATES):
        assert [n for n in listed if is_listed_for(n, template)] == sorted(names[index::2])


def _assert_one_authority(runner: FakeRunner, names: list[str], driverless: bool) -> None:
    """CA, key and client certificate fit each other, and every machine's copies are the same as the shared ones."""
    certs = runner.store.path / "certs"
    verified = subprocess.run(["openssl", "verify", "-CAfile", certs / "ca.pem", certs / "cert.pem"],
                              capture_output=True, text=True)
    assert verified.returncode == 0, f"the client certificate does not fit the CA: {verified.stderr}"
    ssl.create_default_context().load_cert_chain(certs / "cert.pem", certs / "key.pem")
    of_certificate = _openssl("x509", "-in", certs / "ca.pem", "-noout", "-pubkey")
    assert of_certificate == _openssl("pkey", "-in", certs / "ca-key.pem", "-pubout"), "ca-key.pem is not ca.pem's key"
    if not driverless:
        for name in names:
            for file in ("ca.pem", "cert.pem", "key.pem"):
                copy = runner.store.machines / name / file
                assert copy.read_bytes() == (certs / file).read_bytes(), f"{copy} is not the shared one"


def _openssl(*words) -> bytes:
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout


def _remove_all(replay: Replay, runner: FakeRunner, names: list[str], lister: Lister) -> list[Call]:
    """B of all machines at once."""
    for name in names:
        assert runner.exists(name), runner.calls[-1].report()
    stops = [runner.start_stop(name) for name in names]
    for stop in stops:
        stop.wait(120)
    lister.removing.update(names)
    removed = [child.wait(600) for child in [runner.start_remove(name) for name in names]]
    for call in removed:
        assert_ok(call)
    assert runner.store.list() == []
    assert replay.site.holds() == [], replay.site.holds()
    return removed


def _driverless(replay: Replay, number: int) -> None:
    runner, names = replay.new_runner(), _names(number)
    with Lister(runner) as lister, Watch(runner.store.path) as watch:
        children = [replay.start_create(runner, name) for name in names]
        for name, child in zip(names, children):
            assert_created(runner, replay.site, name, child.wait(300))
        _assert_sections(runner, names)
        _assert_one_authority(runner, names, driverless=True)
        longest = max(child.call.seconds for child in children)
        replay.say(f"{number} creates at once: the longest {longest:.1f} s, at most {watch.peak.processes} processes, "
                   f"{watch.peak.mib:.0f} MiB")
        _remove_all(replay, runner, names, lister)
    assert lister.faults == [], lister.faults[:5]


@case("E", Kind.NONE)
def twenty_creates_in_an_empty_store(replay: Replay) -> None:
    """All succeed, one CA, nothing half-written is ever listed."""
    _driverless(replay, 20)


@case("E", Kind.NONE)
def hundred_creates_in_an_empty_store(replay: Replay) -> None:
    """The same with a hundred."""
    _driverless(replay, 100)


@case("E", Kind.NONE)
def ten_stores_started_empty(replay: Replay) -> None:
    """The race of the first creates for the certificates, ten times with five creates each."""
    for _ in range(10):
        runner, names = replay.new_runner(), _names(5)
        for child in [replay.start_create(runner, name) for name in names]:
            assert_ok(child.wait(120))
        _assert_one_authority(runner, names, driverless=True)


@case("E", *CLOUDS)
def hundred_creates_share_a_rate_limit(replay: Replay) -> None:
    """A hundred instances are made although the API allows only 40 requests a second; SIGTERM undoes them all."""
    runner, names = replay.new_runner(), _names(100)
    replay.site.limit_rate(40)
    replay.site.forget_calls()
    with Lister(runner) as lister, Watch(runner.store.path) as watch:
        children = [replay.start_create(runner, name) for name in names]
        for child in children:
            assert child.wait_line(REACHED_SSH, 420), child.call.report()
        _assert_sections(runner, names)
        assert replay.site.instances() == sorted(names)
        rates = replay.site.requests_per_second()
        replay.say(f"{len(rates)} s, {sum(rates)} requests, at most {max(rates)} in a second; at most "
                   f"{watch.peak.processes} processes, {watch.peak.mib:.0f} MiB")
        for name in names:
            assert runner.exists(name), runner.calls[-1].report()
        replay.site.limit_rate(None)
        lister.removing.update(names)
        for child in children:
            child.send(signal.SIGTERM)
        for child in children:
            assert child.wait(120).code != 0
    assert replay.site.holds() == [], replay.site.holds()
    assert runner.store.list() == []
    assert lister.faults == [], lister.faults[:5]


@case("E", *REAL_CLOUDS)
def twenty_creates_eight_of_them_real(replay: Replay) -> None:
    """Twenty at once into an empty store: twenty instances, one CA; eight boot and must be usable."""
    runner, names = replay.new_runner(), _names(20)
    replay.site.boot_only(8)
    with Lister(runner) as lister, Watch(runner.store.path) as watch:
        children = {name: replay.start_create(runner, name) for name in names}
        for child in children.values():
            assert child.wait_line(REACHED_SSH, 300), child.call.report()
        assert replay.site.instances() == sorted(names)
        real = replay.site.booted()
        assert len(real) == 8, real
        for name in real:
            assert_created(runner, replay.site, name, children[name].wait(600))
        replay.say(f"8 real creates at once: the longest {max(children[n].call.seconds for n in real):.1f} s, at most "
                   f"{watch.peak.processes} processes, {watch.peak.mib:.0f} MiB")
        _assert_one_authority(runner, real, driverless=False)
        for name in real:
            assert_usable(runner, name)
        others = [name for name in names if name not in real]
        lister.removing.update(others)
        for name in others:
            children[name].send(signal.SIGTERM)
        for name in others:
            assert children[name].wait(120).code != 0
        assert replay.site.instances() == sorted(real)
        _remove_all(replay, runner, real, lister)
    assert lister.faults == [], lister.faults[:5]
