# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""mount: what sshfs and fusermount are called with. A stand-in for sshfs logs in with the options it was given."""

from __future__ import annotations

import os

import pytest

SSHFS = """\
#!/bin/sh
# Writes its words down, and lists the folder it should mount with the real ssh.
printf '%s\\n' "$@" >"$RECORD"
set --
while IFS= read -r word; do set -- "$@" "$word"; done <"$RECORD"
options=$(($# - 2))
place=$(eval echo "\\${$((options + 1))}") point=$(eval echo "\\${$#}")
i=0
while [ $i -lt $options ]; do first=$1; shift; set -- "$@" "$first"; i=$((i + 1)); done
shift 2
exec ssh "$@" "${place%%:*}" ls "${place#*:}" >"$point/listing"
"""


@pytest.fixture
def tools(tmp_path):
    """A folder for PATH, and the file where the last call was written down."""
    folder = tmp_path / "bin"
    folder.mkdir()
    record = tmp_path / "record"

    def add(name, text='#!/bin/sh\nprintf "%s\\n" "$@" >"$RECORD"\n'):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}", "RECORD": str(record)}

    add.record = record
    return add


def test_the_folder_is_mounted_with_the_machines_key_and_pin(fleet, tools, tmp_path):
    store = fleet.program.store / "machines" / "b"
    fleet.program.ok("mount", "b:/etc/ssh", str(tmp_path), environment=tools("sshfs", SSHFS))
    assert tools.record.read_text().split("\n")[:-1] == [
        "-o", "StrictHostKeyChecking=yes", "-o", f'UserKnownHostsFile="{store}/known_hosts"', "-o", "HostKeyAlias=b",
        "-o", "LogLevel=error", "-o", "IdentitiesOnly=yes", "-o", "Port=2222", "-o", f'IdentityFile="{store}/key-b"',
        f"ubuntu@{fleet.hosts['b'].ip}:/etc/ssh", str(tmp_path),
    ]  # fmt: skip
    assert "sshd_config" in (tmp_path / "listing").read_text().split()


def test_the_mount_point_is_the_same_path_here(fleet, tools):
    fleet.program.ok("mount", "root@a:/srv/x", environment=tools("sshfs"))
    assert tools.record.read_text().split("\n")[-3:-1] == [f"root@{fleet.hosts['a'].ip}:/srv/x", "/srv/x"]


def test_unmount(fleet, tools, tmp_path):
    for name in ("fusermount3", "fusermount"):
        environment = tools(name)
        for option in ("-u", "--unmount"):
            fleet.program.ok("mount", option, "a:/data", environment=environment)
            assert tools.record.read_text() == "-u\n/data\n"
        fleet.program.ok("mount", "-u", "a:/data", "/here", environment=environment)
        assert tools.record.read_text() == "-u\n/here\n"
    result = fleet.program.run("mount", "-u", "x:/data", environment=environment)
    assert result.code == 1
    assert result.err.startswith('Error loading host: Error loading host: Docker machine "x" does not exist.')


def test_failures(fleet, tools, tmp_path):
    (tmp_path / "none").mkdir()
    nothing = {"PATH": str(tmp_path / "none")}
    result = fleet.program.run("mount", "x:/", environment=nothing)  # the program is looked for first
    assert (result.code, result.err) == (1, "You must have a copy of the sshfs binary locally to use the mount feature\n")
    result = fleet.program.run("mount", "-u", "x:/", environment=nothing)
    assert (result.code, result.err) == (
        1, "You must have a copy of the fusermount binary locally to use the unmount option\n")  # fmt: skip
    for words in ([], ["a", "b", "c"]):
        result = fleet.program.run("mount", *words)
        assert (result.code, result.err) == (1, "Improper number of arguments\n")
        assert result.out == fleet.program.ok("help", "mount")
    result = fleet.program.run("mount", "/data", environment=tools("sshfs"))  # the machine default
    assert 'Docker machine "default" does not exist.' in result.err
    result = fleet.program.run("mount", "a:/", str(tmp_path), environment=tools("sshfs", "#!/bin/sh\nexit 5\n"))
    assert (result.code, result.err) == (1, "exit status 5\n")
