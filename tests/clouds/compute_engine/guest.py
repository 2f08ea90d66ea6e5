# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the guest agent makes of the metadata: which users may log in with which keys."""

from __future__ import annotations

import re

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # what useradd takes; names like a.b or a@b get no account
_KEY = re.compile(r"(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,2}( .*)?")


def users_of(metadata: dict[str, str], project_metadata: dict[str, str]) -> dict[str, list[str]]:
    """User -> lines of authorized_keys. OS Login switches all of it off; the old key `sshKeys` of an instance hides
    the keys of the project. The agent never gives root a key on public images."""
    if metadata.get("enable-oslogin", project_metadata.get("enable-oslogin", "")).upper() == "TRUE":
        return {}
    texts = [metadata.get("ssh-keys", ""), metadata.get("sshKeys", "")]
    if "sshKeys" not in metadata and metadata.get("block-project-ssh-keys", "").upper() != "TRUE":
        texts += [project_metadata.get("ssh-keys", ""), project_metadata.get("sshKeys", "")]
    users: dict[str, list[str]] = {}
    for line in "\n".join(texts).splitlines():
        user, _, key = line.strip().partition(":")
        if _USER.fullmatch(user) and user != "root" and _KEY.fullmatch(key) and key not in users.setdefault(user, []):
            users[user].append(key)
    return {user: keys for user, keys in users.items() if keys}
