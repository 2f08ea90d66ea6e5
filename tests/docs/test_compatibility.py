# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""docs/compatibility.md: its table has every command and option of Docker Machine, and the tests it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/compatibility.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in PAGE.splitlines() if "::" in line and line[0] == "|"]

# Docker Machine 0.16.2: its help, command by command.
REFERENCE = {
    "(global)": ["--debug, -D", "--storage-path, -s", "--tls-ca-cert", "--tls-ca-key", "--tls-client-cert", "--tls-client-key",
                 "--github-api-token", "--native-ssh", "--bugsnag-api-token", "--help, -h", "--version, -v"],
    "active": ["--timeout, -t"],
    "config": ["--swarm"],
    "create": ["--driver, -d", "--engine-install-url", "--engine-opt", "--engine-insecure-registry", "--engine-registry-mirror",
               "--engine-label", "--engine-storage-driver", "--engine-env", "--swarm", "--swarm-image", "--swarm-master",
               "--swarm-discovery", "--swarm-strategy", "--swarm-opt", "--swarm-join-opt", "--swarm-host", "--swarm-addr",
               "--swarm-experimental", "--tls-san"],
    "env": ["--swarm", "--shell", "--unset, -u", "--no-proxy"],
    "inspect": ["--format, -f"],
    "ip": [], "kill": [],
    "ls": ["--quiet, -q", "--filter", "--timeout, -t", "--format, -f"],
    "provision": [],
    "regenerate-certs": ["--force, -f", "--client-certs"],
    "restart": [],
    "rm": ["--force, -f", "-y"],
    "ssh": [],
    "scp": ["--recursive, -r", "--delta, -d", "--quiet, -q"],
    "mount": ["--unmount, -u"],
    "start": [], "status": [], "stop": [], "upgrade": [], "url": [], "version": [], "help": [],
}  # fmt: skip
VARIABLES = ["MACHINE_STORAGE_PATH", "MACHINE_TLS_CA_CERT", "MACHINE_TLS_CA_KEY", "MACHINE_TLS_CLIENT_CERT",
             "MACHINE_TLS_CLIENT_KEY", "MACHINE_GITHUB_API_TOKEN", "MACHINE_NATIVE_SSH", "MACHINE_BUGSNAG_API_TOKEN",
             "MACHINE_DEBUG", "MACHINE_DRIVER", "MACHINE_DOCKER_INSTALL_URL", "ENGINE_REGISTRY_MIRROR",
             "MACHINE_SWARM_IMAGE"]  # fmt: skip


def named_tests() -> list[str]:
    return sorted(set(re.findall(r"`([\w/]+\.(?:py|cpp)::[^`]+)`", PAGE)))


def test_tests_are_named():
    assert len(named_tests()) > 50
    assert all(re.search(r"`[\w/]+\.(py|cpp)::", row[-1]) for row in ROWS)


@pytest.mark.parametrize("name", named_tests())
def test_a_named_test_exists(name):
    file, test = name.split("::")
    text = (ROOT / "tests" / file).read_text()
    if file.endswith(".py"):
        assert re.search(rf"^def {re.escape(test)}\(", text, re.M)
    else:
        joined = re.sub(r'"\s*\n\s*"', "", text)  # a name over several lines
        assert f'TEST_CASE("{test}"' in joined


@pytest.mark.parametrize("command", REFERENCE)
def test_every_command_and_option_has_a_row(command):
    for option in REFERENCE[command] or [""]:
        wanted = f"`{command} {option}`" if command != "(global)" else f"`{option}`"
        wanted = wanted.replace(" `", "`")
        assert any(wanted in row[0] for row in ROWS), wanted


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_variable_has_a_row(variable):
    assert any(variable in row[0] for row in ROWS)
