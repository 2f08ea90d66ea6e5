# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Machines of Docker Machine before 0.5.0: any command that reads them brings them to version 3."""

import fcntl
import json
import subprocess

import pytest

from tests.e2e.store.conftest import SAMPLES

OLD = (SAMPLES / "v1" / "none" / "config.json").read_bytes()


def mode(path):
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize("words", ["ls -q", "ls", "inspect none", "url none", "status none", "ip none", "env -u", "active"])
def test_any_command_that_loads_migrates(program, put, words):
    path = put("none", OLD)
    backup = path.with_name("config.json.bak")
    result = program.run(*words.split())
    if words == "env -u":  # reads no machine
        assert not backup.exists()
        return
    assert words == "active" or result.code == 0, result
    assert backup.read_bytes() == OLD
    assert (mode(path), mode(backup)) == (0o600, 0o600)
    assert json.loads(path.read_bytes())["ConfigVersion"] == 3
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["config.json", "config.json.bak"]
    after = path.read_bytes()
    assert program.ok("url", "none") == "tcp://192.0.2.17:2376\n"
    assert (path.read_bytes(), backup.read_bytes()) == (after, OLD)


def test_stdout_is_what_it_is_for_a_new_machine(program, put):
    put("none", OLD)
    assert program.ok("inspect", "none", "-f", "{{.HostOptions.AuthOptions.StorePath}}") == "/srv/store/machines/none\n"


def test_a_store_of_all_versions_is_listed(program, put):
    for version in ("v0", "v1", "v2", "v3"):
        for sample in (SAMPLES / version).iterdir():
            put(f"{version}-{sample.name}", (sample / "config.json").read_bytes())
    names = program.ok("ls", "-q").splitlines()
    assert len(names) == sum(1 for version in ("v0", "v1", "v2", "v3") for _ in (SAMPLES / version).iterdir())
    for name in names:
        program.ok("inspect", name)


def test_many_readers_at_once_lose_nothing(program, put):
    paths = [put(f"m{number}", OLD.replace(b"192.0.2.17", b"192.0.2.%d" % number)) for number in range(40)]
    before = [path.read_bytes() for path in paths]
    readers = [program.start("ls", "-q", stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    for reader in readers:
        out, err = reader.communicate(timeout=100)
        assert (reader.returncode, err, len(out.splitlines())) == (0, "", 40)
    for number, path in enumerate(paths):
        assert path.with_name("config.json.bak").read_bytes() == before[number]
        assert json.loads(path.read_bytes())["Driver"]["URL"] == f"tcp://192.0.2.{number}:2376"
    assert sorted(entry.name for entry in (program.store / "machines").iterdir()) == sorted(f"m{n}" for n in range(40))


def test_a_machine_being_worked_on_is_read_and_left_alone(program, put):
    path = put("none", OLD)
    with open(path.parents[1] / ".none.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert program.ok("url", "none") == "tcp://192.0.2.17:2376\n"
        assert path.read_bytes() == OLD


def test_a_store_that_cannot_be_written_is_still_read(program, put):
    path = put("none", OLD)
    (path.parent / "config.json.bak" / "in-the-way").mkdir(parents=True)
    result = program.run("url", "none")
    assert (result.code, result.out) == (0, "tcp://192.0.2.17:2376\n")
    assert result.err.startswith("Error attempting to save backup after migration: "), result
    assert path.read_bytes() == OLD


def test_removing_an_old_machine(program, put):
    path = put("none", OLD)
    assert program.ok("rm", "-y", "none").endswith("Successfully removed none\n")
    assert not path.parent.exists()
