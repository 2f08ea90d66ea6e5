# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""systemd-nspawn for one host, and finding the host's process 1 from outside."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from pathlib import Path

from tests.lab import images
from tests.lab.disk import Disk

# The first process of a host: writes itself into the control groups (their count and files come first), then runs
# nspawn, again whenever that says with 133 that the system inside asked for a reboot.
KEEPER = """
n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit; shift; n=$((n-1)); done
while "$@"; [ $? = 133 ]; do :; done
"""


def start(disk: Disk, namespace: Path, groups: list[Path], console: Path, volatile_etc: bool = False) -> subprocess.Popen:
    """Boots the disk in that network namespace and those control groups; ends when the system has shut down."""
    with console.open("ab") as output:
        return subprocess.Popen(
            ["sh", "-c", KEEPER, "sh", str(len(groups)), *groups, *command(disk, namespace, volatile_etc)],
            env={"PATH": images.LAB_PATH, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a Ctrl-C is for the tests, not for the hosts
        )


def command(disk: Disk, namespace: Path, volatile_etc: bool) -> list[str]:
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        f"--directory={disk.root}",
        f"--machine=h{secrets.token_hex(6)}",  # new each time: nspawn 257 refuses one whose nspawn was killed
        f"--network-namespace-path={namespace}",
        "--register=no",
        "--keep-unit",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--console=pipe",
        "--capability=all",
        "--system-call-filter=add_key keyctl bpf",  # runc's
        *(["--overlay=+/etc::/etc"] if volatile_etc else []),  # what is written there is gone after a reboot
        *(f"--bind={outside}:{inside}" for inside, outside in disk.binds.items()),
    ]


def leader(keeper: subprocess.Popen) -> int | None:
    """The host's process 1, as seen from the world; another one after each reboot."""
    for nspawn in children(keeper.pid):
        for child in children(nspawn):
            ids = namespace_ids(child)
            if len(ids) > 1 and ids[-1] == "1":
                return child
    return None


def kill(keeper: subprocess.Popen) -> int | None:
    """Ends the host without a shutdown; gives its process 1, which may take a moment to be gone."""
    if first := leader(keeper):
        send(first, signal.SIGKILL)  # the kernel ends the whole host with it
    try:
        keeper.wait(3 if first else 0)  # lets nspawn tidy up
    except subprocess.TimeoutExpired:
        os.killpg(keeper.pid, signal.SIGKILL)  # what nspawn had begun dies with it
        keeper.wait()
    return first


def send(process: int, number: int) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def namespace_ids(process: int) -> list[str]:
    """The process's ids, from our namespace inwards (NSpid of proc(5))."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return []
    return next((line.split()[1:] for line in lines if line.startswith("NSpid:")), [])
