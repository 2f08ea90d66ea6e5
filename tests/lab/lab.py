# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Entering a world: new network, mount and process namespaces for one command and all hosts it makes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.lab import images, leftovers, namespaces, probe, world


def inside() -> bool:
    return world.VARIABLE in os.environ


def enter(metadata_names: bool = False) -> None:
    """For the start of a script: returns inside a world, by running the script again in one if need be."""
    if inside():
        return
    # orig_argv keeps `-m module`, -X and the like, which sys.argv has lost.
    sys.exit(run([sys.executable, *sys.orig_argv[1:]], metadata_names))


def run(command: list[str], metadata_names: bool = False) -> int:
    """Runs `command` in a new world and gives its exit code, once everything in the world is gone."""
    probe.require()
    images.ensure()
    (images.cache_dir() / "world").mkdir(parents=True, exist_ok=True)
    with leftovers.new_world(images.cache_dir()) as name:
        names = ["--metadata-names"] if metadata_names else []
        with Relay() as relay:
            relay.process = namespaces.start(
                "first-process", *names, "--", *command, network=True, variables={world.VARIABLE: name}
            )
            code = relay.process.wait()
    return code if code >= 0 else 128 - code


class Relay:
    """Hands SIGTERM and SIGHUP on to the world's first process, so that the command can end in order."""

    def __enter__(self) -> Relay:
        self.process: subprocess.Popen | None = None
        self.before = {number: signal.signal(number, self.pass_on) for number in (signal.SIGTERM, signal.SIGHUP)}
        # A terminal sends SIGINT to the command as well. No SIG_IGN: the command would inherit that.
        self.before[signal.SIGINT] = signal.signal(signal.SIGINT, lambda *_: None)
        return self

    def pass_on(self, number: int, _frame: object) -> None:
        if self.process:
            for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
                os.kill(int(child), number)

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
