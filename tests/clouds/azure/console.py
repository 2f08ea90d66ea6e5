# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What people and Azure itself do to the cloud without the API: resources put by hand, evictions, deletions."""

from __future__ import annotations

import copy
import json
from typing import Any

from .cloud import Cloud
from .errors import ArmError
from .resources.crud import KINDS
from .resources.images import Found
from .resources.virtual_machines import destroy, preempt
from .resources.vm_power import evict
from .routing import Context, find_route
from .shapes import check_shape
from .world import Machine

_NAMESPACES = {"virtualnetworks": "Microsoft.Network", "networksecuritygroups": "Microsoft.Network",
               "publicipaddresses": "Microsoft.Network", "networkinterfaces": "Microsoft.Network",
               "availabilitysets": "Microsoft.Compute", "disks": "Microsoft.Compute",
               "virtualmachines": "Microsoft.Compute",
               "storageaccounts": "Microsoft.Storage"}


class Console:
    def __init__(self, cloud: Cloud, subscription: str):
        self._cloud, self._subscription = cloud, subscription

    def put(self, path: str, body: dict) -> dict[str, Any]:
        group, _, rest = path.partition("/")
        where = f"/subscriptions/{self._subscription}/resourceGroups/{group}"
        if rest:
            where += f"/providers/{_NAMESPACES[rest.partition('/')[0].lower()]}/{rest}"
        found = find_route("PUT", where)
        if not found:
            raise KeyError(path)
        route, ids = found
        body = copy.deepcopy(body)
        check_shape(body, route.body)
        with self._cloud.world.lock:
            context = self._context(ids)
            context.route, context.body = route, body
            if rest and not context.subscription.group(group):
                raise KeyError(f"there is no group {group}")
            response = route.handler(context)
        answer = json.loads(response.body)
        if response.status >= 300:
            raise ArmError(response.status, answer["error"]["code"], answer["error"]["message"])
        return answer

    def add_image(self, image_id: str, *, location: str = "westus", system: str = "ubuntu-2404", generation: str = "V2",
                  architecture: str = "x64", disk_gib: int = 30) -> None:
        lower = image_id.lower()
        field = "communityGalleryImageId" if lower.startswith("/communitygalleries/") else \
            "sharedGalleryImageId" if lower.startswith("/sharedgalleries/") else "id"
        self._cloud.images[lower] = (field, location, Found(image_id, system, generation, architecture, disk_gib, False))

    def evict(self, machine: Machine) -> None:
        with self._cloud.world.changed:
            evict(self._of(machine), machine)

    def stop(self, machine: Machine) -> None:
        if machine.host:
            machine.host.stop()
        with self._cloud.world.changed:
            machine.power = "stopped"

    def forget(self) -> None:
        world = self._cloud.world
        with world.changed:
            groups = world.subscriptions[self._subscription.lower()].groups
            busy = {machine.id.group.lower() for machine in world.all("Microsoft.Compute/virtualMachines")}
            for resource in world.all():
                if not resource.brought and resource.id.group.lower() not in busy:
                    world.remove(resource)
                    if kind := KINDS.get(resource.kind.lower()):
                        kind.removed(self._context({"group": resource.id.group}), resource)
            for name in [name for name, group in groups.items() if not group.brought and name not in busy]:
                del groups[name]

    def vanish(self, machine: Machine) -> None:
        with self._cloud.world.changed:
            preempt(machine)
            destroy(self._of(machine), machine)
        if machine.host:
            self._cloud.retire(machine.host)

    def _of(self, machine: Machine) -> Context:
        return self._context({"group": machine.id.group, "name": machine.name})

    def _context(self, ids: dict[str, str]) -> Context:
        return Context(self._cloud, None, None, self._cloud.world.subscriptions[self._subscription.lower()], ids)
