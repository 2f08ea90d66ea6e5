# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The state of the simulated cloud: projects and what is in them. One lock guards all of it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ..common.hosts import Host
from . import catalog
from .links import link


def timestamp(seconds: float | None = None) -> str:
    """RFC 3339 with milliseconds and Google's own offset."""
    pacific = timezone(timedelta(hours=-8))
    return datetime.fromtimestamp(time.time() if seconds is None else seconds, pacific).isoformat(
        timespec="milliseconds")


def fingerprint_of(value: Any) -> str:
    """Eight bytes of a hash in base64, as the API's own fingerprints look."""
    text = json.dumps(value, sort_keys=True).encode()
    return base64.b64encode(hashlib.sha256(text).digest()[:8]).decode()


def new_id() -> str:
    return str(random.randrange(10**18, 9 * 10**18))


@dataclass
class Instance:
    """`body` is what a GET answers, all but the fields that change with the state of the host."""

    body: dict[str, Any]
    path: str
    zone: str
    host: Host | None = None
    status: str = "PROVISIONING"
    nat_ip: str | None = None
    static_ip: str | None = None
    deleting: bool = False

    @property
    def name(self) -> str:
        return self.body["name"]

    def metadata(self) -> dict[str, str]:
        return {item["key"]: item.get("value", "") for item in self.body["metadata"].get("items", [])}


@dataclass
class Address:
    body: dict[str, Any]
    path: str
    region: str
    user: str | None = None


@dataclass
class Project:
    id: str
    number: str
    metadata: dict[str, str] = field(default_factory=dict)
    service_accounts: set[str] = field(default_factory=set)
    networks: dict[str, dict] = field(default_factory=dict)
    subnetworks: dict[tuple[str, str], dict] = field(default_factory=dict)
    firewalls: dict[str, dict] = field(default_factory=dict)
    instances: dict[tuple[str, str], Instance] = field(default_factory=dict)
    disks: dict[tuple[str, str], dict] = field(default_factory=dict)
    addresses: dict[tuple[str, str], Address] = field(default_factory=dict)
    images: dict[str, dict] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"projects/{self.id}"

    @property
    def default_service_account(self) -> str:
        return f"{self.number}-compute@developer.gserviceaccount.com"


class World:
    """All projects. Read and change it with `lock` held; `changed` is told of every state change."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.projects: dict[str, Project] = {}
        for image in catalog.PUBLIC_IMAGES:
            self.add_image(image)

    def add_project(self, project_id: str, *, network: bool = True) -> Project:
        """A project with the network `default` that new ones come with (auto mode, so it has subnetworks)."""
        with self.lock:
            project = Project(project_id, str(random.randrange(10**11, 10**12)))
            project.service_accounts.add(project.default_service_account)
            self.projects[project_id] = project
            if network:
                self.add_network(project_id, "default")
            return project

    def add_network(self, project_id: str, name: str, *, auto: bool = True) -> None:
        """A network; in auto mode with a subnetwork of its name in every region."""
        project = self.projects[project_id]
        path = f"{project.path}/global/networks/{name}"
        project.networks[name] = {
            "kind": "compute#network", "id": new_id(), "creationTimestamp": timestamp(), "name": name,
            "selfLink": link(path), "autoCreateSubnetworks": auto, "subnetworks": [],
            "routingConfig": {"routingMode": "REGIONAL"},
        }
        for number, region in enumerate(catalog.REGIONS if auto else []):
            self.add_subnetwork(project_id, region, name, network=name, cidr=f"10.{128 + 2 * number}.0.0/20")

    def add_subnetwork(self, project_id: str, region: str, name: str, *, network: str, cidr: str = "10.0.0.0/20"):
        project = self.projects[project_id]
        path = f"{project.path}/regions/{region}/subnetworks/{name}"
        project.subnetworks[region, name] = {
            "kind": "compute#subnetwork", "id": new_id(), "creationTimestamp": timestamp(), "name": name,
            "network": project.networks[network]["selfLink"], "ipCidrRange": cidr, "selfLink": link(path),
            "region": link(f"{project.path}/regions/{region}"), "purpose": "PRIVATE",
        }
        project.networks[network]["subnetworks"].append(link(path))

    def add_address(self, project_id: str, region: str, name: str, address: str) -> None:
        """A reserved static external address."""
        project = self.projects[project_id]
        path = f"{project.path}/regions/{region}/addresses/{name}"
        project.addresses[region, name] = Address({
            "kind": "compute#address", "id": new_id(), "creationTimestamp": timestamp(), "name": name,
            "address": address, "region": link(f"{project.path}/regions/{region}"), "selfLink": link(path),
            "addressType": "EXTERNAL", "networkTier": "PREMIUM",
        }, path, region)

    def add_image(self, image: catalog.PublicImage) -> None:
        project = self.projects.get(image.project) or self.add_project(image.project, network=False)
        path = f"{project.path}/global/images/{image.name}"
        body = {
            "kind": "compute#image", "id": new_id(), "creationTimestamp": timestamp(), "name": image.name,
            "selfLink": link(path), "family": image.family, "diskSizeGb": str(image.size_gb), "status": "READY",
            "sourceType": "RAW", "architecture": image.architecture, "archiveSizeBytes": "604000000",
        }
        if image.state != "ACTIVE":
            body["deprecated"] = {"state": image.state}
        project.images[image.name] = body
