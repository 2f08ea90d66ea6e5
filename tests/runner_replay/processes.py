# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Which processes work on a store, and what they take. A process belongs to a store by its environment, which its
children inherit and which outlives their parent."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path


def of_store(store: Path) -> list[int]:
    """Living processes (zombies have no environment) that were given this store."""
    wanted = f"MACHINE_STORAGE_PATH={store}".encode()
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                environment = Path(f"/proc/{entry}/environ").read_bytes()
            except OSError:
                continue
            if wanted in environment.split(b"\0"):
                found.append(int(entry))
    return found


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "(gone)"


def wait_none(store: Path, timeout: float) -> list[str]:
    """Command lines of what still lives after `timeout` seconds; empty as soon as nothing does."""
    deadline = time.monotonic() + timeout
    while (pids := of_store(store)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [f"{pid}: {command_of(pid)}" for pid in pids]


def resident_mib(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError, IndexError):
        return 0.0


@dataclass
class Peak:
    processes: int = 0
    mib: float = 0.0


class Watch:
    """Samples a store's processes while a `with` block runs."""

    def __init__(self, store: Path, interval: float = 0.1):
        self._store, self._interval = store, interval
        self._over = threading.Event()
        self.peak = Peak()

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._interval):
            pids = of_store(self._store)
            self.peak.processes = max(self.peak.processes, len(pids))
            self.peak.mib = max(self.peak.mib, sum(map(resident_mib, pids)))
