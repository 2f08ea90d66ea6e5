# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What `dmachine __complete` offers to the shells; test_completion_shells.py drives the shells themselves."""

from __future__ import annotations

import pytest


def offered(program, *words, **environment):
    result = program.run("__complete", *words, environment=environment)
    assert (result.code, result.err) == (0, ""), result
    return [line.split("\t")[0] for line in result.lines()]


@pytest.mark.parametrize(("words", "expected"), [
    (["sta"], ["start", "stats", "status"]),
    (["-"], ["--debug", "-D", "--storage-path", "-s", "--native-ssh", "--version", "-v", "--tls-ca-cert", "--tls-ca-key",
             "--tls-client-cert", "--tls-client-key", "--github-api-token", "--bugsnag-api-token", "--help", "-h"]),
    (["--deb"], ["--debug"]),
    (["-D", "--storage-path", "x", "--v"], ["--version"]),
    (["--tls-ca-cert", ""], [":files"]),
    (["--storage-path="], [":folders"]),
    (["--native-ssh="], ["--native-ssh=true", "--native-ssh=false"]),
    (["nosuch", ""], []),
    (["url", ""], ["m1"]),
    (["url", "m1", ""], []),
    (["stop", "m1", ""], []),
    (["rm", "m1", "--"], ["--force", "--help"]),
    (["rm", "-y", "--"], ["--force", "--help"]),
    (["rm", "--force", "m1", "--"], []),
    (["rm", "--", "--"], []),
    (["ssh", ""], ["m1"]),
    (["gc", ""], ["m1", "buried"]),
    (["gc", "--adopt", "m1", ""], ["buried"]),
    (["gc", "--driver", "no"], ["none"]),
    (["gc", "--driver", "none", "--u"], ["--url"]),
    (["gc", "--adopt-key", ""], [":files"]),
    (["ssh", "m1", ""], []),
    (["h", "ac"], ["active"]),
    (["scp", "m"], ["m1:", ":files"]),
    (["scp", "-r", "file", "m1"], ["m1:", ":files"]),
    (["scp", "m1:/etc"], []),
    (["mount", "m"], ["m1:", ":files"]),
    (["help", "url", ""], []),
    (["active", ""], ["--timeout", "--help"]),
    (["ls", "--filter", "na"], ["name="]),
    (["ls", "--filter", "name="], ["name=m1"]),
    (["ls", "--filter", "driver=go"], ["driver=google"]),
    (["ls", "--filter=state=S"], ["--filter=state=Saved", "--filter=state=Stopped", "--filter=state=Stopping",
                                  "--filter=state=Starting"]),
    (["ls", "--filter", "state=Running", "--fi"], ["--filter"]),
    (["ls", "-q", "--qu"], []),
    (["ls", "-t", ""], []),
    (["env", "--shell="], [f"--shell={shell}" for shell in ("sh", "fish", "powershell", "cmd", "tcsh", "emacs")]),
    (["create", "-d", "no"], ["none"]),
    (["create", "-d", "none", "--u"], ["--url"]),
    (["create", "--driver=none", "--u"], ["--url"]),
    (["create", "-d", "nosuch", "--url"], []),
    (["create", "name", "-d", "none", "--u"], ["--url"]),
    (["create", "-d", "none", "name", "--u"], []),
    (["create", "--swarm-strategy", "b"], ["binpack"]),
    (["create", "--generic-ssh"], []),
    ([], None),
])
def test_what_is_offered(machine, words, expected):
    for name in ("buried", "$(reboot)"):
        (machine.store / f"machines/.{name}.tombstone-01234567").mkdir()
    names = offered(machine, *words)
    if expected is None:
        assert names[0] == "active" and names[-1] == "help"
    else:
        assert names == expected


def test_the_driver_may_come_from_its_variable(program):
    assert offered(program, "create", "--generic-ssh-p", MACHINE_DRIVER="generic") == ["--generic-ssh-port"]


def test_machine_names_come_from_the_store_that_is_meant(machine, tmp_path):
    machine.ok("-s", str(tmp_path / "other"), "create", "-d", "none", "--url", "u", "there")
    assert offered(machine, "-s", str(tmp_path / "other"), "url", "") == ["there"]
    assert offered(machine, "-s", "~/other", "url", "") == ["there"]
    assert offered(machine, f"--storage-path={tmp_path}/other", "url", "") == ["there"]
    assert offered(machine, "url", "") == ["m1"]


def test_no_store_and_a_broken_one_offer_no_names_in_silence(program):
    assert offered(program, "url", "") == []
    program.store.mkdir()
    (program.store / "machines").write_text("")
    assert offered(program, "url", "") == []


def test_folders_that_are_no_machines_names_are_left_out(machine):
    for name in ("two words", "$(reboot)", "line\nfeed", ".hidden"):
        (machine.store / "machines" / name).mkdir()
    assert offered(machine, "rm", "") == ["m1"]


def test_debug_output_is_never_among_it(machine):
    for value in ("true", "maybe"):
        assert offered(machine, "-D", "url", "", MACHINE_DEBUG=value) == ["m1"]


def test_a_description_stands_behind_a_tab(machine):
    assert "kill\tStop machines at once, without a shutdown" in machine.ok("__complete", "ki").splitlines()
    assert "none\tan engine that is there already, by its URL" in machine.ok("__complete", "create", "-d", "n").splitlines()
