# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What AWS offers: regions, zones, instance types, and how much of them an account may have."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Region -> letters of its zones. Not every account sees an `a` (us-west-1) or the letters in a row.
REGIONS = {
    "us-east-1": "abcdef", "us-east-2": "abc", "us-west-1": "ac", "us-west-2": "abcd", "af-south-1": "abc",
    "ap-east-1": "abc", "ap-northeast-1": "acd", "ap-northeast-2": "abcd", "ap-northeast-3": "abc", "ap-south-1": "abc",
    "ap-south-2": "abc", "ap-southeast-1": "abc", "ap-southeast-2": "abc", "ap-southeast-3": "abc",
    "ap-southeast-4": "abc", "ca-central-1": "abd", "ca-west-1": "abc", "eu-central-1": "abc", "eu-central-2": "abc",
    "eu-north-1": "abc", "eu-south-1": "abc", "eu-south-2": "abc", "eu-west-1": "abc", "eu-west-2": "abc",
    "eu-west-3": "abc", "me-central-1": "abc", "me-south-1": "abc", "sa-east-1": "abc",
    "cn-north-1": "ab", "cn-northwest-1": "abc", "us-gov-east-1": "abc", "us-gov-west-1": "abc",
}
# A wavelength or local zone is no place for an ordinary subnet, but DescribeAvailabilityZones may list it.
_NOT_HERE = {("us-east-1", "e"): {"t3", "t4g", "m6g", "c6g", "m7g"}}  # old halls lack the newer types


def zones_of(region: str) -> list[str]:
    return [region + letter for letter in REGIONS[region]]


def partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def endpoint(service: str, region: str) -> str:
    return f"{service}.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")


@dataclass(frozen=True)
class VcpuQuota:
    """A quota of Service Quotas: vCPUs that run at once in a region."""

    code: str
    name: str
    metric_class: str
    market: str


# In a new account they are 0 and 5; here there is room unless a test says otherwise.
DEFAULT_VCPUS = 5000


def _quotas() -> dict[tuple[str, str], VcpuQuota]:
    """By the letters that names of types begin with, and market. Source: EC2 User Guide, the tables of "On-Demand
    Instance quotas" and "Spot Instance quotas" with their links into the console."""
    found = {}
    for title, letters, on_demand, spot in (
            ("Standard (A, C, D, H, I, M, R, T, Z)", "a c d h i im is m r t z", "L-1216C47A", "L-34B43A08"),
            ("DL", "dl", "L-6E869C2A", "L-85EED4F7"), ("F", "f", "L-74FC7D96", "L-88CF9481"),
            ("G and VT", "g gr vt", "L-DB2E81BA", "L-3819A6DF"), ("HPC", "hpc", "L-F7808C92", None),
            ("High Memory", "u", "L-43DA4232", None), ("Inf", "inf", "L-1945791B", "L-B5D1601B"),
            ("P", "p", "L-417A185B", "L-7212CCBC"), ("Trn", "trn", "L-2C3B7624", "L-6B0D517C"),
            ("X", "x", "L-7295265B", "L-E3A00192")):
        word = title.split()[0]
        for letter in letters.split():
            found[letter, "on-demand"] = VcpuQuota(on_demand, f"Running On-Demand {title} instances", f"{word}/OnDemand",
                                                   "on-demand")
            if spot:
                found[letter, "spot"] = VcpuQuota(spot, f"All {title} Spot Instance Requests", f"{word}/Spot", "spot")
    return found


_QUOTAS = _quotas()
VCPU_QUOTAS = {one.code: one for one in _QUOTAS.values()}


@dataclass(frozen=True)
class InstanceType:
    name: str
    cpus: int
    memory_mb: int
    price: float  # dollars an hour

    @property
    def family(self) -> str:
        return self.name.split(".")[0]

    @property
    def architecture(self) -> str:
        return "arm64" if self.family in _ARM else "x86_64"

    def quota(self, market: str) -> VcpuQuota:
        return _QUOTAS[re.match("[a-z]+", self.name)[0], market]

    def is_in(self, zone: str) -> bool:
        return self.family not in _NOT_HERE.get((zone[:-1], zone[-1]), ())


_ARM = {"t4g", "m6g", "m7g", "c6g", "c7g", "r6g", "a1"}
_OLD = {"t2", "m4", "c4"}
_SMALL = {"m4", "c4", "c5", "a1"}  # families whose larger sizes go by other numbers
# Family -> GiB of memory per CPU, price per CPU and hour.
_FAMILIES = {"m4": (4, 0.05), "m5": (4, 0.048), "m5a": (4, 0.043), "m5d": (4, 0.0565), "m6i": (4, 0.048),
             "m6a": (4, 0.0432), "m7i": (4, 0.0504), "m6g": (4, 0.0385), "m7g": (4, 0.0408), "c4": (1.875, 0.05),
             "c5": (2, 0.0425), "c5a": (2, 0.0385), "c6i": (2, 0.0425), "c7i": (2, 0.0446), "c6g": (2, 0.034),
             "c7g": (2, 0.0363), "r5": (8, 0.063), "r6i": (8, 0.063), "r6g": (8, 0.0504), "a1": (2, 0.0255)}
_SIZES = {"medium": 1, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48,
          "16xlarge": 64}
# Size -> CPUs of t2, CPUs of the later ones, memory in MiB, price of t2.
_BURSTABLE = {"nano": (1, 2, 512, 0.0058), "micro": (1, 2, 1024, 0.0116), "small": (1, 2, 2048, 0.023),
              "medium": (2, 2, 4096, 0.0464), "large": (2, 2, 8192, 0.0928), "xlarge": (4, 4, 16384, 0.1856),
              "2xlarge": (8, 8, 32768, 0.3712)}


def _types() -> dict[str, InstanceType]:
    found = []
    for family, factor in (("t2", 1), ("t3", 0.9), ("t3a", 0.81), ("t4g", 0.72)):
        found += [InstanceType(f"{family}.{size}", old if family == "t2" else new, memory, round(price * factor, 4))
                  for size, (old, new, memory, price) in _BURSTABLE.items()]
    for family, (memory, price) in _FAMILIES.items():
        found += [InstanceType(f"{family}.{size}", cpus, int(cpus * memory * 1024), round(cpus * price, 4))
                  for size, cpus in _SIZES.items()
                  if (size != "medium" or family in _ARM) and (cpus <= 16 or family not in _SMALL)]
    found += [InstanceType("g4dn.xlarge", 4, 16384, 0.526), InstanceType("g4dn.2xlarge", 8, 32768, 0.752),
              InstanceType("inf1.xlarge", 4, 8192, 0.228), InstanceType("p3.2xlarge", 8, 62464, 3.06)]
    return {one.name: one for one in found}


INSTANCE_TYPES = _types()
VOLUME_TYPES = {  # smallest and largest size in GiB; range of iops; range of throughput in MiB/s
    "standard": ((1, 1024), None, None),
    "gp2": ((1, 16384), None, None),
    "gp3": ((1, 65536), (3000, 80000), (125, 2000)),
    "io1": ((4, 16384), (100, 64000), None),
    "io2": ((4, 65536), (100, 256000), None),
    "st1": ((125, 16384), None, None),
    "sc1": ((125, 16384), None, None),
}


def is_current(kind: InstanceType) -> bool:
    return kind.family not in _OLD
