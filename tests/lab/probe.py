# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Whether real hosts can be made here, and what is missing, in plain words."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tests.lab import apt, cgroups, recipe

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

# command: Debian package
COMMANDS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
    "ip": "iproute2",
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "ssh-keygen": "openssh-client",
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
}

# Each namespace by itself, so that the answer names the one that is refused.
NAMESPACES = {"--net": "network", "--mount": "mount", "--pid": "process"}


def missing() -> list[str]:
    """One line for each thing that is missing; none when the lab can run."""
    result = []
    if sys.version_info < (3, 11):
        result.append(f"Python 3.11 or later (this is {platform.python_version()})")
    if platform.system() != "Linux":
        return [*result, "Linux"]
    if os.geteuid() != 0:
        result.append("root: hosts need mounts and namespaces")
    for command, package in COMMANDS.items():
        if not shutil.which(command, path=PATH):
            result.append(f"the command {command} (package {package})")
    if not Path(apt.KEYRING).exists():
        result.append(f"{apt.KEYRING} (package debian-archive-keyring)")
    if shutil.which("debootstrap", path=PATH) and not Path("/usr/share/debootstrap/scripts", recipe.SUITE).exists():
        result.append(f"a debootstrap that knows {recipe.SUITE} (a newer package)")
    return result or refused_by_kernel()


def require() -> None:
    """Ends the program with what is missing, if anything is."""
    if lines := missing():
        raise SystemExit("\n".join(["the lab cannot run here; missing:", *lines]))


def refused_by_kernel() -> list[str]:
    result = []
    for flag, name in NAMESPACES.items():
        if error := trial("unshare", flag, "--fork", "true"):
            result.append(f"permission for a new {name} namespace: {error}")
    if result:
        return result
    bridge = "ip link add lab-a type bridge && ip link add lab-b type veth peer name lab-c"
    if error := trial("unshare", "--net", "sh", "-c", bridge):
        result.append(f"network bridges and veth pairs: {error}")
    overlay = (
        "mount -t tmpfs lab /mnt && mkdir /mnt/a /mnt/b /mnt/c /mnt/d"
        " && mount -t overlay lab -o lowerdir=/mnt/a,upperdir=/mnt/b,workdir=/mnt/c /mnt/d"
    )
    if error := trial("unshare", "--mount", "sh", "-c", overlay):
        result.append(f"overlay file systems: {error}")
    try:
        hierarchies = cgroups.hierarchies()
    except OSError:
        hierarchies = []
    if not hierarchies:
        result.append(f"control groups under {cgroups.MOUNT}")
    elif unwritable := [path for path in hierarchies if not os.access(path, os.W_OK)]:
        result.append(f"writable control groups: {unwritable[0]} is read-only")
    return result


def trial(*command: str) -> str:
    """What `command` complains of; empty when it works."""
    done = subprocess.run(command, env=dict(os.environ, PATH=PATH), capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
