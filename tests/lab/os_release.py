# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""/etc/os-release of the systems a host can say it is. The fields and quotes are those of the real images."""

from __future__ import annotations

UBUNTU = {
    "18.04": ("18.04.6 LTS", "Bionic Beaver"),
    "20.04": ("20.04.6 LTS", "Focal Fossa"),
    "22.04": ("22.04.5 LTS", "Jammy Jellyfish"),
    "24.04": ("24.04.2 LTS", "Noble Numbat"),
    "26.04": ("26.04 LTS", "Resolute Raccoon"),
}
DEBIAN = {"10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie"}


def ubuntu(version: str = "22.04") -> str:
    number, name = UBUNTU[version]
    codename = name.split()[0].lower()
    return f"""\
PRETTY_NAME="Ubuntu {number}"
NAME="Ubuntu"
VERSION_ID="{version}"
VERSION="{number} ({name})"
VERSION_CODENAME={codename}
ID=ubuntu
ID_LIKE=debian
HOME_URL="https://www.ubuntu.com/"
SUPPORT_URL="https://help.ubuntu.com/"
BUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"
PRIVACY_POLICY_URL="https://www.ubuntu.com/legal/terms-and-policies/privacy-policy"
UBUNTU_CODENAME={codename}
"""


def debian(version: str = "12") -> str:
    codename = DEBIAN[version]
    return f"""\
PRETTY_NAME="Debian GNU/Linux {version} ({codename})"
NAME="Debian GNU/Linux"
VERSION_ID="{version}"
VERSION="{version} ({codename})"
VERSION_CODENAME={codename}
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
"""


def cos(milestone: str = "117") -> str:
    return f"""\
NAME="Container-Optimized OS"
ID=cos
PRETTY_NAME="Container-Optimized OS from Google"
HOME_URL="https://cloud.google.com/container-optimized-os/docs"
BUG_REPORT_URL="https://cloud.google.com/container-optimized-os/docs/resources/support-policy#contact_us"
GOOGLE_CRASH_ID=Lakitu
GOOGLE_METRICS_PRODUCT_ID=26
VERSION={milestone}
VERSION_ID={milestone}
BUILD_ID=18613.164.4
"""


def other(identifier: str, version: str, name: str, like: str = "") -> str:
    """For families without a text of their own here: rocky, almalinux, amzn, flatcar, …"""
    liked = f'ID_LIKE="{like}"\n' if like else ""
    return f"""\
NAME="{name}"
VERSION="{version}"
ID="{identifier}"
{liked}VERSION_ID="{version}"
PRETTY_NAME="{name} {version}"
"""


def identifier(text: str) -> str:
    """The value of ID."""
    return next((line[3:].strip("\"'") for line in text.splitlines() if line.startswith("ID=")), "")
