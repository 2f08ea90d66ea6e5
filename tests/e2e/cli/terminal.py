# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, read as a person's screen would get it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time

LIMIT = 60  # seconds without which a test hangs; nothing is expected to take that long


class Terminal:
    """stdin, stdout and stderr of one run are one pseudo-terminal."""

    def __init__(self, program, *words: str, columns: int = 80, environment: dict[str, str] | None = None):
        self._fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        variables = {"TERM": "xterm"} | (environment or {})
        try:
            self.child = program.start(*words, environment=variables, stdin=theirs, stdout=theirs, stderr=theirs,
                                       start_new_session=True)
        finally:
            os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_) -> None:
        self.child.kill()
        self.child.wait()
        os.close(self._fd)

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def read_until(self, done) -> str:
        """Reads on until `done(shown)`, or the end."""
        end = time.monotonic() + LIMIT
        while not done(self.shown):
            ready, _, _ = select.select([self._fd], [], [], max(0, end - time.monotonic()))
            assert ready, f"nothing came after {self.shown!r}"
            try:
                chunk = os.read(self._fd, 65536)
            except OSError:  # EIO: nobody has the other side open any more
                break
            self.shown += chunk.decode()
        return self.shown

    def finish(self) -> int:
        """Reads to the end and gives the exit code."""
        self.read_until(lambda _: False)
        return self.child.wait(LIMIT)
