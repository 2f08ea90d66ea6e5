# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A bare client of the simulated EC2 for its own tests: says exactly what it is told to, right or wrong."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Any

from tests.clouds.ec2 import EC2
from tests.clouds.ec2.sigv4 import Principal

KEY = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8x3zv0Q7Jm4y0bqk2n4oGv1m2p7y8sKqHn4W0Zt5rX tester")
NOBLE = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261020"


@dataclass
class Answer:
    """`body`: elements as dicts, <item>s as lists, all else as text."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str

    @property
    def code(self) -> str:
        return "" if self.status == 200 else self._error()["Code"]

    @property
    def message(self) -> str:
        return self._error()["Message"]

    def _error(self) -> dict:
        if "__type" in self.body:
            return {"Code": self.body["__type"], "Message": self.body["Message"]}
        return self.body["Error"] if "Error" in self.body else self.body["Errors"]["Error"]


def header(name, value):
    """For `spoil` of Ec2Client: another value of this header after signing; None: without it."""
    def spoil(headers, body):
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    return spoil


class Ec2Client:
    """Signs by itself. `clock`: seconds to add to the time it signs with."""

    def __init__(self, cloud: EC2, principal: Principal | None = None, *, region: str | None = None, service: str = "ec2",
                 clock: float = 0, host: str | None = None):
        self.cloud, self.principal = cloud, principal or cloud.user
        self.region, self.service, self.clock, self.host = region or cloud.region_name, service, clock, host
        self._tls = ssl.create_default_context(cafile=str(cloud.ca_file))

    def call(self, action: str, timeout: float = 30, **params: Any) -> Answer:
        """Parameters by their names; `__` stands for a dot, so Filter__1__Name."""
        named = {name.replace("__", "."): _text(value) for name, value in params.items()}
        return self.send({"Action": action, **named}, timeout=timeout)

    def send(self, params: dict[str, str] | list[tuple[str, str]], *, timeout: float = 30, spoil=None) -> Answer:
        """`spoil(headers, body)` may change the headers after signing and give another body."""
        pairs = list(params.items()) if isinstance(params, dict) else params
        if "Version" not in dict(pairs):
            pairs.append(("Version", "2016-11-15" if self.service == "ec2" else "2011-06-15"))
        body = urllib.parse.urlencode(sorted(pairs)).encode()
        endpoint = self.cloud.endpoint if self.service == "ec2" else self.cloud.sts_endpoint
        return self._post(endpoint, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, body, timeout, spoil)

    def ask_quota(self, operation: str = "GetServiceQuota", spoil=None, **params: Any) -> Answer:
        """Of Service Quotas, in its own protocol; for a client of that service."""
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"ServiceQuotasV20190624.{operation}"}
        return self._post(self.cloud.quotas_endpoint, headers, json.dumps(params).encode(), 30, spoil)

    def _post(self, endpoint: str, headers: dict[str, str], body: bytes, timeout: float, spoil) -> Answer:
        url = urllib.parse.urlsplit(endpoint)
        headers = {"Host": self.host or url.netloc, **headers}
        self.sign(headers, body)
        if spoil:
            body = spoil(headers, body) or body
        connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=timeout, context=self._tls)
        try:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        kind = response.headers.get("Content-Type", "")
        return Answer(response.status, _plain(ElementTree.fromstring(data)) if "xml" in kind else
                      json.loads(data) if "json" in kind else None, dict(response.headers), data.decode())

    def sign(self, headers: dict[str, str], body: bytes) -> None:
        when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + self.clock))
        headers["X-Amz-Date"] = when
        if self.principal.token:
            headers["X-Amz-Security-Token"] = self.principal.token
        lower = {name.lower(): value for name, value in headers.items()}
        names = ";".join(sorted(lower))
        canonical = "POST\n/\n\n" + "".join(f"{name}:{lower[name]}\n" for name in sorted(lower)) + \
            f"\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{when[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{when}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("AWS4" + self.principal.secret).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={self.principal.key_id}/{scope}, SignedHeaders={names}, " \
            f"Signature={hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"

    # What most tests need.

    def image(self, name: str = NOBLE) -> str:
        return next(one.id for one in self.cloud.region(self.region).images.values() if one.name == name)

    def run(self, **changes: Any) -> Answer:
        return self.send(launch(self, **changes))

    def describe(self, number: str) -> dict:
        answer = self.call("DescribeInstances", InstanceId__1=number)
        assert answer.status == 200, answer.text
        return answer.body["reservationSet"][0]["instancesSet"][0]


def launch(client: Ec2Client, **changes: Any) -> dict[str, str]:
    """RunInstances as a Docker Machine driver sends it; `changes` by names as in call(), None leaves one out."""
    cloud, region = client.cloud, client.region
    params: dict[str, Any] = {
        "Action": "RunInstances", "ImageId": client.image(), "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
        "BlockDeviceMapping.1.DeviceName": "/dev/sda1", "BlockDeviceMapping.1.Ebs.DeleteOnTermination": True,
        "BlockDeviceMapping.1.Ebs.VolumeSize": 16, "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
        "NetworkInterface.1.DeviceIndex": 0, "NetworkInterface.1.AssociatePublicIpAddress": True,
        "NetworkInterface.1.SubnetId": cloud.subnet(cloud.region(region).zones[0]).id}
    for number, kind in enumerate(("instance", "volume", "network-interface"), 1):
        params |= {f"TagSpecification.{number}.ResourceType": kind, f"TagSpecification.{number}.Tag.1.Key": "Name",
                   f"TagSpecification.{number}.Tag.1.Value": "m1"}
    params |= {name.replace("__", "."): value for name, value in changes.items()}
    return {name: _text(value) for name, value in params.items() if value is not None}


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _plain(element: ElementTree.Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    names = [child.tag.rpartition("}")[2] for child in children]
    if set(names) == {"item"}:
        return [_plain(child) for child in children]
    return dict(zip(names, map(_plain, children)))
