# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""ComputeEngine: the whole simulated cloud as one object, for tests and for the command line."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from ..common.call_log import Call, CallLog
from ..common.connect_proxy import ConnectProxy
from ..common.control import Control
from ..common.faults import FaultPlan
from ..common.hosts import AddressOnlyHosts, Hosts
from ..common.http import Request, Response, html_response
from ..common.pki import Authority
from ..common.server import Server, tls_context
from .api import ComputeApi
from .aws_metadata import AwsMetadata
from .catalog import ZONES, PublicImage
from .cloud import Cloud
from .credentials import Credentials
from .errors import scripted_error
from .fleet import add_instances
from .judge import Judge, find_document
from .links import link
from .metadata_server import MetadataServer
from .oauth import IAM_PATHS, STS_PATHS, TOKEN_PATHS, OAuth
from .resource_manager import ResourceManager, is_manager_path
from .routing import BASE
from .settings import Settings
from .world import Instance, Project, new_id, timestamp

# Names under which the certificate is valid besides the listening address: for clients that come through a proxy.
_GOOGLE_NAMES = ["www.googleapis.com", "compute.googleapis.com", "oauth2.googleapis.com", "accounts.google.com",
                 "sts.googleapis.com", "iamcredentials.googleapis.com"]


class JudgeError(AssertionError):
    """Somebody broke Google's description of the API, or the simulation met something that it cannot do."""


class ComputeEngine:
    """A Compute Engine with one project, its login servers and a metadata server. A context manager; closing raises
    JudgeError if the judge has found something and the test did not take() it."""

    def __init__(self, hosts: Hosts | None = None, *, project: str = "demo-project", directory: Path | None = None,
                 host: str = "127.0.0.1", port: int = 0, metadata: tuple[str, int] | None = None,
                 names: tuple[str, ...] = (), log: Path | None = None, judge: bool | Path = True,
                 settings: Settings | None = None):
        """`metadata`: address of the metadata server, by default a free port of `host`. `names`: more names for the
        server certificate. `judge`: True demands Google's description, False goes without, a path names the file."""
        self._made_directory = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="compute-engine-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings = settings or Settings()
        self.project = project
        self.judge = Judge(_document(judge)) if judge else None
        self.faults = FaultPlan(scripted_error)
        self._log = CallLog(log)
        authority = Authority(self.directory, "Simulated Google CA")
        certificate, key = authority.issue("server", [host, *names, "localhost", *_GOOGLE_NAMES])
        self.ca_file = authority.certificate
        self._lock = threading.Lock()
        self._key_file: Path | None = None
        # The credentials need the port and the server needs the credentials: bind first, serve when all is there.
        self._ready = threading.Event()
        self._server = Server((host, port), self._answer, _service_of, self._log, self.faults,
                              tls_context(str(certificate), str(key)))
        self.base = f"https://{_bracket(host)}:{self._server.port}"
        self.credentials = Credentials(self.directory, self.base, project)
        self.cloud = Cloud(hosts or AddressOnlyHosts(), self.settings, self.credentials, self.judge)
        self.world, self.tokens = self.cloud.world, self.cloud.tokens
        self.world.add_project(project)
        self.cloud.own_projects.add(project)
        self._manager = ResourceManager(self.cloud, _manager_judge(self.judge))
        self._api, self._oauth = ComputeApi(self.cloud), OAuth(self.credentials, self.tokens, self.settings)
        self._metadata = MetadataServer(self.world, project, self.tokens, self.settings)
        self.aws_metadata = AwsMetadata()
        self._metadata_server = Server(metadata or (host, 0), self._answer_metadata, lambda path: "metadata", self._log,
                                       self.faults)
        self.metadata_host = f"{_bracket(self._metadata_server.host)}:{self._metadata_server.port}"
        self._control: Control | None = None
        self._ready.set()

    # What the control API may call.
    CONTROLLABLE = ("fail_operation", "add_image", "add_network", "add_firewall", "preempt", "vanish", "deny", "exhaust", "add_address", "add_instances", "add_project", "drop_project",
                    "set_project_metadata")

    # Where it is.

    @property
    def endpoint(self) -> str:
        """For CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE."""
        return self.base + BASE

    @property
    def port(self) -> int:
        return self._server.port

    def environment(self, credentials: Path | None = None) -> dict[str, str]:
        """What the program under test needs: the CA as its only one, endpoint, project, a service account's key."""
        return {"SSL_CERT_FILE": str(self.ca_file), "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": self.endpoint,
                "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER": self.base + "/",
                "GOOGLE_APPLICATION_CREDENTIALS": str(credentials or self.key_file()), "GOOGLE_PROJECT": self.project}

    def metadata_environment(self) -> dict[str, str]:
        """The same without a key file: tokens come from the metadata server."""
        environment = self.environment(Path("unused")) | {"GCE_METADATA_HOST": self.metadata_host}
        del environment["GOOGLE_APPLICATION_CREDENTIALS"]
        return environment

    def key_file(self) -> Path:
        """A service account's key file, made once."""
        with self._lock:
            self._key_file = self._key_file or self.credentials.service_account()
            return self._key_file

    def proxy(self, credentials: tuple[str, str] | None = None) -> ConnectProxy:
        """A new HTTP proxy behind which Google's own names are this cloud; for one on loopback. The caller closes it."""
        return ConnectProxy(dict.fromkeys(_GOOGLE_NAMES, self.port), credentials)

    # What it holds.

    def add_project(self, project: str) -> Project:
        self.cloud.own_projects.add(project)
        return self.world.add_project(project)

    def drop_project(self, project: str) -> None:
        """Nobody may use it any more, and what is in it does not count."""
        self.cloud.own_projects.discard(project)

    def add_address(self, name: str, address: str, *, region: str = "us-central1") -> None:
        with self.world.lock:
            self.world.add_address(self.project, region, name, address)

    def add_instances(self, names: list[str], address: str | None, *, zone: str = "us-central1-a",
                      status: str = "RUNNING", project: str | None = None, labels: dict[str, str] | None = None) -> None:
        """Instances without hosts, as if others had made them, all at one external address. `labels`: theirs and their
        disks'."""
        add_instances(self.world, self.world.projects[project or self.project], zone, names, address, status, labels or {})

    def add_network(self, name: str, *, auto: bool = True, project: str | None = None) -> None:
        with self.world.lock:
            self.world.add_network(project or self.project, name, auto=auto)

    def add_image(self, name: str, *, project: str | None = None, **facts: Any) -> None:
        """An image of the project's own; `facts` as of catalog.PublicImage."""
        with self.world.lock:
            self.world.add_image(PublicImage(project or self.project, name, **({"family": name} | facts)))

    def add_firewall(self, name: str, *, network: str, port: str, project: str | None = None) -> None:
        """A rule that lets everybody reach one TCP port of all instances in the network."""
        with self.world.lock:
            owner = self.world.projects[project or self.project]
            owner.firewalls[name] = {
                "kind": "compute#firewall", "id": new_id(), "creationTimestamp": timestamp(), "name": name,
                "selfLink": link(f"{owner.path}/global/firewalls/{name}"), "network": owner.networks[network]["selfLink"],
                "priority": 1000, "direction": "INGRESS", "disabled": False, "sourceRanges": ["0.0.0.0/0"],
                "allowed": [{"IPProtocol": "tcp", "ports": [port]}]}

    def set_project_metadata(self, *, project: str | None = None, **items: str) -> None:
        """Items such as enable-oslogin (write `_` for `-`)."""
        with self.world.lock:
            self.world.projects[project or self.project].metadata = {
                key.replace("_", "-"): value for key, value in items.items()}

    def instance(self, name: str, project: str | None = None) -> Instance:
        return self.cloud.find(name, project or self.project)

    def state(self) -> dict[str, Any]:
        """What is there in all own projects and costs money or is left over, by name; empty lists when all is gone."""
        with self.world.lock:
            projects = [self.world.projects[name] for name in sorted(self.cloud.own_projects)]
            instances = [instance for project in projects for instance in project.instances.values()]
            return {
                "instances": {one.name: {"zone": one.zone, "status": one.status, "nat_ip": one.nat_ip} for one in instances},
                "disks": {disk["name"]: {"zone": zone, "status": disk["status"], "users": disk.get("users", [])}
                          for project in projects for (zone, _), disk in project.disks.items()},
                "addresses": {address.body["name"]: {"address": address.body["address"], "user": address.user}
                              for project in projects for address in project.addresses.values()},
                "ephemeral_addresses": sorted(one.nat_ip for one in instances if one.nat_ip and not one.static_ip),
                "firewalls": sorted(name for project in projects for name in project.firewalls),
                "running_operations": sorted(operation.name for operation in self.cloud.operations.running()),
            }

    def is_empty(self) -> bool:
        """No instance, no disk, no address in use, nothing under way."""
        state = self.state()
        return not (state["instances"] or state["disks"] or state["ephemeral_addresses"] or state["running_operations"]
                    or any(address["user"] for address in state["addresses"].values()))

    def calls(self, service: str | None = "compute") -> list[Call]:
        """The calls so far, in order of arrival. Services: compute, manager, oauth, metadata; None for all."""
        return self._log.calls(service)

    def forget_calls(self) -> None:
        self._log.clear()

    def secrets(self) -> list[str]:
        """Every value that must not show up in any output: keys, refresh tokens, access tokens."""
        return self.credentials.secrets + [token.value for token in self.tokens.all()]

    # What happens to it.

    def fail_operation(self, operation_type: str, code: str, message: str = "scripted failure", *, keep: bool = False,
                       http: tuple[int, str] = (503, "SERVICE UNAVAILABLE"), nth: int = 1, times: int | None = 1) -> None:
        """The nth operation of this type from now on ends in an error. `keep`: its effect stays all the same."""
        self.cloud.operations.plan_failure(operation_type, code, message, http=http, keep=keep, nth=nth, times=times)

    def preempt(self, name: str) -> None:
        self.cloud.preempt(self.instance(name))

    def vanish(self, name: str, *, keep_disks: bool = False, project: str | None = None) -> None:
        project = project or self.project
        self.cloud.vanish(self.instance(name, project), project, keep_disks=keep_disks)

    def deny(self, *permissions: str) -> None:
        """403 for all methods that need one of these, such as compute.projects.get."""
        self.settings.denied_permissions |= set(permissions)

    def exhaust(self, zone: str = "*", machine_type: str = "*") -> None:
        """No capacity: inserts there end in ZONE_RESOURCE_POOL_EXHAUSTED."""
        if zone != "*" and zone not in ZONES:
            raise KeyError(zone)
        self.settings.exhausted.add((zone, machine_type))

    def control(self, port: int = 0) -> str:
        """Starts the control API for scripts on loopback and gives its URL."""
        if not self._control:
            self._control = Control(self, port)
        return self._control.url

    # Its end.

    def verdict(self) -> list[str]:
        """What the judge and the simulation itself have to complain about."""
        judges = [judge for judge in (self.judge, self._manager.judge) if judge]
        found = [str(violation) for judge in judges for violation in judge.violations]
        return found + self.cloud.operations.defects

    def close(self) -> None:
        """Takes everything down, hosts included. Judges nothing."""
        self.faults.close()
        if self._control:
            self._control.close()
        self.cloud.close()
        self._server.close()
        self._metadata_server.close()
        self._log.close()
        if self._made_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> ComputeEngine:
        return self

    def __exit__(self, kind, value, traceback) -> None:
        found = self.verdict()
        self.close()
        if kind is None and found:
            raise JudgeError("\n".join(found))

    def _answer(self, request: Request) -> Response:
        self._ready.wait(30)
        service = request.service
        if service == "compute":
            return self._api.handle(request)
        if service == "manager":
            return self._manager.handle(request)
        if service == "oauth":
            return self._oauth.handle(request)
        if request.path == "/workload/token":
            return self.credentials.workload_token(request)
        return html_response(404, "Not Found")

    def _answer_metadata(self, request: Request) -> Response:
        self._ready.wait(30)
        place = self.aws_metadata if request.path.startswith("/latest/") else self._metadata
        return place.handle(request)


def _service_of(path: str) -> str:
    if path.startswith(BASE):
        return "compute"
    if is_manager_path(path):
        return "manager"
    if path in TOKEN_PATHS or path in STS_PATHS or path.startswith(IAM_PATHS):
        return "oauth"
    return "other"


def _manager_judge(compute: Judge | None) -> Judge | None:
    path = find_document("cloudresourcemanager.v1") if compute else None
    return Judge(path) if path else None


def _document(judge: bool | Path) -> Path:
    path = find_document() if judge is True else judge
    if not path:
        raise JudgeError("the judge needs Google's description of the API: install tests/requirements.txt")
    return Path(path)


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host else host
