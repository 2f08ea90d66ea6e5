# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A command initialises nothing that it does not need. Initialising libcurl, OpenSSL or libssh2, or reading a locale would
show as system calls, so these are counted, by ptrace (bench/lib/trace.py)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import BINARY

TRACE = Path(__file__).parents[3] / "bench/lib/trace.py"
MORE_CALLS = 24  # than --version: the signals and what awaits them, and one file found, opened, read and closed
HELP_CALLS = 40  # besides, memory for a long text; the static file's allocator makes two calls for 64 KiB
NEW_CERTIFICATES = 200  # what OpenSSL costs at least: the proof that the count sees it


def system_calls(program, result, *words):
    """Of one run of the program, which must succeed."""
    subprocess.run([sys.executable, TRACE, result, "--syscalls", "--", BINARY, *words], env=program.variables(), check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)
    counted = json.loads(result.read_text())
    assert (counted["code"], counted["processes"]) == (0, 1)
    return counted["syscalls"]


@pytest.fixture
def base(program, tmp_path):
    return system_calls(program, tmp_path / "result", "--version")


@pytest.mark.parametrize("words", [["url", "m1"], ["status", "m1"], ["inspect", "m1"], ["inspect", "-f", "{{.Name}}", "m1"],
                                   ["__complete", "url", ""]])
def test_a_command_that_asks_nobody_only_reads_its_machine(machine, base, tmp_path, words):
    assert system_calls(machine, tmp_path / "result", *words) - base <= MORE_CALLS


def test_the_help_of_one_driver_asks_for_little_else_than_memory(program, base, tmp_path):
    assert system_calls(program, tmp_path / "result", "create", "-d", "google", "--help") - base <= HELP_CALLS


def test_the_count_would_see_a_library_at_work(program, base, tmp_path):
    calls = system_calls(program, tmp_path / "result", "create", "-d", "none", "--url", "tcp://127.0.0.1:1", "m1")
    assert calls - base > NEW_CERTIFICATES
