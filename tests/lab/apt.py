# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Downloads .deb files with the machine's own apt (its proxies, its trust), leaving the machine's state alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def environment() -> dict[str, str]:
    """For package tools: no questions, no translations, and for debootstrap's wget the proxies that apt has."""
    result = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    result["PATH"] = result.get("PATH", "") + ":/usr/sbin:/sbin"
    for scheme in ("http", "https"):
        query = ["apt-config", "shell", "value", f"Acquire::{scheme}::Proxy"]
        words = subprocess.run(query, capture_output=True, text=True).stdout.strip()
        value = words.removeprefix("value='").removesuffix("'")
        if value and value != "DIRECT":
            result.setdefault(f"{scheme}_proxy", value)
    return result


class Index:
    """apt's lists of one suite, kept in a directory of their own."""

    def __init__(self, directory: Path, mirror: str, suite: str) -> None:
        self.directory = directory
        (directory / "state/lists/partial").mkdir(parents=True)
        (directory / "cache/archives/partial").mkdir(parents=True)
        (directory / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
        (directory / "status").write_text("")
        self.run(directory / "status", "update")

    def download(self, root: Path, packages: list[str]) -> list[Path]:
        """The .deb files that installing `packages` into `root` would take, dependencies included."""
        archives = self.directory / "cache/archives"
        for old in archives.glob("*.deb"):
            old.unlink()
        status = root / "var/lib/dpkg/status"
        self.run(status, "--download-only", "--yes", "--no-install-recommends", "install", *packages)
        return sorted(archives.glob("*.deb"))

    def run(self, status: Path, *words: str) -> None:
        options = {
            "Dir::State": self.directory / "state",
            "Dir::State::status": status,
            "Dir::Cache": self.directory / "cache",
            "Dir::Etc::sourcelist": self.directory / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "APT::Sandbox::User": "root",  # the cache need not be readable by _apt
            "APT::Get::AllowUnauthenticated": "false",
            "Acquire::Retries": "3",
            "Dpkg::Use-Pty": "0",
        }
        flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        done = subprocess.run(
            ["apt-get", "-q", *flags, *words],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"apt-get {' '.join(words)} failed with status {done.returncode}:\n{done.stdout}")
