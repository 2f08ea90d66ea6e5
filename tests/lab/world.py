# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The inside of a world: its first process, which sets it up, runs one command and takes everything along."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.lab import images, network

VARIABLE = "DMACHINE_LAB_WORLD"  # the world's name; its mere presence says that we are inside one
METADATA_NAMES = "metadata.google.internal metadata"


def name() -> str:
    try:
        return os.environ[VARIABLE]
    except KeyError:
        raise RuntimeError("not inside a lab world: run this under `python3 -m tests.lab exec --`") from None


def directory() -> Path:
    """A tmpfs of this world alone: disks, addresses, sockets. Gone with the world."""
    name()
    return images.cache_dir() / "world"


def add_name(host_name: str, address: str) -> None:
    """Makes `host_name` resolve for everything in this world, which has no name server."""
    with (directory() / "etc/hosts").open("a") as file:
        file.write(f"{address} {host_name}\n")


def first_process(command: list[str], metadata_names: bool) -> int:
    """Runs as process 1 of the world; when it ends, the kernel ends all others. Gives the command's exit code."""
    set_up()
    if metadata_names:
        add_name(METADATA_NAMES, network.METADATA_ADDRESS)
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126  # as a shell does
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: child.send_signal(received))
    signal.signal(signal.SIGINT, lambda *_: None)  # a terminal sends it to the command as well
    while True:  # also reaps what other processes leave behind
        pid, status = os.wait()
        if pid == child.pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


# Each systemd, daemon and logged-in user takes a few of these per-user kernel objects; 128 is the usual limit for
# all of root's, which some twelve hosts with a login each exhaust.
INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_ENOUGH = 1024


def set_up() -> None:
    if int(INOTIFY_INSTANCES.read_text()) < INOTIFY_ENOUGH:
        INOTIFY_INSTANCES.write_text(str(INOTIFY_ENOUGH))
    top = directory()
    mount_tmpfs(top)
    for part in ("addresses", "etc", "hosts"):
        (top / part).mkdir()
    # Both are directories of the whole machine, and hold things named after hosts.
    mount_tmpfs(network.NAMESPACES)
    run("mount", "--make-shared", network.NAMESPACES)
    mount_tmpfs(Path("/run/systemd/nspawn"))
    network.make_bridge()
    forget_name_servers(top / "etc")


def mount_tmpfs(where: Path) -> None:
    where.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", "mode=0755,nr_inodes=0", "lab", where)


def forget_name_servers(etc: Path) -> None:
    """Look-ups fail at once: nothing listens on our own port 53. nsswitch.conf keeps glibc off nss-resolve and
    nscd's like, which would ask a daemon outside through a socket in the file system."""
    own = socket.gethostname()
    files = {
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        "hosts": f"127.0.0.1 localhost {own}\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n",
    }
    for file, text in files.items():
        (etc / file).write_text(text)
        target = Path("/etc", file).resolve()
        if target.exists():
            run("mount", "--bind", etc / file, target)
    if Path("/run/nscd").is_dir():
        mount_tmpfs(Path("/run/nscd"))


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
