# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Azure: the whole simulated cloud as one object, for tests and for the command line."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from ..common.call_log import Call
from ..common.connect_proxy import ConnectProxy
from ..common.control import Control
from ..common.faults import FaultPlan
from ..common.hosts import AddressOnlyHosts, Hosts
from ..common.http import Request, Response, html_response
from ..common.pki import Authority
from ..common.server import Server, tls_context
from . import examples, models
from .api import ArmApi
from .blob import BlobService
from .cloud import Cloud
from .console import Console
from .credentials import Credentials
from .errors import scripted_error
from .ids import kind_of
from .judge import Judge
from .login import Login
from .managed_identity import ManagedIdentity
from .operations import OperationError
from .patience import PatientLog
from .resources.storage import SUFFIX
from .settings import Settings
from .world import Machine

TENANT = "6f1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b"
SUBSCRIPTION = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
# Names under which the certificate is valid besides the listening address: for clients that come through a proxy.
_ARM_NAMES = ["management.azure.com"]
_LOGIN_NAMES = ["login.microsoftonline.com", "login.windows.net"]
_MACHINES = "Microsoft.Compute/virtualMachines"


class JudgeError(AssertionError):
    """Somebody broke the rules of the API, or the simulation met something that it cannot do."""


class Azure:
    """A Resource Manager with one subscription, its login server and an endpoint for managed identities. A context
    manager; closing raises JudgeError if the judge has found something and the test did not take() it."""

    # What the control API may call.
    CONTROLLABLE = ("fail_operation", "fail_write", "evict", "vanish", "stop_by_itself", "deny", "exhaust", "unregister", "put")
    WRITES = "PUT|POST|PATCH|DELETE"

    def __init__(self, hosts: Hosts | None = None, *, directory: Path | None = None, host: str = "127.0.0.1", port: int = 0,
                 metadata: tuple[str, int] | None = None, names: tuple[str, ...] = (), log: Path | None = None,
                 judge: bool = True, settings: Settings | None = None, subscription: str = SUBSCRIPTION,
                 tenant: str = TENANT):
        """`metadata`: address of the instance metadata service, by default a free port of `host`. `names`: more names for
        the server certificate. `judge`: True demands Microsoft's models, False goes without."""
        if judge and not models.available():
            raise JudgeError("the judge needs Microsoft's models: install tests/requirements.txt")
        self._made_directory = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="azure-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings = settings or Settings()
        self.subscription, self.tenant = subscription, tenant
        self.judge = Judge(with_models=judge)
        self.faults = FaultPlan(scripted_error, "arm")
        self._log = PatientLog(log, lambda request, what: self.judge.complain("client", request, what))
        authority = Authority(self.directory, "Simulated Microsoft CA")
        certificate, key = authority.issue("server", [host, *names, "localhost", *_ARM_NAMES, *_LOGIN_NAMES, "*" + SUFFIX])
        self.ca_file = authority.certificate
        # What answers needs the port, and the server needs what answers: bind first, serve when all is there.
        self._ready = threading.Event()
        self._server = Server((host, port), self._answer, _service_of, self._log, self.faults,
                              tls_context(str(certificate), str(key)))
        self.base = f"https://{_bracket(host)}:{self._server.port}"
        self.credentials = Credentials(self.directory, tenant)
        self.cloud = Cloud(hosts or AddressOnlyHosts(), self.settings, self.credentials, self.judge, self.base)
        self.world, self.tokens = self.cloud.world, self.cloud.tokens
        self.world.add_subscription(subscription, tenant)
        self._arm = ArmApi(self.cloud)
        self._login = Login(self.credentials, self.tokens, self.settings, self.base)
        self._identity = ManagedIdentity(self.credentials, self.tokens, self.settings, self.base)
        self._blob = BlobService(self.cloud)
        self._console = Console(self.cloud, subscription)
        self._metadata_server = Server(metadata or (host, 0), self._answer_metadata, lambda path: "metadata", self._log,
                                       self.faults)
        self.metadata_host = f"{_bracket(self._metadata_server.host)}:{self._metadata_server.port}"
        self._control: Control | None = None
        self._ready.set()

    # Where it is.

    @property
    def endpoint(self) -> str:
        """For AZURE_ARM_ENDPOINT, and for base_url of Microsoft's clients."""
        return self.base + "/"

    @property
    def port(self) -> int:
        return self._server.port

    def environment(self, *, tenant: bool = True) -> dict[str, str]:
        """What the program under test needs: the CA as its only one, endpoints, subscription, an application's secret.
        `tenant` False: it has to find its tenant out."""
        client_id, secret = self.credentials.service_principal()
        return self.location() | {"AZURE_CLIENT_ID": client_id, "AZURE_CLIENT_SECRET": secret} | (
            {"AZURE_TENANT_ID": self.tenant} if tenant else {})

    def location(self) -> dict[str, str]:
        """The same without anything that proves who asks."""
        return {"SSL_CERT_FILE": str(self.ca_file), "AZURE_ARM_ENDPOINT": self.endpoint, "AZURE_AUTHORITY_HOST": self.endpoint,
                "AZURE_SUBSCRIPTION_ID": self.subscription}

    def certificate_environment(self) -> dict[str, str]:
        client_id, path = self.credentials.certificate()
        return self.location() | {"AZURE_TENANT_ID": self.tenant, "AZURE_CLIENT_ID": client_id,
                                  "AZURE_CLIENT_CERTIFICATE_PATH": str(path)}

    def federated_environment(self) -> dict[str, str]:
        client_id, path = self.credentials.federated()
        return self.location() | {"AZURE_TENANT_ID": self.tenant, "AZURE_CLIENT_ID": client_id,
                                  "AZURE_FEDERATED_TOKEN_FILE": str(path)}

    def metadata_environment(self) -> dict[str, str]:
        """A managed identity, by the instance metadata service at another address than the well-known one."""
        self.credentials.managed_identity()
        return self.location() | {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://{self.metadata_host}"}

    def app_service_environment(self) -> dict[str, str]:
        self.credentials.managed_identity()
        return self.location() | {"IDENTITY_ENDPOINT": f"http://{self.metadata_host}/msi/token",
                                  "IDENTITY_HEADER": self._identity.header}

    def proxy(self, credentials: tuple[str, str] | None = None) -> ConnectProxy:
        """A new HTTP proxy behind which Microsoft's own names are this cloud; for one on loopback. The caller closes it."""
        return ConnectProxy(_Names(self.port), credentials)

    # What it holds.

    def put(self, path: str, body: dict) -> dict[str, Any]:
        """Makes a resource as a person would in the portal: `put("rg", …)`, `put("rg/virtualNetworks/net", …)`,
        `put("rg/virtualNetworks/net/subnets/s", …)`. It is not left over from a machine. Gives its body."""
        return self._console.put(path, body)

    def add_image(self, image_id: str, **changes: Any) -> None:
        """An image of one's own (…/images/NAME, …/galleries/…/versions/V) or of a community or shared gallery.
        `changes`: location, system, generation, architecture, disk_gib."""
        self._console.add_image(image_id, **changes)

    def accept_terms(self, publisher: str, product: str, plan: str) -> None:
        self.cloud.accepted_terms.add((publisher, product, plan))

    def unregister(self, namespace: str) -> None:
        """The subscription has not registered this resource provider."""
        with self.world.lock:
            self.world.subscriptions[self.subscription.lower()].providers[namespace] = "NotRegistered"

    def machine(self, name: str) -> Machine:
        with self.world.lock:
            found = [one for one in self.world.all(_MACHINES) if one.name.lower() == name.lower()]
        if len(found) != 1:
            raise KeyError(f"{len(found)} machines are called {name}")
        return found[0]

    instance = machine  # as the other clouds call it

    def state(self) -> dict[str, Any]:
        """What is there, by name; what a test brought is left out."""
        with self.world.lock:
            def names(kind: str) -> list[str]:
                return sorted(one.name for one in self.world.all(kind) if not one.brought)
            groups = [group for one in self.world.subscriptions.values() for group in one.groups.values()]
            return {
                "machines": {one.name: {"state": one.state, "power": one.power, "size":
                                        one.properties["hardwareProfile"]["vmSize"]} for one in self.world.all(_MACHINES)},
                "disks": names("Microsoft.Compute/disks"),
                "interfaces": names("Microsoft.Network/networkInterfaces"),
                "addresses": {one.name: one.hidden.get("address", "")
                              for one in self.world.all("Microsoft.Network/publicIPAddresses") if not one.brought},
                "security_groups": names("Microsoft.Network/networkSecurityGroups"),
                "availability_sets": names("Microsoft.Compute/availabilitySets"),
                "networks": names("Microsoft.Network/virtualNetworks"),
                "subnets": names("Microsoft.Network/virtualNetworks/subnets"),
                "storage_accounts": {one.name: sorted(one.hidden.get("containers", {}))
                                     for one in self.world.all("Microsoft.Storage/storageAccounts") if not one.brought},
                "groups": sorted(group.name for group in groups if not group.brought),
                "running_operations": sorted(f"{one.name} {one.target}" for one in self.cloud.operations.running()),
            }

    def is_empty(self) -> bool:
        """Nothing of any machine, nothing under way. What machines share (groups, networks, availability sets) may stay."""
        state = self.state()
        return not any(state[kind] for kind in ("machines", "disks", "interfaces", "addresses", "security_groups",
                                                "storage_accounts", "running_operations"))

    def calls(self, service: str | None = "arm") -> list[Call]:
        """The calls so far, in order of arrival. Services: arm, login, metadata, blob; None for all."""
        return self._log.calls(service)

    def token_calls(self) -> list[Call]:
        """The requests for tokens."""
        return [call for call in self._log.calls() if call.path.endswith(("/token", "/devicecode"))]

    def strange_fields(self) -> list[str]:
        """The fields of PUT bodies so far, below Microsoft.Compute and Microsoft.Network, that no public example has."""
        found = set()
        for call in self._log.calls("arm"):
            kind = kind_of(call.path)
            if call.method == "PUT" and kind and examples.fields_of(kind):
                found |= {f"{kind}: {path}" for path in examples.strangers(kind, call.json())}
        return sorted(found)

    def forget_calls(self) -> None:
        self._log.clear()

    def secrets(self) -> list[str]:
        """Every value that must not show up in any output: secrets, keys, access and refresh tokens."""
        return self.credentials.secrets + [token.value for token in self.tokens.all()]

    # What happens to it.

    def fail_operation(self, operation: str, code: str, message: str = "scripted failure", *, keep: bool = True,
                       status: int = 409, nth: int = 1, times: int | None = 1) -> None:
        """The nth operation from now on whose name matches (virtualMachines/write, */delete) ends in an error. `keep`: what
        it was making stays, in the state Failed. `status`: what a Location then answers."""
        self.cloud.operations.plan_failure(operation, OperationError(code, message, keep=keep, status=status), nth=nth,
                                           times=times)

    def fail_write(self, nth: int, status: int = 500, code: str | None = None, message: str | None = None, *,
                   after_work: bool = False, times: int | None = 1) -> None:
        """The nth write from now on is answered with an error."""
        self.faults.answer(status, code, message, method=self.WRITES, nth=nth, times=times, after_work=after_work)

    def evict(self, name: str) -> None:
        """Azure takes a spot machine back, by its policy."""
        self._console.evict(self.machine(name))

    def stop_by_itself(self, name: str) -> None:
        """The machine shuts down from within: stopped, and still paid for."""
        self._console.stop(self.machine(name))

    def forget_resources(self) -> None:
        """Takes away all groups, networks and whatever no test brought and no machine uses, without a trace."""
        self._console.forget()

    def vanish(self, name: str) -> None:
        """Somebody deletes the machine in the portal, with what its delete options name."""
        self._console.vanish(self.machine(name))

    def deny(self, *permissions: str) -> None:
        """403 for all methods that need one of these, such as Microsoft.Compute/virtualMachines/write; * is any text."""
        self.settings.denied_permissions |= set(permissions)

    def exhaust(self, location: str = "*", size: str = "*", code: str = "SkuNotAvailable") -> None:
        """No capacity. SkuNotAvailable is refused at once, AllocationFailed and ZonalAllocationFailed after a while."""
        self.settings.exhausted.add((location, size, code))

    def control(self, port: int = 0) -> str:
        """Starts the control API for scripts on loopback and gives its URL."""
        if not self._control:
            self._control = Control(self, port)
        return self._control.url

    # Its end.

    def verdict(self) -> list[str]:
        """What the judge and the simulation itself have to complain about."""
        return [str(violation) for violation in self.judge.violations] + self.cloud.operations.defects

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

    def __enter__(self) -> Azure:
        return self

    def __exit__(self, kind, value, traceback) -> None:
        found = self.verdict()
        self.close()
        if kind is None and found:
            raise JudgeError("\n".join(found))

    def _answer(self, request: Request) -> Response:
        self._ready.wait(30)
        if request.service == "arm":
            return self._arm.handle(request)
        if request.service == "login":
            return self._login.handle(request)
        if request.headers.get("host", "").partition(":")[0].endswith(SUFFIX):
            return self._blob.handle(request)
        return html_response(404, "Not Found")

    def _answer_metadata(self, request: Request) -> Response:
        self._ready.wait(30)
        return self._identity.handle(request)


class _Names(dict):
    """Microsoft's names, and those of all storage accounts."""

    def __init__(self, port: int):
        super().__init__(dict.fromkeys(_ARM_NAMES + _LOGIN_NAMES, port))
        self._port = port

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or str(name).endswith(SUFFIX)

    def __missing__(self, name: str) -> int:
        return self._port


def _service_of(path: str) -> str:
    if re.match(r"/(subscriptions|providers)(/|$)", path, re.IGNORECASE):
        return "arm"
    if re.match(r"/[^/]+/(oauth2/|(v2\.0/)?\.well-known/|discovery/)", path):
        return "login"
    return "blob"


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host else host
