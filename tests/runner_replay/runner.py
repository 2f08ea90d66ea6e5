# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The runner's calls: which words, which limit, which reading. One method per row of its table of invocations."""

from __future__ import annotations

import os
import time
from pathlib import Path

from .invoke import Call, Child, Reading
from .store import StoreView

TOKEN = "--bugsnag-api-token=no-report"
STORE_PATH_TEMPLATE = "{{.HostOptions.AuthOptions.StorePath}}"
LONG = 3600.0
STOP_LIMIT = 60.0


class FakeRunner:
    """`with_token` False: a runner older than 12.2. `close_pipes_early`: the pipes of create, stop and rm close
    0-5 ms after the exit, as Go's exec does it."""

    def __init__(self, path_folder: Path, store: Path, env: dict[str, str], *, with_token: bool = True,
                 close_pipes_early: bool = False):
        self.store = StoreView(store)
        self.env = {**env, "PATH": f"{path_folder}:{os.environ['PATH']}", "MACHINE_STORAGE_PATH": str(store)}
        self._with_token, self._close_early = with_token, close_pipes_early
        self._program = str(path_folder / "docker-machine")
        self.calls: list[Call] = []

    def start(self, words: list[str], reading: Reading, limit: float = LONG, **more) -> Child:
        argv = [self._program, *([TOKEN] if self._with_token else []), *words]
        child = Child(argv, self.env, reading, limit, close_pipes_early=self._close_early, **more)
        self.calls.append(child.call)
        return child

    def run(self, words: list[str], reading: Reading, limit: float = LONG, **more) -> Call:
        # The limit ends the child; output that somebody holds open longer than that is a failure of its own.
        return self.start(words, reading, limit, **more).wait(limit + 60)

    def start_create(self, driver: str, options: list[str], name: str, limit: float = LONG) -> Child:
        """`options` as in MachineOptions: without the dashes."""
        words = ["create", "--driver", driver, *("--" + option for option in options), name]
        return self.start(words, Reading.LINES, limit)

    def create(self, driver: str, options: list[str], name: str, limit: float = LONG) -> Call:
        return self.start_create(driver, options, name, limit).wait(limit + 60)

    def provision(self, name: str, limit: float = LONG) -> Call:
        return self.run(["provision", name], Reading.LINES, limit)

    def config(self, name: str) -> Call:
        return self.run(["config", name], Reading.NOTHING, LONG)

    def url(self, name: str) -> Call:
        return self.run(["url", name], Reading.WHOLE, LONG)

    def certificate_folder(self, name: str) -> Call:
        return self.run(["inspect", name, "-f", STORE_PATH_TEMPLATE], Reading.WHOLE, LONG)

    def exists(self, name: str) -> bool:
        """stat, then `inspect` with stdout to /dev/null."""
        if not self.store.has_config(name):
            return False
        return self.run(["inspect", name], Reading.LINES, LONG, stdout_null=True).code == 0

    def start_stop(self, name: str, limit: float = STOP_LIMIT) -> Child:
        return self.start(["stop", name], Reading.LINES, limit)

    def stop(self, name: str, limit: float = STOP_LIMIT) -> Call:
        return self.start_stop(name, limit).wait(limit + 60)

    def start_remove(self, name: str, limit: float = LONG) -> Child:
        return self.start(["rm", "-y", name], Reading.LINES, limit)

    def remove(self, name: str, limit: float = LONG) -> Call:
        return self.start_remove(name, limit).wait(limit + 60)

    def force_remove(self, name: str, limit: float = LONG) -> Call:
        return self.run(["rm", "-f", name], Reading.LINES, limit)

    def finalize_removal(self, name: str, attempts: int = 30, pause: float = 0.5) -> bool:
        """The removal loop: exists, stop, rm -y, again after a failure (the real pause is 30 s), rm -f at the end.
        False: the machine did not exist for the runner, which then forgets it."""
        for attempt in range(attempts):
            if not self.exists(name):
                return attempt > 0
            self.stop(name)
            if self.remove(name).code == 0:
                return True
            time.sleep(pause)
        return self.force_remove(name).code == 0

    def drain(self, name: str, limit: float = 30.0) -> Call | None:
        """Shutdown drain of one machine: exists, then rm -f, no stop. None: it did not exist."""
        return self.force_remove(name, limit) if self.exists(name) else None
