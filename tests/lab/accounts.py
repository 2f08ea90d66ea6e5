# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Users of a host as a cloud's guest agent makes them: a home, passwordless sudo, authorized_keys.

Written straight into the files, from outside: it takes no process, and works before boot and on a running host.
"""

from __future__ import annotations

import os
from pathlib import Path

FIRST_ID = 1000
SUDOERS = "etc/sudoers.d/90-lab-users"


def set_keys(root: Path, users: dict[str, list[str]]) -> None:
    """Makes these the host's users and their keys; a user no longer named keeps the home and loses the keys."""
    for user in sorted(known(root) - set(users)):
        write_keys(root, user, [])
    for user, keys in users.items():
        if user != "root" and not find(root, user):
            add(root, user)
        write_keys(root, user, keys)


def known(root: Path) -> set[str]:
    """Users who may have keys from us."""
    return {path.name for path in (root / "home").glob("*")} | {"root"}


def find(root: Path, user: str) -> list[str] | None:
    """The user's fields of /etc/passwd."""
    for line in (root / "etc/passwd").read_text().splitlines():
        fields = line.split(":")
        if fields[0] == user:
            return fields
    return None


def add(root: Path, user: str) -> None:
    taken = {int(line.split(":")[2]) for line in (root / "etc/passwd").read_text().splitlines()}
    number = next(candidate for candidate in range(FIRST_ID, 60000) if candidate not in taken)
    append(root, "etc/passwd", f"{user}:x:{number}:{number}:{user}:/home/{user}:/bin/bash\n")
    append(root, "etc/shadow", f"{user}:*:20000:0:99999:7:::\n")  # no password, and not locked
    append(root, "etc/group", f"{user}:x:{number}:\n")
    append(root, "etc/gshadow", f"{user}:!::\n")
    home = root / "home" / user
    home.mkdir(mode=0o755)
    for name in (".bashrc", ".profile", ".bash_logout"):
        skeleton = root / "etc/skel" / name
        if skeleton.exists():
            (home / name).write_bytes(skeleton.read_bytes())
            os.chown(home / name, number, number)
    os.chown(home, number, number)
    append(root, SUDOERS, f"{user} ALL=(ALL) NOPASSWD:ALL\n")
    (root / SUDOERS).chmod(0o440)


def append(root: Path, path: str, line: str) -> None:
    with (root / path).open("a") as file:
        file.write(line)


def write_keys(root: Path, user: str, keys: list[str]) -> None:
    """Replaces the file in one step: sshd may be reading it."""
    fields = find(root, user)
    assert fields, user
    owner, group = int(fields[2]), int(fields[3])
    directory = root / fields[5].lstrip("/") / ".ssh"
    if not keys and not directory.exists():
        return
    directory.mkdir(mode=0o700, exist_ok=True)
    os.chown(directory, owner, group)
    fresh = directory / "authorized_keys.new"
    fresh.write_text("".join(key.rstrip("\n") + "\n" for key in keys))
    fresh.chmod(0o600)
    os.chown(fresh, owner, group)
    fresh.rename(directory / "authorized_keys")
