# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A world's network: one bridge, one namespace per host, and no route that leads out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

BRIDGE = "lab"
BRIDGE_ADDRESS = "198.18.0.1"  # of 198.18.0.0/15, which RFC 2544 sets aside for tests
METADATA_ADDRESS = "169.254.169.254"
NAMESPACES = Path("/run/netns")


def ip(commands: str, namespace: str | None = None) -> None:
    where = ["-netns", namespace] if namespace else []
    done = subprocess.run(["ip", *where, "-batch", "-"], input=commands, text=True, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"ip failed: {done.stderr.strip()}\n{commands}")


def make_bridge() -> None:
    ip(
        "link set lo up\n"
        f"address add {METADATA_ADDRESS}/32 dev lo\n"
        f"link add {BRIDGE} type bridge\n"
        f"address add {BRIDGE_ADDRESS}/24 dev {BRIDGE}\n"
        f"link set {BRIDGE} up\n"
    )


def take_address(world: Path) -> str:
    """An address that no other host of this world has."""
    directory = world / "addresses"
    for number in range(2, 255):
        try:
            os.close(os.open(directory / str(number), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        return f"198.18.0.{number}"
    raise RuntimeError("no address left in 198.18.0.0/24: stop some hosts")


def give_back(world: Path, address: str) -> None:
    (world / "addresses" / address.rpartition(".")[2]).unlink(missing_ok=True)


def connect(address: str) -> Path:
    """Makes the host's namespace with eth0 on the bridge; gives the namespace's file."""
    number = address.rpartition(".")[2]
    ip(
        f"netns add host{number}\n"
        # The same for each user of the address: neighbours remember whom it belonged to.
        f"link add host{number} type veth peer name eth0 address 02:00:c6:12:00:{int(number):02x} netns host{number}\n"
        f"link set host{number} master {BRIDGE} up\n"
    )
    ip(
        "link set lo up\n"
        f"address add {address}/24 dev eth0\n"
        "link set eth0 up\n"
        f"route add {METADATA_ADDRESS}/32 via {BRIDGE_ADDRESS}\n",
        namespace=f"host{number}",
    )
    return NAMESPACES / f"host{number}"


def disconnect(address: str) -> None:
    """Takes the host off the network at once; its namespace goes with its last process."""
    number = address.rpartition(".")[2]
    ip(f"link delete host{number}\nnetns delete host{number}\n")
