# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""completions/dmachine.bash in a real bash."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.program import BINARY

SCRIPT = Path(__file__).parents[3] / "completions" / "dmachine.bash"


@pytest.mark.parametrize(("words", "expected"), [
    (["in"], {"inspect"}),
    (["st"], {"start", "status", "stop"}),
    (["rm", ""], {"m1"}),
    (["rm", "--f"], {"--force"}),
    (["help", "pro"], {"provision"}),
    (["create", "--driver", "google", "--google-zo"], {"--google-zone"}),
    (["--storage"], {"--storage-path"}),
])
def test_completion(machine, words, expected):
    line = ["dmachine", *words]
    script = f'. {SCRIPT}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dmachine; printf "%s\\n" "${{COMPREPLY[@]}}"'
    variables = machine.variables()
    variables["PATH"] = f"{BINARY.parent}:{variables['PATH']}"
    done = subprocess.run(["bash", "-c", script, "bash", *line], env=variables, text=True, stdout=subprocess.PIPE, check=True)
    assert set(done.stdout.split()) == expected
