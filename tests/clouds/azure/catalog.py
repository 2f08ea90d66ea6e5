# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What Azure offers here: a few regions, sizes and images, enough of each to choose wrongly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    display: str
    zones: tuple[str, ...] = ()


LOCATIONS = {
    "westus": Location("West US"),
    "westus2": Location("West US 2", ("1", "2", "3")),
    "eastus": Location("East US", ("1", "2", "3")),
    "northeurope": Location("North Europe", ("1", "2", "3")),
    "westeurope": Location("West Europe", ("1", "2", "3")),
    "japaneast": Location("Japan East", ("1", "2", "3")),
    "japanwest": Location("Japan West"),
}


def normal_location(text: str) -> str:
    """`West US 2` and `westus2` are one region."""
    return text.lower().replace(" ", "")


@dataclass(frozen=True)
class Size:
    name: str
    family: str
    cores: int
    memory_gib: float
    generations: tuple[str, ...] = ("V1", "V2")
    architecture: str = "x64"
    premium: bool = True
    spot: bool = True
    cache_gib: int = 0  # room for an ephemeral disk
    accelerated: bool = True
    resource_gib: int = 0


def _sizes(*sizes: Size) -> dict[str, Size]:
    return {size.name.lower(): size for size in sizes}


SIZES = _sizes(
    Size("Standard_A2", "standardA0_A7Family", 2, 3.5, ("V1",), premium=False, spot=False, accelerated=False),
    Size("Standard_A2_v2", "standardAv2Family", 2, 4, ("V1",), premium=False, accelerated=False, resource_gib=20),
    Size("Standard_D2_v2", "standardDv2Family", 2, 7, ("V1",), premium=False, resource_gib=100),
    Size("Standard_DS2_v2", "standardDSv2Family", 2, 7, cache_gib=86, resource_gib=14),
    Size("Standard_B1s", "standardBSFamily", 1, 1, spot=False, accelerated=False, resource_gib=4),
    Size("Standard_B2s", "standardBSFamily", 2, 4, spot=False, accelerated=False, resource_gib=8),
    Size("Standard_B2s_v2", "standardBsv2Family", 2, 8, spot=False),
    Size("Standard_B2als_v2", "standardBasv2Family", 2, 4, spot=False),
    Size("Standard_D2s_v3", "standardDSv3Family", 2, 8, cache_gib=50, resource_gib=16),
    Size("Standard_D2s_v5", "standardDSv5Family", 2, 8),
    Size("Standard_D4s_v5", "standardDSv5Family", 4, 16),
    Size("Standard_D2as_v5", "standardDASv5Family", 2, 8),
    Size("Standard_D2ads_v5", "standardDADSv5Family", 2, 8, cache_gib=50, resource_gib=75),
    Size("Standard_D2ps_v5", "standardDPSv5Family", 2, 8, ("V2",), "Arm64"),
    Size("Standard_D2s_v6", "standardDSv6Family", 2, 8, ("V2",)),
    Size("Standard_F2s_v2", "standardFSv2Family", 2, 4, cache_gib=32, resource_gib=16),
    Size("Standard_E64is_v3", "standardEISv3Family", 64, 432),
)
_ONLY_IN = {"standard_e64is_v3": {"eastus", "westeurope"}}


def size_in(location: str, name: str) -> Size | None:
    found = SIZES.get(name.lower())
    return found if found and location in _ONLY_IN.get(name.lower(), {location}) else None


@dataclass(frozen=True)
class Image:
    """A marketplace image. `system`: what its host shall say it is. `versions`: oldest first."""

    publisher: str
    offer: str
    sku: str
    versions: tuple[str, ...]
    system: str
    generation: str = "V2"
    architecture: str = "x64"
    disk_gib: int = 30
    trusted_launch: bool = True
    plan: tuple[str, str, str] | None = None  # publisher, product, name; its terms must have been accepted


_IMAGES = [
    Image("Canonical", "UbuntuServer", "16.04.0-LTS", ("16.04.202109280",), "ubuntu-1604", "V1", trusted_launch=False),
    Image("Canonical", "UbuntuServer", "16.04-LTS", ("16.04.202109280",), "ubuntu-1604", "V1", trusted_launch=False),
    Image("Canonical", "UbuntuServer", "18.04-LTS", ("18.04.202306010", "18.04.202306070"), "ubuntu-1804", "V1",
          trusted_launch=False),
    Image("Canonical", "UbuntuServer", "18_04-lts-gen2", ("18.04.202306070",), "ubuntu-1804"),
    Image("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", ("22.04.202510010",), "ubuntu-2204", "V1",
          trusted_launch=False),
    Image("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", ("22.04.202509010", "22.04.202510010"),
          "ubuntu-2204"),
    Image("Canonical", "ubuntu-24_04-lts", "server", ("24.04.202509010", "24.04.202510010"), "ubuntu-2404"),
    Image("Canonical", "ubuntu-24_04-lts", "server-gen1", ("24.04.202510010",), "ubuntu-2404", "V1", trusted_launch=False),
    Image("Canonical", "ubuntu-24_04-lts", "server-arm64", ("24.04.202510010",), "ubuntu-2404", architecture="Arm64"),
    Image("Debian", "debian-12", "12-gen2", ("0.20251001.2246",), "debian-12"),
    Image("RESF", "rockylinux-x86_64", "9-base", ("9.6.20250531",), "rocky-9", disk_gib=10,
          plan=("resf", "rockylinux-x86_64", "9-base")),
    Image("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2", ("20348.4171.250903",), "windows", disk_gib=127),
]


def images(publisher: str | None = None, offer: str | None = None, sku: str | None = None) -> list[Image]:
    """Those that fit; names count in any case."""
    return [one for one in _IMAGES if all(wanted is None or wanted.lower() == has.lower() for wanted, has in (
        (publisher, one.publisher), (offer, one.offer), (sku, one.sku)))]


def find_image(publisher: str, offer: str, sku: str, version: str) -> tuple[Image, str] | None:
    """The image, and its exact version."""
    for one in images(publisher, offer, sku):
        if version.lower() == "latest":
            return one, one.versions[-1]
        if version in one.versions:
            return one, version
    return None
