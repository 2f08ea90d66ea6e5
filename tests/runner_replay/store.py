# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the runner reads of a store by itself: the folder's listing, config.json's labels, the name filter."""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path

# Keys the runner decodes for its metrics; a wrong type fails the whole reading.
GOOGLE_STRINGS = ("Zone", "MachineType", "Project", "ResolvedZone", "ResolvedMachineType", "InstanceGroupManager",
                  "RegionInstanceGroupManager")


def new_name(template: str = "replay-%s", token: str = "abcdefghi") -> str:
    """A machine's name as the runner makes it from MachineName."""
    return f"runner-{token}-" + template.replace("%s", f"{int(time.time())}-{secrets.token_hex(4)}")


def is_listed_for(name: str, template: str, token: str = "abcdefghi") -> bool:
    """The runner's filter: the text before %s matches and something follows."""
    prefix = f"runner-{token}-" + template.split("%s")[0]
    return name.startswith(prefix) and name[len(prefix):].strip() != ""


class StoreView:
    def __init__(self, path: Path):
        self.path = path
        self.machines = path / "machines"

    def list(self) -> list[str]:
        """Folders that do not begin with a dot, bytewise; a missing folder is an empty list."""
        try:
            with os.scandir(self.machines) as entries:
                return sorted((e.name for e in entries
                               if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)), key=os.fsencode)
        except FileNotFoundError:
            return []

    def has_config(self, name: str) -> bool:
        """The stat before every `inspect`."""
        return (self.machines / name / "config.json").exists()

    def config(self, name: str) -> dict:
        """config.json, or an AssertionError that says what is wrong with it."""
        path = self.machines / name / "config.json"
        try:
            value = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise AssertionError(f"{path}: {error}") from error
        assert isinstance(value, dict), f"{path} holds no object"
        return value

    def labels(self, name: str) -> dict:
        """The values of the runner's metric labels; a wrong type is an AssertionError, as it costs it all of them."""
        config = self.config(name)
        found = {"DriverName": config.get("DriverName")}
        assert isinstance(found["DriverName"], str), f"DriverName is {found['DriverName']!r}"
        if found["DriverName"] == "google":
            driver = config.get("Driver", {})
            for key in GOOGLE_STRINGS:
                found[key] = driver.get(key, "")
                assert isinstance(found[key], str), f"Driver.{key} is {found[key]!r}, not a string"
            found["BulkInsert"] = driver.get("BulkInsert", False)
            assert isinstance(found["BulkInsert"], bool), f"Driver.BulkInsert is {found['BulkInsert']!r}"
            assert "/" not in found["Zone"], f"Driver.Zone is {found['Zone']!r}: the runner cuts the region from it"
        return found

    def tombstones(self) -> list[Path]:
        """Machines kept out of the runner's sight: a config.json in a dot folder, wherever in the store."""
        return [p for p in self.path.rglob("config.json") if any(part.startswith(".") for part in
                                                                 p.relative_to(self.path).parts)]

    def leftovers(self) -> list[str]:
        """Everything in machines/ but lock files, which may stay."""
        if not self.machines.exists():
            return []
        return sorted(str(p.relative_to(self.machines)) for p in self.machines.rglob("*")
                      if p.is_dir() or "lock" not in p.name)
