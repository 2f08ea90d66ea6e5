# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The blocks of the documents that need a host (tests/docs/README.md)."""

from __future__ import annotations

import os

import pytest

from tests.docs.blocks import blocks
from tests.docs.shell import run_page
from tests.e2e.machines.conftest import new_key
from tests.lab.host import Host
from tests.lab.images import Images


@pytest.mark.parametrize("page", sorted({block.page for block in blocks("sh host")}))
def test_lines_for_a_host_work(page, tmp_path):
    key = new_key(tmp_path, "key")
    host = Host("box", users={"root": [key.with_suffix(".pub").read_text()]})
    try:
        host.start()
        host.wait_running()
        client = Images.current().docker_client.parent
        run_page(page, "sh host", tmp_path, HOST=host.ip, KEY=str(key), PATH=f"{client}:{os.environ['PATH']}")
    finally:
        host.destroy()
