# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the handlers of one simulated cloud share, and the things that happen to a cloud from outside."""

from __future__ import annotations

import threading
from typing import Any

from ..common.hosts import Host, Hosts
from .credentials import Credentials
from .judge import Judge
from .operations import Operation, Operations
from .resources.instance_actions import halt
from .resources.instances import destroy
from .routing import Context
from .settings import Settings
from .tokens import Token, Tokens
from .world import Instance, World, new_id


class Cloud:
    """World, settings, tokens and operations of one ComputeEngine. `own_projects`: those that its accounts may use."""

    def __init__(self, hosts: Hosts, settings: Settings, credentials: Credentials, judge: Judge | None):
        self.hosts, self.settings, self.credentials, self.judge = hosts, settings, credentials, judge
        self.world = World()
        self.tokens = Tokens()
        self.operations = Operations(self.world, settings)
        self.own_projects: set[str] = set()
        # (project, requestId) -> (the request, its operation's path)
        self.request_ids: dict[tuple[str, str], tuple[Any, str]] = {}
        self._retiring: list[threading.Thread] = []

    def operate(self, context: Context, scope: str, kind: str, target: str, *, more: dict | None = None, **steps) -> dict:
        """Starts an operation and gives the answer for it."""
        operation = Operation(scope, kind, target, self._id_of(context, target), context.token.principal, more=more or {})
        return self.operations.start(operation, **steps).body()

    def retire(self, host: Host) -> None:
        """Takes a host down behind the scenes."""
        thread = threading.Thread(target=host.destroy, daemon=True)
        self._retiring.append(thread)
        thread.start()

    def find(self, name: str, project: str) -> Instance:
        with self.world.lock:
            found = [one for one in self.world.projects[project].instances.values() if one.name == name]
        if len(found) != 1:
            raise KeyError(f"{len(found)} instances are called {name}")
        return found[0]

    def preempt(self, instance: Instance) -> None:
        """The service takes the machine back: TERMINATED, its disk stays."""
        if instance.host:
            instance.host.stop()
        with self.world.changed:
            halt(instance)

    def vanish(self, instance: Instance, project: str, *, keep_disks: bool = False) -> None:
        """Somebody deletes the instance in the console."""
        with self.world.changed:
            if keep_disks:
                for disk in instance.body["disks"]:
                    disk["autoDelete"] = False
            destroy(self._console(project), instance)

    def close(self) -> None:
        """Ends what runs and takes every host down."""
        self.operations.close()
        with self.world.lock:
            for project in self.world.projects.values():
                for instance in list(project.instances.values()):
                    destroy(self._console(project.id), instance)
        for thread in self._retiring:
            thread.join(60)

    def _console(self, project: str) -> Context:
        return Context(self, None, Token("", "console", frozenset(), 0, ""), self.world.projects[project], {})  # type: ignore

    def _id_of(self, context: Context, target: str) -> str:
        parts, project = target.split("/"), context.project
        place, kind, name = parts[3], parts[-2], parts[-1]
        if kind == "instances" and (place, name) in project.instances:
            return project.instances[place, name].body["id"]
        if kind == "disks" and (place, name) in project.disks:
            return project.disks[place, name]["id"]
        if kind == "firewalls" and name in project.firewalls:
            return project.firewalls[name]["id"]
        return new_id()
