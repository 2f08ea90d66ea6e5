# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A bare client of the simulated Resource Manager for its own tests: says exactly what it is told to, right or wrong."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.parse
from dataclasses import dataclass
from typing import Any

from tests.clouds.azure import Azure

COMPUTE, NETWORK, DISKS, STORAGE, RESOURCES = "2025-04-01", "2025-05-01", "2025-01-02", "2024-01-01", "2025-04-01"
LOCATION = "japaneast"
KEY = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f somebody")
_VERSIONS = {"Microsoft.Compute": COMPUTE, "Microsoft.Network": NETWORK, "Microsoft.Storage": STORAGE}
_KINDS = {"virtualNetworks": "Microsoft.Network", "networkSecurityGroups": "Microsoft.Network",
          "publicIPAddresses": "Microsoft.Network", "networkInterfaces": "Microsoft.Network",
          "availabilitySets": "Microsoft.Compute", "disks": "Microsoft.Compute", "virtualMachines": "Microsoft.Compute",
          "images": "Microsoft.Compute", "galleries": "Microsoft.Compute", "storageAccounts": "Microsoft.Storage"}


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return self.body["error"]["code"]

    @property
    def message(self) -> str:
        return self.body["error"]["message"]


class Arm:
    """`path`s begin with / for what is below the subscription, else they are GROUP/TYPE/NAME."""

    def __init__(self, cloud: Azure, *, audience: str = "https://management.azure.com/", lifetime: float = 3600):
        self.cloud = cloud
        self.token = cloud.tokens.issue("tester", cloud.tenant, audience, lifetime, "test").value
        self.tls = ssl.create_default_context(cafile=str(cloud.ca_file))

    def raw(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None,
            timeout: float = 30) -> Answer:
        """Any request below the server's root."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.cloud.port, timeout=timeout, context=self.tls)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        answer = json.loads(data) if data and "json" in response.headers.get("Content-Type", "") else data.decode()
        return Answer(response.status, answer, dict(response.headers))

    def call(self, method: str, path: str, body: Any = None, *, version: str | None = None, token: str | None = None,
             **query: str) -> Answer:
        where = f"/subscriptions/{self.cloud.subscription}{self._where(path)}"
        query = {name.replace("S_", "$"): value for name, value in query.items()}
        where += "?" + urllib.parse.urlencode({"api-version": version or self._version(where), **query})
        headers = {"Authorization": f"Bearer {token or self.token}"}
        data = b"" if method in ("POST", "PUT", "PATCH") else None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self.raw(method, where, data, headers)

    def id(self, path: str) -> str:
        return f"/subscriptions/{self.cloud.subscription}{self._where(path)}"

    def _where(self, path: str) -> str:
        if path.startswith("/") or not path:
            return path
        group, _, rest = path.partition("/")
        where = f"/resourceGroups/{group}"
        return where + (f"/providers/{_KINDS[rest.split('/')[0]]}/{rest}" if rest else "")

    @staticmethod
    def _version(where: str) -> str:
        if "/disks" in where:
            return DISKS
        if where.endswith("/Microsoft.Compute/skus"):
            return "2021-07-01"
        return next((version for name, version in _VERSIONS.items() if name + "/" in where), RESOURCES)

    def done(self, answer: Answer) -> Answer:
        """Follows a long operation to its end, the way its answer names, and gives the last answer."""
        url = answer.headers.get("Azure-AsyncOperation") or answer.headers.get("Location")
        if answer.status >= 300 or not url:
            return answer
        for _ in range(1000):
            time.sleep(int(answer.headers.get("Retry-After", "0")) + 0.05 * bool(answer.headers.get("Retry-After", "0") != "0"))
            parts = urllib.parse.urlsplit(url)
            answer = self.raw("GET", f"{parts.path}?{parts.query}", headers={"Authorization": f"Bearer {self.token}"})
            if answer.status == 202 or (isinstance(answer.body, dict) and answer.body.get("status") == "InProgress"):
                time.sleep(0.01)
                continue
            return answer
        raise TimeoutError(url)

    def put(self, path: str, body: Any, **query: str) -> Answer:
        return self.done(self.call("PUT", path, body, **query))

    def get(self, path: str, **query: str) -> Answer:
        return self.call("GET", path, **query)

    def delete(self, path: str, **query: str) -> Answer:
        return self.done(self.call("DELETE", path, **query))

    def post(self, path: str, **query: str) -> Answer:
        return self.done(self.call("POST", path, **query))

    # What a machine is made of.

    def make_network(self, group: str = "rg", location: str = LOCATION) -> None:
        self.put(group, {"location": location})
        self.put(f"{group}/virtualNetworks/net", network(location))

    def make_parts(self, name: str = "vm1", group: str = "rg", location: str = LOCATION) -> None:
        """Everything but the machine itself."""
        if self.get(group).status == 404:
            self.make_network(group, location)
        assert self.put(f"{group}/networkSecurityGroups/{name}-firewall", security_group(location)).body["status"] == "Succeeded"
        assert self.put(f"{group}/publicIPAddresses/{name}-ip", address(location)).body["status"] == "Succeeded"
        assert self.put(f"{group}/networkInterfaces/{name}-nic", self.nic(name, group, location)).body["status"] == "Succeeded"

    def make(self, name: str = "vm1", group: str = "rg", **changes: Any) -> Answer:
        self.make_parts(name, group)
        return self.put(f"{group}/virtualMachines/{name}", self.machine(name, group, **changes))

    def nic(self, name: str = "vm1", group: str = "rg", location: str = LOCATION) -> dict:
        return {"location": location, "properties": {
            "networkSecurityGroup": {"id": self.id(f"{group}/networkSecurityGroups/{name}-firewall")},
            "ipConfigurations": [{"name": "ip", "properties": {
                "privateIPAllocationMethod": "Dynamic", "subnet": {"id": self.id(f"{group}/virtualNetworks/net/subnets/inner")},
                "publicIPAddress": {"id": self.id(f"{group}/publicIPAddresses/{name}-ip"),
                                    "properties": {"deleteOption": "Delete"}}}}]}}

    def machine(self, name: str = "vm1", group: str = "rg", location: str = LOCATION, **changes: Any) -> dict:
        """A body for PUT as a Docker Machine driver makes it; `changes` replace fields of its properties."""
        return {"location": location, "tags": {"a": "b"}, "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
            "storageProfile": {
                "imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
                "osDisk": {"name": f"{name}-os-disk", "createOption": "FromImage", "caching": "ReadWrite",
                           "deleteOption": "Delete", "managedDisk": {"storageAccountType": "Standard_LRS"}}},
            "osProfile": {"computerName": name, "adminUsername": "docker-user", "linuxConfiguration": {
                "disablePasswordAuthentication": True, "ssh": {"publicKeys": [
                    {"path": "/home/docker-user/.ssh/authorized_keys", "keyData": KEY}]}}},
            "networkProfile": {"networkInterfaces": [{"id": self.id(f"{group}/networkInterfaces/{name}-nic"),
                                                      "properties": {"primary": True, "deleteOption": "Delete"}}]},
            **changes}}


def network(location: str = LOCATION) -> dict:
    return {"location": location, "properties": {
        "addressSpace": {"addressPrefixes": ["192.168.0.0/16", "10.0.0.0/8"]},
        "subnets": [{"name": "inner", "properties": {"addressPrefix": "192.168.0.0/16"}}]}}


def security_group(location: str = LOCATION, *rules: dict) -> dict:
    return {"location": location, "properties": {"securityRules": list(rules) or [rule()]}}


def rule(name: str = "SSHAllowAny", priority: int = 100, **changes: Any) -> dict:
    return {"name": name, "properties": {
        "protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": priority, "sourcePortRange": "*",
        "destinationPortRange": "22", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*", **changes}}


def address(location: str = LOCATION, **changes: Any) -> dict:
    return {"location": location, "sku": {"name": "Standard"},
            "properties": {"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4"}, **changes}
