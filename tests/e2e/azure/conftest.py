# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from tests.clouds.azure import Azure
from tests.e2e.program import Program
from tests.lab.cloud_hosts import CloudHosts


@pytest.fixture
def cloud():
    """Machines are real hosts with Docker installed. Judged by Microsoft's models and public examples."""
    with Azure(CloudHosts()) as azure:
        yield azure
        assert azure.strange_fields() == []


@pytest.fixture
def paper_cloud():
    """Machines are addresses that refuse every connection."""
    with Azure() as azure:
        yield azure
        assert azure.strange_fields() == []


@pytest.fixture
def program(cloud, tmp_path):
    return Program(tmp_path / "store", cloud.environment(), "docker-machine")


@pytest.fixture
def paper_program(paper_cloud, tmp_path):
    return Program(tmp_path / "store", paper_cloud.environment(), "docker-machine")
