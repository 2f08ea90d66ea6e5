# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated clouds of the documents' configurations, and what stands in them for what the reader replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.clouds.azure import Azure
from tests.clouds.compute_engine import ComputeEngine
from tests.clouds.ec2 import EC2


@contextmanager
def google() -> Iterator[tuple[ComputeEngine, Callable[[str], str]]]:
    with ComputeEngine(project="my-project") as cloud:
        with cloud.world.lock:
            cloud.world.add_network("my-project", "ci", auto=False)
            cloud.world.add_subnetwork("my-project", "europe-west1", "ci-europe-west1", network="ci")
        yield cloud, lambda option: option


@contextmanager
def amazonec2() -> Iterator[tuple[EC2, Callable[[str], str]]]:
    with EC2() as cloud:
        vpc = cloud.add_vpc().id
        subnet = cloud.add_subnet(vpc, "us-east-1a").id
        cloud.add_group("ci-machines", 22, 2376, vpc=vpc)
        here = {"vpc-0123456789abcdef0": vpc, "subnet-0123456789abcdef0": subnet}

        def fill(option: str) -> str:
            name, equals, value = option.partition("=")
            return name + equals + here.get(value, value)

        yield cloud, fill


@contextmanager
def azure() -> Iterator[tuple[Azure, Callable[[str], str]]]:
    with Azure() as cloud:
        cloud.put("ci", {"location": "westeurope"})
        cloud.put("ci/virtualNetworks/ci", {"location": "westeurope", "properties": {
            "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}})
        cloud.put("ci/virtualNetworks/ci/subnets/machines", {"properties": {"addressPrefix": "10.1.0.0/20"}})
        yield cloud, lambda option: option


CLOUDS = {"google": google, "amazonec2": amazonec2, "azure": azure}
