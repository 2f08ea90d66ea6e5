# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the image's own cloud-init makes of key pair and user data: who may log in with which keys."""

from __future__ import annotations

import re


def users_of(login: str, key: str | None, user_data: str) -> dict[str, list[str]]:
    """User -> lines of authorized_keys. Of a #cloud-config only top-level ssh_authorized_keys are understood."""
    keys = [key] if key else []
    if user_data.startswith("#cloud-config"):
        block = re.search(r"^ssh_authorized_keys:[ \t]*\n((?:[ \t]*-[^\n]*\n?)+)", user_data, re.MULTILINE)
        for line in block[1].splitlines() if block else []:
            keys.append(line.strip().removeprefix("-").strip().strip("\"'"))
    return {login: keys} if keys else {}
