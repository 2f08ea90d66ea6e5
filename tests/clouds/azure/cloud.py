# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the handlers of one simulated cloud share: the world, its operations, its hosts."""

from __future__ import annotations

import email.utils
import threading
import time
from collections.abc import Callable
from typing import Any

from ..common.hosts import Host, Hosts
from ..common.http import Response, json_response
from .credentials import Credentials
from .judge import Judge
from .operations import Operation, OperationError, Operations
from .routing import Context
from .settings import Settings
from .tokens import Tokens
from .world import World


class Cloud:
    def __init__(self, hosts: Hosts, settings: Settings, credentials: Credentials, judge: Judge, base: str):
        self.hosts, self.settings, self.credentials, self.judge, self.base = hosts, settings, credentials, judge, base
        self.world, self.tokens = World(), Tokens()
        self.operations = Operations(self.world, settings)
        # Id in lower case -> (the field of an imageReference that names it, its region, what a machine needs of it).
        self.images: dict[str, tuple[str, str, Any]] = {}
        self.accepted_terms: set[tuple[str, str, str]] = set()
        self._retiring: list[threading.Thread] = []

    def operate(self, context: Context, name: str, target: Any, style: str, *, created: bool = False,
                work: Callable[[], None] | None = None, finish: Callable[[], None],
                fail: Callable[[OperationError], None], answer: Callable[[], Any] | None = None) -> Response:
        """Starts an operation and gives the answer for it. `answer`: the resource's body, of a PUT."""
        kind = context.route.kind if context.route else "Microsoft.Resources/x"
        location = getattr(target, "location", "")
        operation = Operation(name, str(getattr(target, "id", target.name)), kind.partition("/")[0], location,
                              answer or (lambda: None))
        target.operation = operation
        self.operations.start(operation, work=work, finish=finish, fail=fail)
        return self.respond(context, operation, style, created=created)

    def respond(self, context: Context, operation: Operation, style: str, *, created: bool = False) -> Response:
        """The answer to the request that started an operation, or came upon it."""
        put = context.route is not None and context.route.method in ("PUT", "PATCH")
        accepts = style in ("location", "both")  # types that answer a PUT with 202 are those that go this way by themselves
        wanted = self.settings.style_of(operation.name)
        if wanted and (wanted != "body" or put):
            style = wanted
        if style == "sync" or context.request is None:
            self.operations.wait(operation)
            if operation.error:
                return json_response(operation.error.status, {"error": operation.error.body()})
            return json_response(201 if created else 200, operation.outcome()) if put else Response(200)
        headers = {}
        if style in ("async", "both"):
            headers["Azure-AsyncOperation"] = self.operation_url(context, operation, "operations")
        if style in ("location", "both"):
            headers["Location"] = self.operation_url(context, operation, "operationResults")
        headers |= self.retry_after()
        if not put:
            return Response(202, b"", headers)
        status = 202 if accepts else 201 if created else 200
        return json_response(status, operation.outcome(), **headers)

    def operation_url(self, context: Context, operation: Operation, form: str) -> str:
        host = self.settings.operation_host or context.request.headers.get("host", "")
        place = f"/providers/{operation.namespace}/locations/{operation.location}" if operation.location else ""
        # The query is part of the ticket: who polls has to bring it back as it is.
        return (f"https://{host}/subscriptions/{context.subscription.id}{place}/{form}/{operation.id}"
                f"?api-version={context.version}&t=639000000000000000&s={operation.signature}")

    def retry_after(self) -> dict[str, str]:
        seconds = self.settings.retry_after
        if seconds is None:
            return {}
        if self.settings.retry_after_as_date:
            return {"Retry-After": email.utils.formatdate(time.time() + seconds, usegmt=True)}
        return {"Retry-After": str(seconds)}

    def reserve_address(self) -> str:
        """An address that the next host may be given, "" if these hosts choose for themselves."""
        reserve = getattr(self.hosts, "reserve", None)
        return reserve() if reserve else ""

    def release_address(self, address: str) -> None:
        if address and hasattr(self.hosts, "release"):
            self.hosts.release(address)

    def retire(self, host: Host) -> None:
        """Takes a host down behind the scenes."""
        thread = threading.Thread(target=host.destroy, daemon=True)
        self._retiring.append(thread)
        thread.start()

    def close(self) -> None:
        """Ends what runs and takes every host down."""
        self.operations.close()
        with self.world.lock:
            for machine in self.world.all("Microsoft.Compute/virtualMachines"):
                if machine.host:
                    self.retire(machine.host)
        for thread in self._retiring:
            thread.join(60)
