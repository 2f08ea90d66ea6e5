# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Starting this package again in namespaces of its own, so that whatever happens nothing of it stays."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1

# --kill-child: the first process inside gets SIGKILL when unshare dies, and the kernel then ends the rest.
UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def start(*words: str, network: bool = False, variables: dict[str, str] | None = None) -> subprocess.Popen:
    """`python3 -m tests.lab WORDS` as process 1 of new process and mount namespaces. Dies with its starter."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    binaries = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    environment = dict(os.environ, PYTHONPATH=path, PATH=binaries) | (variables or {})
    flags = [*UNSHARE, "--net"] if network else UNSHARE
    command = [*flags, sys.executable, "-m", "tests.lab", *words]
    return subprocess.Popen(command, env=environment, preexec_fn=die_with_parent)


def die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
