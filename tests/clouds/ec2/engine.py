# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""EC2: the whole simulated cloud as one object, for tests and for the command line."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from ..common.call_log import Call, CallLog
from ..common.connect_proxy import ConnectProxy
from ..common.control import Control
from ..common.faults import FaultPlan
from ..common.hosts import AddressOnlyHosts, Hosts
from ..common.http import Request, Response
from ..common.pki import Authority
from ..common.server import Server, tls_context
from . import catalog
from .actions.key_pairs import new_key_pair
from .api import Ec2Api
from .cloud import Cloud
from .credentials import Credentials
from .errors import scripted_error
from .identity_tokens import IdentityTokens
from .images import Image, ImageVolume
from .judge import Judge, find_models
from .metadata import CONTAINER_PATH, Metadata
from .service_quotas import ServiceQuotas
from .settings import Settings
from .sigv4 import ACCOUNT, Principal
from .sts import Sts
from .world import Group, Instance, KeyPair, Region, Rule, Subnet, Volume, Vpc, new_id


class JudgeError(AssertionError):
    """Somebody broke AWS's model of the API, or the simulation met something that it cannot do."""


class EC2:
    """One AWS account: EC2 in all regions, STS, Service Quotas, and the metadata that an instance or container of it sees.
    A context manager; closing raises JudgeError if the judge has found something and the test did not take() it."""

    def __init__(self, hosts: Hosts | None = None, *, region: str = "us-east-1", directory: Path | None = None,
                 host: str = "127.0.0.1", port: int = 0, metadata: tuple[str, int] | None = None,
                 names: tuple[str, ...] = (), log: Path | None = None, judge: bool | Path = True,
                 settings: Settings | None = None):
        """`region`: where the methods below look unless told otherwise. `metadata`: address of the metadata server, by
        default a free port of `host`. `names`: more names for the certificate. `judge`: True demands AWS's model, False
        goes without, a path names botocore's data folder."""
        self._made_directory = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="ec2-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings = settings or Settings()
        self.region_name = region
        self.judge = Judge(_models(judge)) if judge else None
        self.faults = FaultPlan(scripted_error, "ec2")
        self._log = CallLog(log)
        self.cloud = Cloud(hosts or AddressOnlyHosts(), self.settings, self.judge)
        self.world, self.keys = self.cloud.world, self.cloud.keys
        self.identity_tokens = IdentityTokens()
        self.credentials = Credentials(self.directory, self.identity_tokens)
        self.user = self.keys.add_user("tester")
        self._api, self.sts = Ec2Api(self.cloud), Sts(self.cloud, self.identity_tokens)
        self._quotas = ServiceQuotas(self.cloud)
        self.metadata = Metadata(self.keys, self.settings)
        authority = Authority(self.directory, "Simulated Amazon CA")
        certificate, key = authority.issue("server", [host, *names, "localhost", *_amazon_names()])
        self.ca_file = authority.certificate
        tls = tls_context(str(certificate), str(key))
        self._servers = [Server((host, port), self._answer, lambda path: "ec2", self._log, self.faults, tls),
                         Server((host, 0), self._answer, lambda path: "sts", self._log, self.faults, tls),
                         Server((host, 0), self._answer, lambda path: "servicequotas", self._log, self.faults, tls),
                         Server(metadata or (host, 0), self._answer, lambda path: "metadata", self._log, self.faults)]
        self.endpoint, self.sts_endpoint, self.quotas_endpoint = (
            f"https://{_bracket(host)}:{server.port}" for server in self._servers[:3])
        self.metadata_endpoint = f"http://{_bracket(self._servers[3].host)}:{self._servers[3].port}"
        self._control: Control | None = None

    # What the control API may call.
    CONTROLLABLE = ("interrupt", "terminate", "vanish", "stop_by_itself", "fail_launch", "deny", "exhaust", "add_key_pair", "add_group",
                    "add_strangers",                    "expire_sessions")

    # Where it is.

    @property
    def port(self) -> int:
        return self._servers[0].port

    def environment(self, principal: Principal | None = None) -> dict[str, str]:
        """What the program under test needs: the CA as its only one, endpoints, region, keys of a user (or `principal`),
        and no other source of keys."""
        return self.surroundings() | self.credentials.nothing() | self.credentials.keys(principal or self.user)

    def surroundings(self) -> dict[str, str]:
        """The same without any word on keys."""
        return {"SSL_CERT_FILE": str(self.ca_file), "AWS_ENDPOINT_URL_EC2": self.endpoint,
                "AWS_ENDPOINT_URL_STS": self.sts_endpoint, "AWS_ENDPOINT_URL_SERVICE_QUOTAS": self.quotas_endpoint,
                "AWS_DEFAULT_REGION": self.region_name}

    def metadata_environment(self) -> dict[str, str]:
        """Keys come from the role of the instance that the program runs on."""
        environment = self.surroundings() | self.credentials.nothing()
        del environment["AWS_EC2_METADATA_DISABLED"]
        return environment | {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.metadata_endpoint}

    def container_environment(self, token: str | None = None) -> dict[str, str]:
        """Keys come from the container's endpoint, which wants `token` as Authorization if there is one."""
        self.metadata.container_token = token
        return self.surroundings() | self.credentials.nothing() | {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self.metadata_endpoint + CONTAINER_PATH,
        } | ({"AWS_CONTAINER_AUTHORIZATION_TOKEN": token} if token else {})

    def web_identity_environment(self, role: str = "web-role", seconds: float = 86400) -> dict[str, str]:
        return self.surroundings() | self.credentials.nothing() | self.credentials.web_identity(role, seconds)

    def proxy(self, credentials: tuple[str, str] | None = None) -> ConnectProxy:
        """A proxy behind which Amazon's own names are this cloud. To be closed."""
        names = {}
        for region in catalog.REGIONS:
            for service, server in zip(("ec2", "sts", "servicequotas"), self._servers):
                names[catalog.endpoint(service, region)] = names[f"{service}.{region}.api.aws"] = server.port
        names["sts.amazonaws.com"] = self._servers[1].port
        return ConnectProxy(names, credentials)

    # What is in it.

    def region(self, name: str | None = None) -> Region:
        return self.world.region(name or self.region_name)

    def default_vpc(self, region: str | None = None) -> Vpc:
        vpc = self.region(region).default_vpc
        assert vpc
        return vpc

    def subnet(self, zone: str, vpc: str | None = None) -> Subnet:
        """The first subnet in a zone of the default VPC or another."""
        region = self.region(zone[:-1])
        wanted = vpc or self.default_vpc(region.name).id
        return next(one for one in region.subnets.values() if (one.zone, one.vpc) == (zone, wanted))

    def add_vpc(self, cidr: str = "10.0.0.0/16", *, region: str | None = None) -> Vpc:
        with self.world.lock:
            return self.region(region).add_vpc(cidr)

    def add_subnet(self, vpc: str, zone: str, cidr: str = "10.0.0.0/24", *, public: bool = False) -> Subnet:
        with self.world.lock:
            return self.region(zone[:-1]).add_subnet(vpc, zone, cidr, public=public)

    def add_key_pair(self, name: str, public: str, *, region: str | None = None) -> None:
        """One that the user brought."""
        with self.world.lock:
            pair = new_key_pair(name, public)
            pair.brought = True
            self.region(region).key_pairs[name] = pair

    def add_group(self, name: str, *ports: int, vpc: str | None = None, region: str | None = None) -> str:
        """A security group that the user brought, open for these TCP ports. Gives its id."""
        with self.world.lock:
            place = self.region(region)
            group = Group(id=new_id("sg"), name=name, description=name, vpc=vpc or self.default_vpc(region).id, brought=True)
            group.ingress = {Rule("tcp", port, port, ("cidr", "0.0.0.0/0")): "" for port in ports}
            group.egress = {Rule("-1", None, None, ("cidr", "0.0.0.0/0")): ""}
            place.groups[group.id] = group
            return group.id

    def add_strangers(self, count: int, tags: dict[str, str] | None = None, *, region: str | None = None) -> None:
        """Volumes, key pairs and security groups of somebody else, a third each, with these tags."""
        with self.world.lock:
            place, vpc = self.region(region), self.default_vpc(region).id
            for number in range(count):
                common = {"brought": True, "tags": dict(tags or {})}
                if number % 3 == 0:
                    volume = Volume(id=new_id("vol"), zone=place.zones[0], size=8, type="gp3", **common)
                    place.volumes[volume.id] = volume
                elif number % 3 == 1:
                    name = new_id("stranger")
                    place.key_pairs[name] = KeyPair(id=new_id("key"), name=name, public="", kind="ed25519", fingerprint="",
                                                    **common)
                else:
                    group = Group(id=new_id("sg"), name=new_id("stranger"), description="", vpc=vpc, **common)
                    place.groups[group.id] = group

    def add_image(self, name: str, *volumes: ImageVolume, region: str | None = None, **fields: Any) -> str:
        """An image of the account's own, of fields as in images.py and with more volumes than its root. Gives its id."""
        image = Image(new_id("ami"), name, ACCOUNT, more=volumes, **{"public": False, **fields})
        with self.world.lock:
            self.region(region).images[image.id] = image
        return image.id

    def add_instance_profile(self, name: str) -> None:
        self.world.profiles.add(name)

    def instance(self, name: str) -> Instance:
        """By Name tag or id, in whatever region."""
        return self.cloud.find(name)[1]

    def state(self) -> dict[str, Any]:
        """What clients made in all regions and costs money or is left over; empty when all is gone."""
        return self.cloud.state()

    def is_empty(self, timeout: float = 60) -> bool:
        """No instance, volume, key pair, interface or open spot request, once nothing is shutting down any more.
        Security groups cost nothing and are shared; state() lists them."""
        self.cloud.lifecycle.wait_for_ends(timeout)
        state = self.state()
        return not any(state[kind] for kind in ("instances", "volumes", "key_pairs", "spot_requests", "network_interfaces"))

    def calls(self, service: str | None = "ec2") -> list[Call]:
        """The calls so far, in order of arrival. Services: ec2, sts, servicequotas, metadata; None for all."""
        return self._log.calls(service)

    def actions(self) -> list[str]:
        """The names of EC2's calls so far."""
        return [call.action for call in self.calls()]

    def wait_until_idle(self) -> None:
        """Until every client is gone, and what killed ones had sent is done."""
        for server in self._servers:
            server.wait_until_idle()

    def forget_calls(self) -> None:
        self._log.clear()

    def secrets(self) -> list[str]:
        """Every value that must not show up in any output: secret keys, session, identity and metadata tokens."""
        keys = self.keys.all()
        return [one.secret for one in keys] + [one.token for one in keys if one.token] + self.identity_tokens.all() + \
            self.metadata.tokens() + ([self.metadata.container_token] if self.metadata.container_token else [])

    # What happens to it.

    def interrupt(self, name: str) -> None:
        """The service takes a spot instance back."""
        region, instance = self.cloud.find(name)
        with self.world.lock:
            request = region.spot_requests[instance.spot]
            act = self.cloud.lifecycle.stop if request.interruption == "stop" else self.cloud.lifecycle.terminate
            act(region, instance, "Server.SpotInstanceTermination", "Spot instance termination")
            if request.interruption == "stop":
                request.state, request.status = "disabled", ("instance-stopped-no-capacity", "Your instance was stopped.")
            else:
                request.state, request.status = "closed", ("instance-terminated-no-capacity", "Your instance was terminated.")
        self.cloud.lifecycle.wait_for(instance, "stopped", "terminated")

    def terminate(self, name: str) -> None:
        """Somebody terminates the instance in the console; for an hour it is still described, as terminated."""
        region, instance = self.cloud.find(name)
        with self.world.lock:
            if instance.is_there:
                self.cloud.lifecycle.terminate(region, instance)
        self.cloud.lifecycle.wait_for(instance, "terminated")

    def vanish(self, name: str) -> None:
        """The same, and the hour passes: its id is unknown."""
        region, instance = self.cloud.find(name)
        self.terminate(instance.id)
        with self.world.lock:
            region.instances.pop(instance.id, None)

    def stop_by_itself(self, name: str, code: str = "Client.InstanceInitiatedShutdown",
                       message: str = "Instance initiated shutdown") -> None:
        """The guest shuts itself down, which ends it if it is a one-time spot instance or was launched so."""
        region, instance = self.cloud.find(name)
        with self.world.lock:
            if instance.shutdown_behavior == "terminate" or instance.is_one_time(region):
                self.cloud.lifecycle.terminate(region, instance, code, message)
            else:
                self.cloud.lifecycle.stop(region, instance, code, message, "")
        self.cloud.lifecycle.wait_for(instance, "stopped", "terminated")

    def fail_launch(self, code: str = "Client.InternalError", message: str = "Client error on launch", *,
                    state: str = "terminated", times: int = 1) -> None:
        """The next instances are accepted, and then go to `state` (terminated, stopped) instead of running."""
        with self.world.lock:
            self.cloud.lifecycle.fates += [(state, code, message)] * times

    def deny(self, *actions: str) -> None:
        """403 for these, such as ec2:CreateTags or sts:AssumeRole."""
        self.settings.denied_actions |= set(actions)

    def exhaust(self, zone: str = "*", instance_type: str = "*", market: str = "*") -> None:
        """No capacity there; `market`: spot, on-demand or both."""
        self.settings.exhausted.add((zone, instance_type, market))

    def expire_sessions(self) -> None:
        """All temporary keys so far are over."""
        self.keys.expire_all()

    def control(self, port: int = 0) -> str:
        """Starts the control API for scripts on loopback and gives its URL."""
        if not self._control:
            self._control = Control(self, port)
        return self._control.url

    # Its end.

    def verdict(self) -> list[str]:
        """What the judge and the simulation itself have to complain about."""
        found = [str(violation) for violation in self.judge.violations] if self.judge else []
        return found + self.cloud.lifecycle.defects

    def close(self) -> None:
        """Takes everything down, hosts included. Judges nothing."""
        self.faults.close()
        if self._control:
            self._control.close()
        self.cloud.lifecycle.close()
        for server in self._servers:
            server.close()
        self._log.close()
        if self._made_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> EC2:
        return self

    def __exit__(self, kind, value, traceback) -> None:
        found = self.verdict()
        self.close()
        if kind is None and found:
            raise JudgeError("\n".join(found))

    def _answer(self, request: Request) -> Response:
        handlers = {"ec2": self._api.handle, "sts": self.sts.handle, "servicequotas": self._quotas.handle,
                    "metadata": self.metadata.handle}
        return handlers[request.service](request)


def _amazon_names() -> list[str]:
    names = ["sts.amazonaws.com"]
    for region in catalog.REGIONS:
        names += [catalog.endpoint("*", region), f"*.{region}.api.aws"]
    return list(dict.fromkeys(names))


def _models(judge: bool | Path) -> Path:
    path = find_models() if judge is True else judge
    if not path:
        raise JudgeError("the judge needs AWS's models of the API: install tests/requirements.txt")
    return Path(path)


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host else host
