# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""One child process, started, read, limited and ended as gitlab-runner does it.

stdin is /dev/null, the process group is the caller's, stdout and stderr are read by a thread each, and over the
limit the direct child alone gets SIGKILL. Nothing polls: a pidfd tells of the exit.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from enum import Enum


class Reading(Enum):
    """What the runner does with a child's stdout and stderr."""

    LINES = "lines"  # create, stop, rm, exists: line by line into the log; pipes close soon after the exit
    WHOLE = "whole"  # url, inspect -f: blocks until every copy of stdout is closed
    NOTHING = "nothing"  # config: both on /dev/null


@dataclass
class Call:
    """One finished or running call. `code` is negative for a signal, None while it runs."""

    argv: list[str]
    started: float
    code: int | None = None
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    killed: bool = False  # by us, at the limit
    lines: list[tuple[float, str, str]] = field(default_factory=list)  # seconds since start, stream, line

    def __str__(self) -> str:
        state = "runs" if self.code is None else f"exit {self.code}"
        return f"{' '.join(self.argv[1:])[:200]} -> {state} after {self.seconds:.2f} s"

    def report(self) -> str:
        """For a failed assertion: the call and everything it said."""
        return f"{self}\n--- stdout\n{_shortened(self.stdout)}\n--- stderr\n{_shortened(self.stderr)}"


def _shortened(text: str) -> str:
    return text if len(text) <= 4000 else f"{text[:1500]}\n[… {len(text)} characters …]\n{text[-1500:]}"


class Child:
    """A running call. `ended` is set once its exit was seen and its output was read."""

    def __init__(self, argv: list[str], env: dict[str, str], reading: Reading, limit: float, *,
                 stdout_null: bool = False, close_pipes_early: bool = False):
        self._reading, self._close_early = reading, close_pipes_early
        quiet = reading is Reading.NOTHING
        self.call = Call(argv, time.time())
        self._start = time.monotonic()
        self._process = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet or stdout_null else subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else subprocess.PIPE)
        self.pid = self._process.pid
        self.exited, self.ended = threading.Event(), threading.Event()
        self._line_came = threading.Condition()
        self._stop_reading = os.eventfd(0)
        self._readers = [threading.Thread(target=self._read, args=(name,), daemon=True)
                         for name in ("stdout", "stderr") if getattr(self._process, name)]
        for reader in self._readers:
            reader.start()
        threading.Thread(target=self._wait, args=(limit,), daemon=True).start()

    def send(self, number: int) -> None:
        """A signal to the child, unless it has ended."""
        if not self.exited.is_set():
            self._process.send_signal(number)

    def close_read_ends(self) -> None:
        """As if the runner had died: whatever the child writes from now on meets a closed pipe."""
        with self._line_came:
            if self.ended.is_set():
                return
            os.eventfd_write(self._stop_reading, 1)
        for reader in self._readers:
            reader.join()

    def wait(self, timeout: float) -> Call:
        """The finished call. AssertionError when it has not ended by then."""
        if not self.ended.wait(timeout):
            raise AssertionError(f"still running after {timeout:g} s: {self.call.report()}")
        return self.call

    def wait_line(self, text: str, timeout: float) -> bool:
        """True once a line holding `text` was read, False when the child ended without one."""
        deadline = time.monotonic() + timeout
        with self._line_came:
            while not any(text in line for _, _, line in self.call.lines):
                left = deadline - time.monotonic()
                if self.ended.is_set() or left <= 0:
                    return False
                self._line_came.wait(min(left, 0.25))
            return True

    def _read(self, name: str) -> None:
        # Never blocked in read(): a descriptor that a read waits on stays open however it is closed.
        stream = getattr(self._process, name)
        poll = select.poll()
        poll.register(stream, select.POLLIN)
        poll.register(self._stop_reading, select.POLLIN)
        rest = b""
        while not any(ready == self._stop_reading for ready, _ in poll.poll()):
            data = os.read(stream.fileno(), 1 << 16)
            *whole, rest = (rest + data).split(b"\n")
            self._keep(name, [line + b"\n" for line in whole] if data else [rest])
            if not data:
                break
        stream.close()

    def _keep(self, name: str, lines: list[bytes]) -> None:
        with self._line_came:
            for line in lines:
                text = line.decode(errors="replace")
                setattr(self.call, name, getattr(self.call, name) + text)
                if text.strip("\n"):
                    self.call.lines.append((time.monotonic() - self._start, name, text.strip("\n")))
            self._line_came.notify_all()

    def _wait(self, limit: float) -> None:
        handle = os.pidfd_open(self.pid)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        if not poll.poll(limit * 1000):
            self.call.killed = True
            os.kill(self.pid, signal.SIGKILL)
            poll.poll()
        os.close(handle)
        self.call.seconds = time.monotonic() - self._start
        self.call.code = self._process.wait()
        self.exited.set()
        if self._reading is Reading.LINES and self._close_early:
            time.sleep(random.uniform(0, 0.005))  # what Go's Run leaves the readers
            self.close_read_ends()
        for reader in self._readers:
            reader.join()
        if self._reading is Reading.WHOLE:  # Go's Output returns no earlier than this
            self.call.seconds = time.monotonic() - self._start
        with self._line_came:
            os.close(self._stop_reading)
            self.ended.set()
            self._line_came.notify_all()
