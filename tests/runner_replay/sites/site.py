# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What every site has. By itself it is the site of driver none."""

from __future__ import annotations


class Site:
    driver = "none"
    url = "tcp://127.0.0.1:1"
    environment: dict[str, str] = {}  # for the runner, beyond its own
    labels: dict[str, str] = {}  # what the runner's metrics must show of a machine

    def options(self, name: str) -> list[str]:
        """MachineOptions for the machine of that name. May make what the machine is to live on."""
        return [f"url={self.url}"]

    def holds(self) -> list[str]:
        """Everything paid for that is there now."""
        return []

    def close(self) -> None:
        """Takes down all it made."""
