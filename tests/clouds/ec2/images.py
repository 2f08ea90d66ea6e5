# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The images of a region: Canonical's, Amazon's, Debian's, and a stranger's that pass for Canonical's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .catalog import partition

CANONICAL = {"aws": "099720109477", "aws-cn": "837727238323", "aws-us-gov": "513442679011"}
AMAZON, DEBIAN, STRANGER = "137112412989", "136693071363", "666666666666"

# Region -> Ubuntu 16.04, 20.04 and 22.04 as the programs that came before pin them.
_PINNED = {
    "af-south-1": (None, "0670428c515903d37", "041bbaef049568980"),
    "ap-east-1": (None, "0350928fdb53ae439", "0da677a59bd878935"),
    "ap-northeast-1": ("bcb7f6da", "0a3eb6ca097b78895", "08cc96be4321e5b1f"),
    "ap-northeast-2": ("5073de3e", "0225bc2990c54ce9a", "01e69ea1a3e0010f9"),
    "ap-northeast-3": (None, "0c2223049202ca738", "0f14d4518c5e11193"),
    "ap-south-1": ("1083dc7f", "05ba3a39a75be1ec4", "0114b36a18ddfaa28"),
    "ap-south-2": (None, "0cdec4d7db18a5cdb", "066d98478cd8e4c77"),
    "ap-southeast-1": ("41e4af3d", "0750a20e9959e44ff", "0ee022cdf4828fb72"),
    "ap-southeast-2": ("c1498fa3", "0d539270873f66397", "0df7505ae337f9e56"),
    "ap-southeast-3": (None, "0f06496957d1fe04a", None),
    "ap-southeast-4": (None, None, "0961cde071a13cfcf"),
    "ca-central-1": ("8d9e19e9", "073c944d45ffb4f27", "0c28f754c18c566ea"),
    "ca-west-1": (None, None, "050e498a568657807"),
    "cn-north-1": ("cc4499a1", "0741e7b8b4fb0001c", "0cee61fcc2abc6536"),
    "cn-northwest-1": ("fd0e1a9f", "0883e8062ff31f727", "063dbdfa885edce48"),
    "eu-central-1": ("bc4925d3", "02584c1c9d05efa69", "0a43b9fc420cabb27"),
    "eu-central-2": (None, "0968892c976bc03f2", "0ba82ef40306fcb2f"),
    "eu-north-1": ("017ff17f", "09f0506c9ef0fb473", "0d4a39b59c9b7a755"),
    "eu-south-1": (None, "06ea0ad3f5adc2565", "0470471c569217367"),
    "eu-south-2": (None, "0d3d6b90b90290cdd", "00ccf59845b355398"),
    "eu-west-1": ("0b541372", "00e7df8df28dfa791", "0c6d91e4a58c413a9"),
    "eu-west-2": ("ff46a298", "00826bd51e68b1487", "065908f87471c0a91"),
    "eu-west-3": ("9465d3e9", "0a21d1c76ac56fee7", "03339502479ac056b"),
    "me-central-1": (None, "04e59379df0314070", "05ab10873f5acc36e"),
    "me-south-1": (None, "05b680b37c7917206", "0d637f6739f30a48c"),
    "sa-east-1": ("b5501bd9", "077518a464c82703b", "050efed1b88ba70b4"),
    "us-east-1": ("927185ef", "0c4f7023847b90238", "013b3de8a8fa9b39f"),
    "us-east-2": ("b9daeddc", "0eea504f45ef7a8f7", "024adb4f8af4c9df2"),
    "us-gov-east-1": (None, "0eb7ef4cc0594fa04", "093d375659859241e"),
    "us-gov-west-1": ("2561ea44", "029a634618d6c0300", "040a15d01bb152ac0"),
    "us-west-1": ("264c4646", "0487b1fe60c1fd1a2", "0b03b9afed756bb4b"),
    "us-west-2": ("78a22900", "0cb4e786f15603b0d", "09a13b25443518b29"),
}
_PINNED_NAMES = ("ubuntu/images/hvm-ssd/ubuntu-xenial-16.04-amd64-server-20180228",
                 "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20220419",
                 "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20231207")

# Name up to the date, dates. What is gone from support is deprecated and only found by its id.
_UBUNTU = [
    ("ubuntu/images/hvm-ssd/ubuntu-bionic-18.04-{arch}-server", ["20230607"], True),
    ("ubuntu/images/hvm-ssd/ubuntu-focal-20.04-{arch}-server", ["20240605", "20250530"], True),
    ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server", ["20240301", "20250516", "20261006"], False),
    ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server", ["20240423", "20250610", "20261020"], False),
    ("ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-server", ["20260423", "20261013"], False),
    ("ubuntu/images/hvm-ssd-gp3/ubuntu-questing-25.10-{arch}-server", ["20251009"], True),
    # After the newest LTS, and none.
    ("ubuntu/images/hvm-ssd-gp3/ubuntu-stonking-26.10-{arch}-server", ["20261015"], False),
    ("ubuntu/images-testing/hvm-ssd-gp3/ubuntu-resolute-daily-26.04-{arch}-server", ["20261119"], False),
    ("ubuntu-minimal/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-minimal", ["20261101"], False),
    ("ubuntu-pro-server/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-pro-server", ["20261102"], False),
    ("ubuntu-eks/k8s_1.31/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server", ["20261103"], False),
]


@dataclass(frozen=True)
class ImageVolume:
    """What an image brings along besides its root."""

    device: str
    size_gib: int
    type: str = "gp2"
    delete_on_termination: bool = True
    encrypted: bool = False


@dataclass(frozen=True)
class Image:
    id: str
    name: str
    owner: str
    architecture: str = "x86_64"
    created: str = "2024-01-01T00:00:00.000Z"
    root: str = "/dev/sda1"
    size_gib: int = 8
    volume_type: str = "gp2"
    user: str = "ubuntu"  # the login that gets the key pair's key
    deprecated: bool = False
    public: bool = True
    state: str = "available"
    encrypted: bool = False
    imds: str | None = None  # v2.0: instances of it ask for tokens unless the launch says otherwise
    alias: str | None = None
    more: tuple[ImageVolume, ...] = ()

    @property
    def volumes(self) -> tuple[ImageVolume, ...]:
        """The root first."""
        return (ImageVolume(self.root, self.size_gib, self.volume_type, encrypted=self.encrypted), *self.more)

    def snapshot(self, volume: ImageVolume) -> str:
        return "snap-" + hashlib.sha256((self.id + volume.device).encode()).hexdigest()[:17]


def images_of(region: str) -> dict[str, Image]:
    """By id; the ids differ from region to region."""
    canonical = CANONICAL[partition(region)]
    found = [image for base, dates, old in _UBUNTU for date in dates for arch in ("amd64", "arm64")
             for image in [_ubuntu(region, f"{base.format(arch=arch)}-{date}", canonical, old)]]
    for name, number in zip(_PINNED_NAMES, _PINNED.get(region, ())):
        if number:
            found.append(Image(f"ami-{number}", name, canonical, created=_created(name), deprecated=True))
    # Newer than all of Canonical's, for those who search by name alone.
    bait = "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{}-server-20261120"
    found += [_ubuntu(region, bait.format(arch), STRANGER, False) for arch in ("amd64", "arm64")]
    found += [
        Image(_id(region, "al2023"), "al2023-ami-2023.9.20261117.0-kernel-6.1-x86_64", AMAZON,
              created="2026-11-18T01:02:03.000Z", root="/dev/xvda", volume_type="gp3", user="ec2-user", imds="v2.0",
              alias="amazon"),
        Image(_id(region, "debian-12"), "debian-12-amd64-20261110-2293", DEBIAN, created="2026-11-10T12:00:00.000Z",
              root="/dev/xvda", user="admin"),
        Image(_id(region, "debian-12-arm64"), "debian-12-arm64-20261110-2293", DEBIAN, "arm64",
              created="2026-11-10T12:00:00.000Z", root="/dev/xvda", user="admin"),
    ]
    return {image.id: image for image in found}


def _ubuntu(region: str, name: str, owner: str, deprecated: bool) -> Image:
    return Image(_id(region, owner + name), name, owner, "arm64" if "-arm64-" in name else "x86_64", _created(name),
                 volume_type="gp3" if "-gp3/" in name else "gp2", deprecated=deprecated)


def _created(name: str) -> str:
    date = name[-8:]
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T05:10:17.000Z"


def _id(region: str, name: str) -> str:
    return "ami-" + hashlib.sha256(f"{region} {name}".encode()).hexdigest()[:17]
