# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The state of the simulated account: regions and what is in them. One lock guards all of it."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ..common.hosts import Host
from . import catalog
from .images import Image, images_of

STATE_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


def new_id(prefix: str) -> str:
    return f"{prefix}-0{secrets.token_hex(8)}"


@dataclass(kw_only=True)
class Resource:
    """Anything with an id and tags. `brought`: put there by the test, so always visible and nothing left over."""

    id: str
    tags: dict[str, str] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    brought: bool = False
    looked_for: int = 0

    KIND = ""


@dataclass(kw_only=True)
class Vpc(Resource):
    cidr: str
    default: bool = False
    KIND = "vpc"


@dataclass(kw_only=True)
class Subnet(Resource):
    vpc: str
    zone: str
    cidr: str
    default: bool = False
    public: bool = True
    ipv6: bool = False  # whether it has a range of such addresses
    KIND = "subnet"


@dataclass(kw_only=True)
class KeyPair(Resource):
    name: str
    public: str  # a line of authorized_keys
    kind: str
    fingerprint: str
    KIND = "key-pair"


@dataclass(frozen=True)
class Rule:
    """One peer of one port range. `peer`: ("cidr" | "cidr6" | "group" | "list", value)."""

    protocol: str
    low: int | None
    high: int | None
    peer: tuple[str, str]


@dataclass(kw_only=True)
class Group(Resource):
    name: str
    description: str
    vpc: str
    ingress: dict[Rule, str] = field(default_factory=dict)  # rule -> its description
    egress: dict[Rule, str] = field(default_factory=dict)
    KIND = "security-group"


@dataclass(kw_only=True)
class Volume(Resource):
    zone: str
    size: int
    type: str
    iops: int | None = None
    throughput: int | None = None
    encrypted: bool = False
    kms_key: str | None = None
    snapshot: str | None = None
    instance: str | None = None
    device: str | None = None
    delete_on_termination: bool = True
    KIND = "volume"


@dataclass(kw_only=True)
class Interface(Resource):
    subnet: str
    vpc: str
    zone: str
    groups: list[str]
    instance: str | None
    description: str = ""
    delete_on_termination: bool = True
    mac: str = field(default_factory=lambda: "0a:" + ":".join(secrets.token_hex(1) for _ in range(5)))
    attachment: str = field(default_factory=lambda: new_id("eni-attach"))
    KIND = "network-interface"


@dataclass(kw_only=True)
class SpotRequest(Resource):
    type: str  # one-time, persistent
    price: str
    interruption: str
    state: str  # open, active, closed, cancelled, failed, disabled
    status: tuple[str, str]
    launch: dict[str, Any]
    instance: str | None = None
    due: float | None = None  # when an open one is fulfilled
    valid_until: str | None = None
    KIND = "spot-instances-request"


@dataclass(kw_only=True)
class Instance(Resource):
    image: Image
    type: str
    zone: str
    vpc: str
    subnet: str
    reservation: str
    key: str | None
    volumes: list[str]
    interface: str
    public: bool
    token: str | None
    state: str = "pending"
    reason: tuple[str, str] | None = None  # code and message of stateReason
    transition: str = ""
    launched: float = 0.0
    user_data: bytes = b""
    profile: str | None = None
    monitoring: bool = False
    ebs_optimized: bool = False
    tenancy: str = "default"
    metadata_options: dict[str, Any] = field(default_factory=dict)
    shutdown_behavior: str = "stop"
    protected: bool = False
    spot: str | None = None  # id of its request
    index: int = 0  # within its reservation
    ipv6: list[str] = field(default_factory=list)
    # What stands behind it.
    host: Host | None = None
    ip: str | None = None  # known once the host boots
    booted: threading.Event = field(default_factory=threading.Event)
    work: threading.Lock = field(default_factory=threading.Lock)  # one thing at a time is done to a host
    ended: float = 0.0
    due: tuple[float, str] | None = None  # when it goes to which state
    fate: tuple[str, str, str] | None = None  # planned: state, code and message instead of running
    KIND = "instance"

    @property
    def name(self) -> str:
        return self.tags.get("Name", "")

    @property
    def public_ip(self) -> str | None:
        return self.ip if self.public and self.state in ("pending", "running", "stopping") else None

    def is_one_time(self, region: Region) -> bool:
        """A spot instance that cannot be stopped."""
        request = region.spot_requests.get(self.spot or "")
        return request is not None and request.type == "one-time"

    @property
    def is_there(self) -> bool:
        return self.state not in ("shutting-down", "terminated")


class Region:
    """One region of the account."""

    def __init__(self, name: str, default_vpc: bool):
        self.name = name
        self.images = images_of(name)
        self.vpcs: dict[str, Vpc] = {}
        self.subnets: dict[str, Subnet] = {}
        self.key_pairs: dict[str, KeyPair] = {}  # by name
        self.groups: dict[str, Group] = {}
        self.instances: dict[str, Instance] = {}
        self.volumes: dict[str, Volume] = {}
        self.interfaces: dict[str, Interface] = {}
        self.spot_requests: dict[str, SpotRequest] = {}
        self.tokens: dict[str, tuple[Any, Any]] = {}  # client token -> parameters, what they made
        self.kms_keys = {f"arn:aws:kms:{name}:123456789012:key/11111111-2222-3333-4444-555555555555"}
        if default_vpc:
            self.add_vpc("172.31.0.0/16", default=True)

    @property
    def zones(self) -> list[str]:
        return catalog.zones_of(self.name)

    @property
    def default_vpc(self) -> Vpc | None:
        return next((vpc for vpc in self.vpcs.values() if vpc.default), None)

    def add_vpc(self, cidr: str = "10.0.0.0/16", *, default: bool = False) -> Vpc:
        """With a subnet in each zone when it is the default one, and with its group `default`."""
        vpc = Vpc(id=new_id("vpc"), cidr=cidr, default=default, brought=True)
        self.vpcs[vpc.id] = vpc
        group = Group(id=new_id("sg"), name="default", description="default VPC security group", vpc=vpc.id, brought=True)
        group.ingress[Rule("-1", None, None, ("group", group.id))] = ""
        group.egress[Rule("-1", None, None, ("cidr", "0.0.0.0/0"))] = ""
        self.groups[group.id] = group
        for number, zone in enumerate(self.zones if default else []):
            self.add_subnet(vpc.id, zone, f"172.31.{16 * number}.0/20", default=True)
        return vpc

    def add_subnet(self, vpc: str, zone: str, cidr: str = "10.0.0.0/24", *, default: bool = False,
                   public: bool = True) -> Subnet:
        if zone not in self.zones:
            raise KeyError(zone)
        subnet = Subnet(id=new_id("subnet"), vpc=vpc, zone=zone, cidr=cidr, default=default, public=public, brought=True)
        self.subnets[subnet.id] = subnet
        return subnet

    def tables(self) -> list[dict[str, Any]]:
        """All that has an id and can be tagged, by id."""
        keys = {pair.id: pair for pair in self.key_pairs.values()}
        return [self.instances, self.volumes, self.interfaces, self.groups, self.spot_requests, keys, self.vpcs, self.subnets]


class World:
    """All regions, made when they are first asked for. Read and change with `lock` held; `changed` is told of every
    state change of an instance."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.regions: dict[str, Region] = {}
        self.profiles = {"worker"}  # names of instance profiles
        self.roles = {"worker-role", "other-role", "web-role"}

    def region(self, name: str) -> Region:
        if name not in catalog.REGIONS:
            raise KeyError(name)
        with self.lock:
            if name not in self.regions:
                self.regions[name] = Region(name, self._settings.default_vpc)
            return self.regions[name]
