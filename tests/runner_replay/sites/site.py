# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What every site has. By itself it is the site of driver none."""

from __future__ import annotations


class Site:
    driver = "none"
    url = "tcp://127.0.0.1:1"
    environment: dict[str, str] = {}  # for the runner, beyond its own
    labels: dict[str, str] = {}  # what the runner's metrics must show of a machine
    # Of a cloud: what its refusals say, its word for no capacity, an option for an image that is not there and what
    # names it, two options with boolean values and the first one's key in config.json.
    refusal = ""
    stockout = ""
    missing_image = ("", "")
    true_and_false = ("", "", "")

    def options(self, name: str) -> list[str]:
        """MachineOptions for the machine of that name. May make what the machine is to live on."""
        return [f"url={self.url}"]

    def holds(self) -> list[str]:
        """Everything paid for that is there now."""
        return []

    def close(self) -> None:
        """Takes down all it made."""
