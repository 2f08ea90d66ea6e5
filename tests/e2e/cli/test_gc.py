# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""gc, tombstones, records and stats as far as no cloud is needed."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import time

import pytest

NONE = ["-d", "none", "--url", "tcp://h:1"]
ID = "0123456789abcdef"


def lose_driver(program, name):
    """The machine is of a driver that is not here from now on: nobody can remove it."""
    config = program.store / f"machines/{name}/config.json"
    content = json.loads(config.read_text())
    content["DriverName"] = "lost"
    config.write_text(json.dumps(content))


def bury(program, name):
    program.ok("create", *NONE, name)
    lose_driver(program, name)
    result = program.run("rm", "-f", name)
    assert (result.code, len(result.err.splitlines())) == (0, 1), result
    assert '"docker-machine gc --yes"' in result.err and ".tombstone-" in result.err
    [tombstone] = (program.store / "machines").glob(f".{name}.tombstone-*")
    return tombstone


def find_driver_again(tombstone):
    config = tombstone / "config.json"
    config.write_text(config.read_text().replace('"lost"', '"none"'))


def set_due(tombstone):
    note = tombstone / "retry.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"NextTry": 0}))


def test_a_new_store_has_nothing_to_delete_and_stays_as_it_is(program):
    result = program.run("gc")
    assert (result.code, result.out, result.err) == (0, "Nothing to delete.\n", "")
    assert not program.store.exists()


def test_a_store_without_an_id_deletes_nothing(program):
    google = ["--driver", "google", "--google-project", "my-ci"]
    result = program.run("gc", "--yes", *google)
    assert result.code == 1
    assert result.err.startswith("gc --yes does not know whose resources to delete: this store has no id (give --store-id ID")
    # No account was ever used: there is nothing of this store to delete, which cron need not report.
    assert program.ok("gc", "--yes") == "0 deleted, 0 failed\n"
    assert program.ok("gc", "--yes", "--all-stores") == "0 deleted, 0 failed\n"


def test_bad_values_are_explained(program):
    for words, text in [(["--older-than", "1"], 'invalid value "1" for --older-than'),
                        (["--store-id", "mine"], 'invalid value "mine" for --store-id'),
                        (NONE, "driver none has no account to look through"),
                        (["-d", "nosuch"], 'Driver "nosuch" not found')]:
        result = program.run("gc", *words)
        assert result.code == 1 and result.err.startswith(text), result
    assert "90s, 15m" in program.run("gc", "--older-than", "1").err


def test_what_rm_f_left_is_shown_and_goes_at_once(program):
    tombstone = bury(program, "m1")
    assert program.ok("ls", "-q") == ""
    shown = program.run("gc")
    assert (shown.code, shown.err) == (4, "")
    assert "MACHINE   SINCE" in shown.out and shown.out.endswith("0 orphans, 1 unfinished removal. --yes deletes them.\n")
    failed = program.run("gc", "--yes", "--store-id", ID)
    assert failed.code == 1 and failed.err.startswith("Error removing what rm -f had left of m1: Driver"), failed
    assert json.loads((tombstone / "retry.json").read_text())["Attempts"] == 2
    find_driver_again(tombstone)
    assert program.ok("gc", "-y", "--store-id", ID) == "Removed what rm -f had left of m1\n0 deleted, 0 failed\n"
    assert not tombstone.exists()
    assert program.run("gc").code == 0


def test_the_next_command_removes_what_is_due(program):
    tombstone = bury(program, "m1")
    find_driver_again(tombstone)
    program.ok("create", *NONE, "m2")
    assert tombstone.exists()  # a minute after the failure at the earliest
    # A command may be over before the thread has begun, or in the middle of it: it never waits for it.
    for number in range(3, 60):
        set_due(tombstone)
        program.ok("create", *NONE, f"m{number}")
        if not tombstone.exists():
            break
    assert not tombstone.exists()
    assert not list((program.store / "machines").glob(".m1*"))


def test_a_cloud_that_hangs_is_not_waited_for(program):
    """What rm -f left is in a cloud that takes every request and answers none: creates and removals go on as ever."""
    tombstone = bury(program, "m1")
    config = tombstone / "config.json"
    content = json.loads(config.read_text())
    content["DriverName"] = "amazonec2"
    with socket.create_server(("127.0.0.1", 0)) as cloud:
        content["Driver"] |= {"AccessKey": "AKIAEXAMPLE", "SecretKey": "s", "Region": "us-east-1", "DisableSSL": True,
                              "Endpoint": f"http://127.0.0.1:{cloud.getsockname()[1]}", "InstanceId": "i-0123456789abcdef0"}
        config.write_text(json.dumps(content))
        cloud.settimeout(0)
        for _ in range(30):
            set_due(tombstone)
            for words in (["create", *NONE, "m2"], ["rm", "-y", "m2"]):
                start = time.monotonic()
                program.ok(*words)
                assert time.monotonic() - start < 30  # a request would take its whole minute
            try:
                cloud.accept()
                break
            except BlockingIOError:  # the command was over before the thread had begun
                continue
        else:
            pytest.fail("nobody ever tried")
    note = json.loads((tombstone / "retry.json").read_text())
    assert note["Attempts"] == 1 and note["NextTry"] > time.time() and config.exists()


def test_a_tombstone_waits_while_its_name_is_in_use(program):
    tombstone = bury(program, "m1")
    find_driver_again(tombstone)
    program.ok("create", *NONE, "m1")
    kept = program.run("gc", "--yes", "--store-id", ID)
    assert (kept.code, kept.err) == (0, "") and "there is a machine of the same name" in kept.out, kept
    program.ok("rm", "-y", "m1")
    assert "Removed what rm -f had left of m1" in program.ok("gc", "--yes", "--store-id", ID)


def test_json_is_all_that_stdout_has(program):
    find_driver_again(bury(program, "m1"))
    shown = program.run("gc", "--json")
    report = json.loads(shown.out)
    assert shown.code == 4
    assert (report["dry_run"], report["orphans"], report["accounts"]) == (True, 0, [])
    assert [(one["machine"], one["outcome"], one["attempts"]) for one in report["tombstones"]] == [("m1", "found", 1)]
    done = program.run("gc", "--json", "--yes", "--store-id", ID)
    assert done.code == 0
    assert [one["outcome"] for one in json.loads(done.out)["tombstones"]] == ["removed"]


def test_records_and_stats(program):
    program.ok("create", *NONE, "m1")
    program.ok("create", *NONE, "m2")
    program.ok("rm", "-y", "m1", "m2")
    log = program.store / "dmachine/records.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(one["command"], one["driver"], one["outcome"], one["error"]) for one in records] == [
        ("create", "none", "ok", ""), ("create", "none", "ok", ""), ("rm", "none", "ok", ""), ("rm", "none", "ok", "")]
    assert [one["machine"] for one in records[:2]] == ["m1", "m2"]
    assert "precheck" in records[0]["phases"] and "remove" in records[2]["phases"]
    bury(program, "m3")
    assert json.loads(log.read_text().splitlines()[-1])["error"] == "not found"
    table = program.ok("stats").splitlines()
    assert table[0].split()[:4] == ["COMMAND", "DRIVER", "OK", "FAILED"]
    assert ["create", "none", "3", "0", "0"] == table[1].split()[:5]
    counts = {(one["command"], one["driver"]): one["outcomes"] for one in json.loads(program.ok("stats", "--json"))["commands"]}
    assert counts == {("create", "none"): {"ok": 3}, ("rm", "none"): {"ok": 2}, ("rm", "lost"): {"failed": 1}}


def test_a_killed_create_is_counted(program, tmp_path):
    key = tmp_path / "key"
    program.ok("create", *NONE, "m1")
    key.write_text((program.store / "certs/ca-key.pem").read_text())
    key.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as host:
        host.settimeout(60)
        child = program.start("create", "-d", "generic", "--generic-ip-address", "127.0.0.1", "--generic-ssh-port",
                              str(host.getsockname()[1]), "--generic-ssh-key", str(key), "m2", stdout=subprocess.DEVNULL)
        try:
            connection, _ = host.accept()  # by the create, which now waits for a word
            counted = json.loads(program.ok("stats", "--json"))["commands"]
            assert [one["driver"] for one in counted] == ["none"]
        finally:
            child.kill()
            child.wait()
        connection.close()
    outcomes = {(one["command"], one["driver"]): one["outcomes"] for one in json.loads(program.ok("stats", "--json"))["commands"]}
    assert outcomes == {("create", "none"): {"ok": 1}, ("create", "generic"): {"killed": 1}}
    assert not list((program.store / "dmachine/running").iterdir())
    assert program.ok("stats").splitlines()[1].split()[:6] == ["create", "generic", "0", "0", "0", "1"]


def test_stats_are_written_for_prometheus(program, tmp_path):
    program.ok("create", *NONE, "m1")
    bury(program, "m2")
    file = tmp_path / "dmachine.prom"
    assert program.ok("stats", "--prometheus", str(file)) == ""
    text = file.read_text()
    assert 'dmachine_commands{command="create",driver="none",outcome="ok"} 2\n' in text
    assert 'dmachine_command_errors{command="rm",driver="lost",class="not found"} 1\n' in text
    assert 'dmachine_phase_seconds_count{command="create",driver="none",phase="precheck"} 2\n' in text
    assert text.endswith("dmachine_tombstones 1\n")
    # Each metric has its type before its first line, and its lines stand together.
    seen = []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            seen.append(line.split()[2])
        elif not line.startswith("#"):
            assert line.split("{")[0].split(" ")[0].startswith(seen[-1]), line
    assert len(seen) == len(set(seen)) == 7


def test_a_read_only_store_still_lists_and_counts(program):
    assert program.ok("stats").startswith("COMMAND")
    assert not program.store.exists()
