# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A bare client of the simulated API for its own tests: says exactly what it is told to, right or wrong."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.parse
from dataclasses import dataclass
from typing import Any

from tests.clouds.compute_engine import ComputeEngine

COMPUTE_SCOPE = "https://www.googleapis.com/auth/compute"
ZONE, REGION = "us-central1-a", "us-central1"
JAMMY = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2204-lts"


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def reason(self) -> str:
        return self.body["error"]["errors"][0]["reason"]

    @property
    def message(self) -> str:
        return self.body["error"]["message"]


class Api:
    def __init__(self, engine: ComputeEngine, *, scopes: tuple[str, ...] = (COMPUTE_SCOPE,), lifetime: float = 3600):
        self.engine = engine
        self.token = engine.tokens.issue("tester@example.com", list(scopes), lifetime, "test").value
        self._tls = ssl.create_default_context(cafile=str(engine.ca_file))

    def raw(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None,
            timeout: float = 30) -> Answer:
        """Any request below the server's root."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.engine.port, timeout=timeout, context=self._tls)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        answer = json.loads(data) if "json" in response.headers.get("Content-Type", "") else data.decode()
        return Answer(response.status, answer, dict(response.headers))

    def call(self, method: str, path: str, body: Any = None, *, project: str | None = None, timeout: float = 30,
             **query: str) -> Answer:
        """A call below the project, with the token."""
        where = f"/compute/v1/projects/{project or self.engine.project}" + (f"/{path}" if path else "")
        if query:
            where += "?" + urllib.parse.urlencode(query)
        headers = {"Authorization": f"Bearer {self.token}"}
        data = b"" if method in ("POST", "PUT", "PATCH") else None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self.raw(method, where, data, headers, timeout)

    def done(self, answer: Answer) -> dict:
        """Waits for an operation and gives it as it ended."""
        assert answer.status == 200, answer.body
        path = answer.body["selfLink"].split(f"/projects/{self.engine.project}/")[1]
        return self.call("POST", f"{path}/wait").body

    def insert(self, name: str = "vm1", *, zone: str = ZONE, **query: str) -> dict:
        return self.done(self.call("POST", f"zones/{zone}/instances", instance(name, zone), **query))

    def get(self, name: str = "vm1", zone: str = ZONE) -> Answer:
        return self.call("GET", f"zones/{zone}/instances/{name}")


def instance(name: str = "vm1", zone: str = ZONE, **changes: Any) -> dict:
    """A body for instances.insert as a Docker Machine driver makes it; `changes` replace top-level fields."""
    return {
        "name": name, "machineType": f"zones/{zone}/machineTypes/e2-small",
        "disks": [{"boot": True, "autoDelete": True, "type": "PERSISTENT", "mode": "READ_WRITE", "initializeParams": {
            "diskName": f"{name}-disk", "diskSizeGb": "10", "sourceImage": JAMMY,
            "diskType": f"zones/{zone}/diskTypes/pd-standard"}}],
        "networkInterfaces": [{"network": "global/networks/default", "accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}],
        "serviceAccounts": [{"email": "default", "scopes": ["https://www.googleapis.com/auth/logging.write"]}],
        "tags": {"items": ["docker-machine"]}, "labels": {"a": "b"}, "scheduling": {"preemptible": True},
        "metadata": {"items": [{"key": "ssh-keys", "value": "ubuntu:ssh-ed25519 AAAAC3Nza ubuntu"}]}, **changes}


def firewall(name: str = "docker-machines", **changes: Any) -> dict:
    return {"name": name, "network": "global/networks/default", "sourceRanges": ["0.0.0.0/0"],
            "targetTags": ["docker-machine"], "allowed": [{"IPProtocol": "tcp", "ports": ["2376"]}], **changes}
