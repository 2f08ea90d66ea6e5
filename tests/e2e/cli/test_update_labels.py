# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""update-labels: the errors of newer releases of GitLab's fork, word for word (google.md section 3.7)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["m1"], "no --label given, expected at least one key=value pair"),
        (["--label", "a", "m1"], 'invalid label "a", expected key=value'),
        (["--label", "=a", "m1"], 'invalid label "=a", expected key=value'),
        (["--label", "a=b", "m1"], "driver does not support labels"),
        (["--label", "a=b", "m2"], 'machine "m2" does not exist'),
    ],
)
def test_errors(machine, words, error):
    result = machine.run("update-labels", *words)
    assert result.code == 1
    assert error in result.err
    assert result.out == ""
