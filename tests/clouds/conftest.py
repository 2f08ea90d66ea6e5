# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated clouds as fixtures."""

from __future__ import annotations

import pytest

from tests.clouds.api_client import Api
from tests.clouds.azure import Azure
from tests.clouds.azure_client import Arm
from tests.clouds.compute_engine import ComputeEngine
from tests.clouds.ec2 import EC2
from tests.clouds.ec2_client import Ec2Client


@pytest.fixture
def engine():
    """A judged Compute Engine; the test fails if anybody breaks Google's description of the API."""
    with ComputeEngine() as engine:
        yield engine


@pytest.fixture
def rude_engine():
    """For clients that break the rules on purpose; what the engine itself answers is judged all the same."""
    with ComputeEngine() as engine:
        engine.judge.enforce = False  # the simulation has to refuse by itself
        yield engine
        assert [str(found) for found in engine.judge.take() if found.side == "server"] == []


@pytest.fixture
def api(engine):
    return Api(engine)


@pytest.fixture
def rude(rude_engine):
    return Api(rude_engine)


@pytest.fixture
def ec2():
    """A judged EC2; the test fails if anybody breaks AWS's model of the API."""
    with EC2() as cloud:
        yield cloud


@pytest.fixture
def rude_ec2():
    """For clients that break the rules on purpose; what the cloud itself answers is judged all the same."""
    with EC2() as cloud:
        cloud.judge.enforce = False  # the simulation has to refuse by itself
        yield cloud
        assert [str(found) for found in cloud.judge.take() if found.side == "server"] == []


@pytest.fixture
def aws(ec2):
    return Ec2Client(ec2)


@pytest.fixture
def rude_aws(rude_ec2):
    return Ec2Client(rude_ec2)


@pytest.fixture
def azure():
    """A judged Azure; the test fails if anybody breaks the rules of Microsoft's models."""
    with Azure() as azure:
        yield azure


@pytest.fixture
def rude_azure():
    """For clients that break the rules on purpose; what Azure itself answers is judged all the same."""
    with Azure() as azure:
        azure.judge.enforce = False  # the simulation has to refuse by itself
        yield azure
        assert [str(found) for found in azure.judge.take() if found.side == "server"] == []


@pytest.fixture
def arm(azure):
    return Arm(azure)


@pytest.fixture
def rude_arm(rude_azure):
    return Arm(rude_azure)
