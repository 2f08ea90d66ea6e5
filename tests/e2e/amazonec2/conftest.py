# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from tests.clouds.ec2 import EC2
from tests.e2e.program import Program
from tests.lab.cloud_hosts import CloudHosts


@pytest.fixture
def cloud():
    """Instances are real hosts with Docker installed. The account has no group of ours. Judged by AWS's model."""
    with EC2(CloudHosts()) as ec2:
        yield ec2


@pytest.fixture
def paper_cloud():
    """Instances are addresses that refuse every connection."""
    with EC2() as ec2:
        yield ec2


@pytest.fixture
def program(cloud, tmp_path):
    return Program(tmp_path / "store", cloud.environment(), "docker-machine")


@pytest.fixture
def paper_program(paper_cloud, tmp_path):
    return Program(tmp_path / "store", paper_cloud.environment(), "docker-machine")
