# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the handlers of one simulated account share."""

from __future__ import annotations

import time
from typing import Any

from ..common.hosts import Hosts
from .catalog import INSTANCE_TYPES
from .judge import Judge
from .lifecycle import Lifecycle
from .settings import Settings
from .sigv4 import Keys
from .world import Instance, Region, Resource, World


class Cloud:
    """World, settings, keys and hosts of one EC2."""

    def __init__(self, hosts: Hosts, settings: Settings, judge: Judge | None):
        self.settings, self.judge = settings, judge
        self.world = World(settings)
        self.keys = Keys()
        self.lifecycle = Lifecycle(self.world, hosts, settings)

    def is_visible(self, resource: Resource) -> bool:
        """Eventual consistency: counts the look and says whether the resource is found. Once per call."""
        if resource.brought:
            return True
        calls, seconds = self.settings.hides(resource.KIND)
        resource.looked_for += 1
        return resource.looked_for > calls and time.time() - resource.created >= seconds

    def spot_price(self, instance_type: str) -> float:
        """Dollars an hour at present, three tenths of the price on demand."""
        return round(INSTANCE_TYPES[instance_type].price * 0.3, 4)

    def find(self, name_or_id: str) -> tuple[Region, Instance]:
        """The instance of that id or Name tag in any region; of several with the name, the one that is there."""
        with self.world.lock:
            self.lifecycle.advance()
            found = [(region, one) for region in self.world.regions.values() for one in region.instances.values()
                     if name_or_id in (one.id, one.name)]
        there = [pair for pair in found if pair[1].is_there] or found[-1:]
        if len(there) != 1:
            raise KeyError(f"{len(there)} instances are called {name_or_id}")
        return there[0]

    def state(self) -> dict[str, Any]:
        with self.world.lock:
            self.lifecycle.advance()
            regions = self.world.regions.values()
            return {
                "instances": {one.id: {"name": one.name, "state": one.state, "zone": one.zone, "private_ip": one.ip,
                                       "public_ip": one.public_ip, "spot": one.spot}
                              for region in regions for one in region.instances.values() if one.state != "terminated"},
                "volumes": {one.id: {"size": one.size, "instance": one.instance}
                            for region in regions for one in region.volumes.values() if not one.brought},
                "key_pairs": sorted(one.name for region in regions for one in region.key_pairs.values() if not one.brought),
                "spot_requests": {one.id: {"state": one.state, "status": one.status[0], "instance": one.instance}
                                  for region in regions for one in region.spot_requests.values()
                                  if one.state in ("open", "active", "disabled")},
                "network_interfaces": sorted(one.id for region in regions for one in region.interfaces.values()
                                             if not one.brought),
                "security_groups": sorted(one.name for region in regions for one in region.groups.values()
                                          if not one.brought),
            }
