# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Running the program under test, as a script or a person would."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

BINARY = Path(os.environ.get("DMACHINE_BINARY", "build/dev/cli/dmachine")).resolve()


@dataclass
class Result:
    code: int
    out: str
    err: str

    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Program:
    """`environment` replaces what the tests' own environment might say about machines and clouds."""

    store: Path
    environment: dict[str, str] = field(default_factory=dict)
    name: str = "dmachine"

    def variables(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return kept | {"HOME": str(self.store.parent), "USER": "tester", "MACHINE_STORAGE_PATH": str(self.store)} \
            | self.environment | more

    def start(self, *words: str, environment: dict[str, str] | None = None, **options) -> subprocess.Popen:
        return subprocess.Popen([self.name, *words], executable=BINARY, env=self.variables(**(environment or {})),
                                text=True, **options)

    def run(self, *words: str, stdin: str | None = None, environment: dict[str, str] | None = None,
            timeout: float = 120) -> Result:
        child = self.start(*words, environment=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        try:
            out, err = child.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise
        return Result(child.returncode, out, err)

    def ok(self, *words: str, **options) -> str:
        """The output of a command that must succeed in silence on stderr."""
        result = self.run(*words, **options)
        assert (result.code, result.err) == (0, ""), f"{words}: {result}"
        return result.out
