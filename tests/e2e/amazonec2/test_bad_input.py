# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong is said, with the right exit code, and nothing is created or left behind."""

from __future__ import annotations

import os

import pytest

CREATE = ["create", "--driver", "amazonec2"]
READS = ("Describe",)


def nothing_left(cloud, program):
    assert cloud.is_empty(), cloud.state()
    machines = program.store / "machines"
    assert not machines.exists() or os.listdir(machines) == []


@pytest.mark.parametrize(("words", "code", "text"), [
    (["--amazonec2-access-key=AK"], 1, "using --amazonec2-access-key also requires --amazonec2-secret-key"),
    (["--amazonec2-region=nowhere"], 1, "Invalid region specified"),
    (["--amazonec2-zone=eu-west-1a"], 1, "does not lie in the region us-east-1"),
    (["--amazonec2-tags=a,b,c"], 1, "Tags are not key value in pairs. 3 elements found"),
    (["--amazonec2-tags=aws:x,b"], 1, "aws:"),
    (["--amazonec2-open-port=80-90"], 1, "invalid port number 80-90"),
    (["--amazonec2-keypair-name=k"], 1, "using --amazonec2-keypair-name also requires --amazonec2-ssh-keypath"),
    (["--amazonec2-root-size=big"], 1, 'invalid value "big" for flag -amazonec2-root-size: parse error'),
    (["--amazonec2-ami=ami-0123456789abcdef0"], 3, "InvalidAMIID.NotFound"),
    (["--amazonec2-subnet-id=subnet-0123456789abcdef0"], 3, "The desired subnet could not be located in this region"),
    (["--amazonec2-zone=z"], 3, "unable to find a subnet that is both in the zone us-east-1z"),
    (["--amazonec2-instance-type=t4g.micro", "--amazonec2-ami=ami-013b3de8a8fa9b39f"], 3,
     "but instance type t4g.micro is for arm64"),
    (["--amazonec2-userdata=/nowhere"], 3, "unable to read --amazonec2-userdata file"),
    (["--amazonec2-ssh-keypath=/nowhere"], 3, "open /nowhere: no such file or directory"),
])
def test_wrong_options(paper_cloud, paper_program, words, code, text):
    keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""} if "access-key" in words[0] else {}
    result = paper_program.run(*CREATE, *words, "vm-1", environment=keys)
    assert result.code == code, result
    assert text in result.err
    assert result.err.count("\n") == 1
    nothing_left(paper_cloud, paper_program)
    assert [action for action in paper_cloud.actions() if not action.startswith(READS)] == []


def test_half_a_pair_of_variables(paper_cloud, paper_program):
    result = paper_program.run(*CREATE, "vm-1", environment={"AWS_SECRET_ACCESS_KEY": ""})
    assert result.code == 3, result
    assert "half a pair of AWS keys in the environment: AWS_SECRET_ACCESS_KEY is not set" in result.err
    nothing_left(paper_cloud, paper_program)


def test_no_credentials_at_all(paper_cloud, paper_program):
    paper_program.environment = paper_cloud.surroundings() | paper_cloud.credentials.nothing()
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == 3, result
    assert "amazonec2 driver requires AWS credentials configured with" in result.err
    assert paper_cloud.actions() == []


def test_the_subnet_of_another_vpc_and_zone(paper_cloud, paper_program):
    vpc = paper_cloud.add_vpc()
    subnet = paper_cloud.add_subnet(vpc.id, "us-east-1b")
    other = paper_cloud.default_vpc().id
    result = paper_program.run(*CREATE, f"--amazonec2-vpc-id={other}", f"--amazonec2-subnet-id={subnet.id}", "vm-1")
    assert result.code == 3
    assert f"SubnetId: {subnet.id} does not belong to VpcId: {other}" in result.err
    result = paper_program.run(*CREATE, "--amazonec2-zone=a", f"--amazonec2-subnet-id={subnet.id}", "vm-1")
    assert result.code == 3
    assert "is in the zone us-east-1b, not in us-east-1a" in result.err
    nothing_left(paper_cloud, paper_program)


def test_wrong_and_expired_keys(paper_cloud, paper_program):
    wrong = {"AWS_SECRET_ACCESS_KEY": "not the secret"}
    result = paper_program.run(*CREATE, "vm-1", environment=wrong)
    assert result.code == 3, result
    assert "status code: 40" in result.err
    assert "not the secret" not in result.err
    session = paper_cloud.keys.add_session("role", "s", 3600)
    paper_cloud.expire_sessions()
    paper_program.environment = paper_cloud.environment(session)
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == 3, result
    assert "RequestExpired" in result.err or "ExpiredToken" in result.err
    nothing_left(paper_cloud, paper_program)


def test_a_clock_that_is_wrong(paper_cloud, paper_program):
    """By an hour: allowed for, with a line that says so."""
    paper_cloud.settings.clock_offset = 3600
    result = paper_program.run(*CREATE, "--amazonec2-ami=ami-0123456789abcdef0", "vm-1")
    assert result.code == 3
    assert "InvalidAMIID.NotFound" in result.err
    assert "This machine's clock differs from that of AWS by 36" in result.out or "by 35" in result.out
    nothing_left(paper_cloud, paper_program)


@pytest.mark.parametrize(("action", "error"), [
    ("RunInstances", (500, "InsufficientInstanceCapacity")),
    ("RunInstances", (400, "InvalidParameterValue")),
    ("RunInstances", (403, "UnauthorizedOperation")),
    ("CreateSecurityGroup", (403, "UnauthorizedOperation")),
    ("ImportKeyPair", (400, "InvalidParameterValue")),
])
def test_a_refused_call(paper_cloud, paper_program, action, error):
    status, code = error
    paper_cloud.faults.answer(status, code, "planted refusal 4711", action=action, times=3)
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == 1, result
    assert f"{code}: planted refusal 4711" in result.err
    assert paper_cloud.actions().count(action) <= 2
    assert paper_cloud.is_empty(), paper_cloud.state()
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)


def test_an_instance_that_does_not_start(paper_cloud, paper_program):
    paper_cloud.fail_launch("Client.InternalError", "Client error on launch")
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == 1, result
    assert "is terminated: Client.InternalError: Client error on launch" in result.err or "Client error on launch" in result.err
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)
