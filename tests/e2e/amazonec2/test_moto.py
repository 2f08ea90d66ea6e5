# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The API part of a create, stop, start and rm against moto, an EC2 emulator of other hands."""

from __future__ import annotations

import json
import logging
import subprocess
import time
import urllib.request
import warnings

import pytest

from tests.e2e.program import Program

try:
    import boto3
    from moto.server import ThreadedMotoServer
except ImportError as failure:
    warnings.warn(f"moto cannot be imported, so nothing is tried against it: {failure}", stacklevel=1)
    pytest.skip(f"moto cannot be imported: {failure}", allow_module_level=True)


@pytest.fixture
def moto():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()  # its state is the process's
    try:
        yield url
    finally:
        server.stop()


@pytest.fixture
def ec2(moto):
    return boto3.client("ec2", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="AK", aws_secret_access_key="SK")


def instances(ec2):
    return [one for reservation in ec2.describe_instances()["Reservations"] for one in reservation["Instances"]]


def create(program, ec2, moto, *options):
    """Up to the wait for SSH, which moto's machines do not have."""
    image = next(one for one in ec2.describe_images()["Images"] if one["Architecture"] == "x86_64")["ImageId"]
    child = program.start("create", "--driver", "amazonec2", f"--amazonec2-endpoint={moto}", "--amazonec2-access-key=AK",
                          "--amazonec2-secret-key=SK", f"--amazonec2-ami={image}", "--amazonec2-root-size=40", *options, "vm-1",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = []
    for line in child.stdout:
        lines.append(line)
        if line.startswith("Waiting for SSH"):
            break
    child.kill()
    child.communicate()
    return "".join(lines)


@pytest.mark.parametrize("options", [[], ["--amazonec2-request-spot-instance=true", "--amazonec2-spot-price="]])
def test_a_machine_from_create_to_rm(moto, ec2, tmp_path, options):
    program = Program(tmp_path / "store", {"AWS_EC2_METADATA_DISABLED": "true"}, "docker-machine")
    said = create(program, ec2, moto, *options)
    assert "Waiting for SSH to be available..." in said, said
    instance = instances(ec2)[0]
    assert {tag["Key"] for tag in instance["Tags"]} >= {"Name", "dmachine-machine", "dmachine-store"}
    assert instance.get("InstanceLifecycle") == ("spot" if options else None)
    assert program.ok("status", "vm-1") == "Running\n"
    assert [pair["KeyName"].rpartition("-")[0] for pair in ec2.describe_key_pairs()["KeyPairs"]] == ["vm-1"]
    if not options:
        assert program.run("stop", "vm-1").code == 0
        assert program.ok("status", "vm-1") == "Stopped\n"
    assert program.run("rm", "-y", "vm-1").code == 0
    assert ec2.describe_key_pairs()["KeyPairs"] == []
    deadline = time.monotonic() + 30
    while instances(ec2)[0]["State"]["Name"] != "terminated":
        assert time.monotonic() < deadline


def test_the_default_image_is_looked_for(moto, ec2, tmp_path):
    """moto knows old images only: the search is understood, and says that there is none or finds one."""
    program = Program(tmp_path / "store", {"AWS_EC2_METADATA_DISABLED": "true"}, "docker-machine")
    result = program.run("create", "--driver", "amazonec2", f"--amazonec2-endpoint={moto}", "--amazonec2-access-key=AK",
                         "--amazonec2-secret-key=SK", "--amazonec2-zone=a", "--amazonec2-vpc-id=vpc-0", "vm-1")
    assert result.code == 3
    assert "unable to find a subnet" in result.err or "Ubuntu" in result.err, json.dumps(result.err)
