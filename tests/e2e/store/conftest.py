# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from tests.e2e.program import Program

SAMPLES = Path(__file__).parents[2] / "data" / "stores"


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path / "store")


@pytest.fixture
def put(program):
    """Puts a config.json into the store, readable for all as careless tools leave it. Gives its path."""
    def place(name: str, content: bytes | str) -> Path:
        path = program.store / "machines" / name / "config.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(0o644)
        return path
    return place
