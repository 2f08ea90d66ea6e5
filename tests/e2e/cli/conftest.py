# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from tests.e2e.program import Program


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path / "store")


@pytest.fixture
def machine(program):
    """A machine of the driver none called m1."""
    program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:1", "m1")
    return program
