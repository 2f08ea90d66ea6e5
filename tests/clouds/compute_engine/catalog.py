# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What Google offers in every project: regions, zones, machine types, disk types, accelerators, public images."""

from __future__ import annotations

import re
from dataclasses import dataclass

REGIONS = {
    "us-central1": ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f", "us-central1-ai1a"],
    "us-east1": ["us-east1-b", "us-east1-c", "us-east1-d"],
    "us-west1": ["us-west1-a", "us-west1-b", "us-west1-c"],
    "europe-north1": ["europe-north1-a", "europe-north1-b", "europe-north1-c"],
    "europe-west1": ["europe-west1-b", "europe-west1-c", "europe-west1-d"],
    "europe-west4": ["europe-west4-a", "europe-west4-b", "europe-west4-c"],
    "asia-northeast1": ["asia-northeast1-a", "asia-northeast1-b", "asia-northeast1-c"],
}
ZONES = {zone: region for region, zones in REGIONS.items() for zone in zones}

# Disk type -> smallest and largest size in GB, and whether IOPS and throughput may be chosen.
DISK_TYPES = {
    "pd-standard": (10, 65536, False, False),
    "pd-balanced": (10, 65536, False, False),
    "pd-ssd": (10, 65536, False, False),
    "pd-extreme": (500, 65536, True, False),
    "hyperdisk-balanced": (4, 65536, True, True),
    "hyperdisk-extreme": (64, 65536, True, False),
    "hyperdisk-throughput": (2048, 32768, False, True),
}
ACCELERATOR_TYPES = {"nvidia-tesla-t4": 4, "nvidia-tesla-p4": 4, "nvidia-tesla-v100": 8, "nvidia-l4": 8}
CPU_PLATFORMS = ["Intel Sandy Bridge", "Intel Ivy Bridge", "Intel Haswell", "Intel Broadwell", "Intel Skylake",
                 "Intel Cascade Lake", "Intel Ice Lake", "AMD Rome", "AMD Milan", "Ampere Altra"]

# Family -> MB of memory per CPU for its standard, highmem and highcpu types.
_FAMILIES = {
    "n1": {"standard": 3840, "highmem": 6656, "highcpu": 922},
    "n2": {"standard": 4096, "highmem": 8192, "highcpu": 1024},
    "n2d": {"standard": 4096, "highmem": 8192, "highcpu": 1024},
    "e2": {"standard": 4096, "highmem": 8192, "highcpu": 1024},
    "c2": {"standard": 4096},
    "c2d": {"standard": 4096, "highmem": 8192, "highcpu": 2048},
    "c3": {"standard": 4096, "highmem": 8192, "highcpu": 2048},
    "n4": {"standard": 4096, "highmem": 8192, "highcpu": 2048},
    "t2d": {"standard": 4096},
    "t2a": {"standard": 4096},
    "c4a": {"standard": 4096, "highmem": 8192, "highcpu": 2048},
}
_SHARED = {"f1-micro": (1, 614), "g1-small": (1, 1740), "e2-micro": (2, 1024), "e2-small": (2, 2048),
           "e2-medium": (2, 4096)}
_CPU_COUNTS = {1, 2, 4, 8, 16, 22, 30, 32, 44, 48, 60, 64, 80, 88, 96}
_ARM_FAMILIES = {"t2a", "c4a"}
_CUSTOM = re.compile(r"(?:(n1|n2|n2d|e2|n4)-)?custom-(\d+)-(\d+)(?:-ext)?")


@dataclass(frozen=True)
class MachineType:
    name: str
    cpus: int
    memory_mb: int
    shared_cpu: bool = False

    @property
    def architecture(self) -> str:
        return "ARM64" if self.name.split("-")[0] in _ARM_FAMILIES else "X86_64"


def find_machine_type(name: str) -> MachineType | None:
    """Predefined types, and custom ones such as custom-4-8192 or n2-custom-2-4096."""
    if name in _SHARED:
        return MachineType(name, *_SHARED[name], shared_cpu=True)
    if match := _CUSTOM.fullmatch(name):
        cpus, memory = int(match[2]), int(match[3])
        good = (cpus == 1 or cpus % 2 == 0) and 0 < cpus <= 96 and memory % 256 == 0 and memory >= 512 * cpus
        return MachineType(name, cpus, memory) if good else None
    family, _, rest = name.partition("-")
    kind, _, count = rest.partition("-")
    if count.isdigit() and int(count) in _CPU_COUNTS and kind in _FAMILIES.get(family, {}):
        return MachineType(name, int(count), int(count) * _FAMILIES[family][kind])
    return None


def all_machine_types() -> list[MachineType]:
    names = list(_SHARED) + [f"{family}-{kind}-{count}" for family, kinds in _FAMILIES.items() for kind in kinds
                             for count in sorted(_CPU_COUNTS)]
    return [found for name in names if (found := find_machine_type(name))]


@dataclass(frozen=True)
class PublicImage:
    project: str
    name: str
    family: str
    size_gb: int = 10
    architecture: str = "X86_64"
    state: str = "ACTIVE"  # or DEPRECATED, OBSOLETE; a family names its newest active image


# Oldest first.
PUBLIC_IMAGES = [
    PublicImage("ubuntu-os-cloud", "ubuntu-1604-xenial-v20170721", "ubuntu-1604-lts", state="DEPRECATED"),
    PublicImage("ubuntu-os-cloud", "ubuntu-1604-xenial-v20210928", "ubuntu-1604-lts", state="DEPRECATED"),
    PublicImage("ubuntu-os-cloud", "ubuntu-2004-focal-v20210510", "ubuntu-2004-lts", state="DEPRECATED"),
    PublicImage("ubuntu-os-cloud", "ubuntu-2204-jammy-v20220420", "ubuntu-2204-lts", state="DEPRECATED"),
    PublicImage("ubuntu-os-cloud", "ubuntu-2204-jammy-v20250815", "ubuntu-2204-lts"),
    PublicImage("ubuntu-os-cloud", "ubuntu-2204-jammy-arm64-v20250815", "ubuntu-2204-lts-arm64", 10, "ARM64"),
    PublicImage("ubuntu-os-cloud", "ubuntu-2404-noble-amd64-v20250606", "ubuntu-2404-lts-amd64"),
    PublicImage("ubuntu-os-cloud", "ubuntu-2404-noble-amd64-v20250828", "ubuntu-2404-lts-amd64"),
    PublicImage("ubuntu-os-cloud", "ubuntu-2404-noble-arm64-v20250828", "ubuntu-2404-lts-arm64", 10, "ARM64"),
    PublicImage("debian-cloud", "debian-11-bullseye-v20250812", "debian-11"),
    PublicImage("debian-cloud", "debian-12-bookworm-v20250812", "debian-12"),
    PublicImage("debian-cloud", "debian-13-trixie-v20250812", "debian-13"),
    PublicImage("cos-cloud", "cos-117-18613-339-26", "cos-117-lts"),
    PublicImage("cos-cloud", "cos-121-18867-199-52", "cos-121-lts"),
    PublicImage("cos-cloud", "cos-stable-121-18867-199-52", "cos-stable"),
    PublicImage("rocky-linux-cloud", "rocky-linux-9-v20250812", "rocky-linux-9", 20),
    PublicImage("fedora-coreos-cloud", "fedora-coreos-42-20250803-3-0-gcp-x86-64", "fedora-coreos-stable"),
]
