# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from tests.clouds.compute_engine import ComputeEngine
from tests.e2e.program import Program
from tests.lab.cloud_hosts import CloudHosts

PROJECT = "demo-project"


@pytest.fixture
def cloud():
    """Instances are real hosts with Docker installed. The project has no firewall rule. Judged by Google's description."""
    with ComputeEngine(CloudHosts(), project=PROJECT) as engine:
        yield engine


@pytest.fixture
def paper_cloud():
    """Instances are addresses that refuse every connection."""
    with ComputeEngine(project=PROJECT) as engine:
        yield engine


@pytest.fixture
def program(cloud, tmp_path):
    return Program(tmp_path / "store", cloud.environment(), "docker-machine")


@pytest.fixture
def paper_program(paper_cloud, tmp_path):
    return Program(tmp_path / "store", paper_cloud.environment(), "docker-machine")
