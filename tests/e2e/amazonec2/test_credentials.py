# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every source of keys, as far as the first refusal: an unknown image is told only to those who are let in."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest

CREATE = ["create", "--driver", "amazonec2", "--amazonec2-ami=ami-0123456789abcdef0", "vm-1"]
ROLE = "arn:aws:iam::123456789012:role/worker-role"


def profile(cloud):
    """A role, by way of another profile."""
    return cloud.surroundings() | cloud.credentials.nothing() | cloud.credentials.files(
        credentials={"base": cloud.credentials.section(cloud.user)},
        config={"profile work": {"role_arn": ROLE, "source_profile": "base"}}) | {"AWS_PROFILE": "work"}


def process(cloud):
    return cloud.surroundings() | cloud.credentials.nothing() | cloud.credentials.files(
        config={"default": {"credential_process": cloud.credentials.process(cloud.user)}})


def role_of_instance(cloud):
    return cloud.metadata_environment()


def role_of_instance_by_version_1(cloud):
    cloud.settings.imds_v1 = True
    return cloud.metadata_environment()


SOURCES = [lambda cloud: cloud.environment(), profile, process, role_of_instance, role_of_instance_by_version_1,
           lambda cloud: cloud.container_environment("some-token"), lambda cloud: cloud.web_identity_environment()]


@pytest.mark.parametrize("source", SOURCES,
                         ids=["environment", "profile", "process", "instance", "instance-v1", "container", "web-identity"])
def test_a_source_of_keys(paper_cloud, paper_program, source):
    paper_program.environment = source(paper_cloud)
    result = paper_program.run("--debug", *CREATE)
    assert result.code == 3, result
    assert "InvalidAMIID.NotFound" in result.err
    for secret in paper_cloud.secrets():
        assert secret not in result.out + result.err


def test_keys_on_the_command_line_ask_nobody_else(paper_cloud, paper_program):
    paper_program.environment = paper_cloud.metadata_environment()
    result = paper_program.run(*CREATE[:-1], f"--amazonec2-access-key={paper_cloud.user.key_id}",
                               f"--amazonec2-secret-key={paper_cloud.user.secret}", "vm-1")
    assert "InvalidAMIID.NotFound" in result.err
    assert paper_cloud.calls("metadata") == []


def test_a_command_looks_for_keys_once(paper_cloud, paper_program):
    paper_program.environment = paper_cloud.metadata_environment()
    paper_program.run(*CREATE)
    assert len(paper_cloud.actions()) >= 2
    assert len(paper_cloud.calls("metadata")) == 3  # session, role, keys


def test_gc_gets_into_an_account_whose_key_was_rotated(paper_cloud, paper_program):
    """The key of the flags stands in the store. Once it is gone, today's key of the same account serves."""
    flags = [f"--amazonec2-access-key={paper_cloud.user.key_id}", f"--amazonec2-secret-key={paper_cloud.user.secret}"]
    child = paper_program.start("create", "--driver", "amazonec2", *flags, "vm-1", stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not paper_cloud.state()["instances"]:
        assert time.monotonic() < deadline and child.poll() is None, child.communicate()
        time.sleep(0.05)
    child.kill()
    child.communicate()
    paper_cloud.wait_until_idle()
    shutil.rmtree(paper_program.store / "machines/vm-1")
    paper_cloud.keys.revoke(paper_cloud.user.key_id)
    paper_program.environment = paper_cloud.surroundings() | paper_cloud.credentials.nothing()
    result = paper_program.run("gc", "--yes", "--older-than", "0")
    assert result.code == 1 and "AuthFailure" in result.err and paper_cloud.user.key_id in result.err, result
    assert "there are no other credentials at hand" in result.err, result
    paper_program.environment = paper_cloud.environment(paper_cloud.keys.add_user("today"))
    result = paper_program.run("gc", "--yes", "--older-than", "0")
    assert (result.code, result.err) == (0, ""), result
    assert paper_cloud.is_empty(), paper_cloud.state()
