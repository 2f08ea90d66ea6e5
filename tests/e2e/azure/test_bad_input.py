# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong is said, in one line, with the right exit code, and nothing is created or left behind."""

from __future__ import annotations

import os

import pytest

from tests.e2e.program import Program

CREATE = ["create", "--driver", "azure"]


def nothing_left(cloud, program):
    assert cloud.is_empty(), cloud.state()
    machines = program.store / "machines"
    assert not machines.exists() or [name for name in os.listdir(machines) if not name.startswith(".")] == []


@pytest.mark.parametrize(("words", "code", "text"), [
    (["--azure-subscription-id=", "vm-1"], 1, 'azure driver requires the "azure-subscription-id" option.'),
    (["--azure-nosuch=1", "vm-1"], 1, "flag provided but not defined: -azure-nosuch"),
    (["--azure-environment=Moon", "vm-1"], 1, "Invalid Azure environment"),
    (["--azure-image=ubuntu", "vm-1"], 1, "image provided must be an image URN"),
    (["--azure-subnet-prefix=192.168.0.1/16", "vm-1"], 1, "--azure-subnet-prefix"),
    (["--azure-source-cidr=home", "vm-1"], 1, "--azure-source-cidr"),
    (["--azure-ssh-user=root", "vm-1"], 1, "--azure-ssh-user"),
    (["--azure-open-port=80/icmp", "vm-1"], 1, "cannot parse security rule protocol"),
    (["--azure-disk-type=fast", "vm-1"], 1, "--azure-disk-type"),
    (["--azure-spot", "--azure-availability-set=s", "vm-1"], 1, "exclude each other"),
    (["a" * 70], 3, "has 70 characters, but 64 is the limit"),
    (["--azure-custom-data=/nowhere", "vm-1"], 3, "custom-data file /nowhere could not be found"),
])
def test_wrong_options(paper_cloud, paper_program, words, code, text):
    result = paper_program.run(*CREATE, *words)
    assert result.code == code, result
    assert text in result.err
    assert result.err.count("\n") == 1
    nothing_left(paper_cloud, paper_program)
    assert paper_cloud.calls(None) == []


def test_an_image_that_is_not_there(paper_cloud, paper_program):
    result = paper_program.run(*CREATE, "--azure-image=Canonical:UbuntuServer:99.04:latest", "vm-1")
    assert result.code == 3, result
    assert "there is no image" in result.err
    nothing_left(paper_cloud, paper_program)
    assert [call for call in paper_cloud.calls() if call.method != "GET"] == []


def test_a_wrong_secret(paper_cloud, paper_program):
    result = paper_program.run(*CREATE, "vm-1", environment={"AZURE_CLIENT_SECRET": "planted-wrong-secret"})
    assert result.code == 3, result
    assert "AADSTS7000215" in result.err
    assert "planted-wrong-secret" not in result.out + result.err
    nothing_left(paper_cloud, paper_program)
    assert paper_cloud.calls("arm") == []


def test_nobody_to_log_in(paper_cloud, tmp_path):
    program = Program(tmp_path / "store", paper_cloud.location() | {"PATH": "/nowhere"}, "docker-machine")
    result = program.run(*CREATE, "vm-1", timeout=30)
    assert result.code == 3, result
    assert "no Azure credentials were found" in result.err
    assert "AZURE_CLIENT_SECRET" in result.err
    nothing_left(paper_cloud, program)


@pytest.mark.parametrize(("permission", "code"), [
    ("Microsoft.Compute/virtualMachines/read", 3),
    ("Microsoft.Resources/subscriptions/resourceGroups/write", 1),
    ("Microsoft.Network/networkInterfaces/write", 1),
    ("Microsoft.Compute/virtualMachines/write", 1),
])
def test_a_missing_right(paper_cloud, paper_program, permission, code):
    paper_cloud.deny(permission)
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == code, result
    assert "AuthorizationFailed" in result.err
    assert paper_program.run("rm", "-y", "vm-1").code == (0 if code == 1 else 1)
    nothing_left(paper_cloud, paper_program)


def test_a_size_without_capacity(paper_cloud, paper_program):
    paper_cloud.exhaust(code="SkuNotAvailable")
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == 1, result
    assert "SkuNotAvailable" in result.err
    # What was made for the machine is gone before rm comes.
    assert paper_cloud.is_empty(), paper_cloud.state()
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)
    assert paper_cloud.state()["networks"] == []


def test_a_quota(paper_cloud, paper_program):
    paper_cloud.settings.quotas["cores"] = 1
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == 1, result
    assert "quota" in result.err.lower()
    assert paper_cloud.is_empty(), paper_cloud.state()
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)


def test_an_unknown_size(paper_cloud, paper_program):
    result = paper_program.run(*CREATE, "--azure-size=Standard_Nosuch", "vm-1")
    assert result.code == 1, result
    assert "Standard_Nosuch" in result.err
    assert paper_cloud.is_empty(), paper_cloud.state()
