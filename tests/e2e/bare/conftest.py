# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from tests.clouds.compute_engine import ComputeEngine
from tests.e2e.bare.bare_root import BareProgram, BareRoot
from tests.lab.cloud_hosts import CloudHosts

STORE = "/store/machine"


@pytest.fixture
def cloud():
    with ComputeEngine(CloudHosts(), project="demo-project") as engine:
        yield engine


@pytest.fixture
def root(cloud, tmp_path):
    made = BareRoot(tmp_path / "root")
    made.build(cloud.ca_file)
    yield made
    made.remove()


@pytest.fixture
def program(cloud, root):
    """Trusts what lies in the bundle's place; the locale and the time zone it is told about are not there."""
    environment = cloud.environment()
    del environment["SSL_CERT_FILE"]
    environment["GOOGLE_APPLICATION_CREDENTIALS"] = root.put(cloud.key_file().read_bytes(), "key.json")
    odd = {"LC_ALL": "de_DE.UTF-8", "TZ": "Pacific/Apia"}
    return BareProgram(root.path / "store/machine", environment | odd | {"MACHINE_STORAGE_PATH": STORE}, "docker-machine", root)
