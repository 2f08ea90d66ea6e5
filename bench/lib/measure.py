# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Wall time and CPU time of one run; peak memory and process count of another, traced, run."""

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TRACE = pathlib.Path(__file__).with_name("trace.py")
ENOUGH_SECONDS = 20  # a cell that has used this much is not run again, once it has three samples


@dataclasses.dataclass
class Cell:
    """Samples of one command of one program."""

    walls: list = dataclasses.field(default_factory=list)  # seconds
    cpus: list = dataclasses.field(default_factory=list)  # seconds, of it and of what it waited for
    faults: list = dataclasses.field(default_factory=list)  # page faults, minor and major
    peak_mib: float | None = None  # sum over all processes of each one's peak
    processes: int | None = None
    most_at_once: int | None = None
    syscalls: int | None = None
    failure: str | None = None

    @property
    def wall(self):
        return statistics.median(self.walls)

    @property
    def cpu(self):
        return statistics.median(self.cpus)

    def wants_more(self, rounds):
        return self.failure is None and len(self.walls) < rounds and (
            len(self.walls) < 3 or sum(self.walls) < ENOUGH_SECONDS
        )


def timed(argv, env, limit, log=None):
    """Runs argv once with stdin and stdout on /dev/null. Returns (exit code, wall, rusage, stderr)."""
    with tempfile.TemporaryFile() as errors, open(log or os.devnull, "ab") as out:
        null = os.open(os.devnull, os.O_RDWR)
        actions = [
            (os.POSIX_SPAWN_DUP2, null, 0),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, errors.fileno(), 2),
        ]
        start = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, env, file_actions=actions, setsigdef=[])
        code, usage = wait(pid, start + limit)
        wall = time.perf_counter() - start
        os.close(null)
        errors.seek(0)
        return code, wall, usage, errors.read().decode(errors="replace")


def wait(pid, deadline):
    """Waits without polling (a pidfd wakes us at the exit); kills at the deadline."""
    import select
    import signal

    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        if not poll.poll(max(0, deadline - time.perf_counter()) * 1000):
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(handle)
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), usage


def sample(cell, argv, env, limit):
    """Adds one timed run to the cell; a failing run ends its sampling."""
    code, wall, usage, errors = timed(argv, env, limit)
    if code != 0:
        cell.failure = f"exit {code}: {errors.strip().splitlines()[-1] if errors.strip() else ''}"
        return
    cell.walls.append(wall)
    cell.cpus.append(usage.ru_utime + usage.ru_stime)
    cell.faults.append(usage.ru_minflt + usage.ru_majflt)


def side_by_side(sides, words, env, limit, rounds, syscalls=False):
    """One cell per program. They take turns, so that a slow moment of the machine hits all of them."""
    cells = [Cell() for _ in sides]
    for side in sides:  # the first run pays for cold caches: not counted
        timed(side.argv(*words), env, limit)
    while any(cell.wants_more(rounds) for cell in cells):
        for side, cell in zip(sides, cells):
            if cell.wants_more(rounds):
                sample(cell, side.argv(*words), env, limit)
    for side, cell in zip(sides, cells):
        count(cell, side.argv(*words), env, limit, syscalls)
    return cells


def count(cell, argv, env, limit, syscalls=False):
    """One traced run: memory and processes; a second one for system calls when asked."""
    for with_calls in (False, True) if syscalls else (False,):
        counted = traced(argv, env, limit, with_calls)
        if counted is None or counted["code"] != 0:
            cell.failure = cell.failure or "the traced run failed"
            return
        if with_calls:
            cell.syscalls = counted["syscalls"]
        else:
            cell.peak_mib = sum(counted["peaks_kib"]) / 1024
            cell.processes = counted["processes"]
            cell.most_at_once = counted["most_at_once"]


def traced(argv, env, limit, syscalls):
    with tempfile.NamedTemporaryFile() as result:
        words = [sys.executable, str(TRACE), result.name]
        words += ["--syscalls"] if syscalls else []
        try:
            subprocess.run(
                [*words, "--", *argv], env=env, timeout=limit, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return None
        return json.loads(pathlib.Path(result.name).read_text())
