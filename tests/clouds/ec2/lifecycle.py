# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What happens to instances over time: boot, stop, start, end. Hosts are worked on in threads of their own."""

from __future__ import annotations

import threading
import time

from ..common.hosts import Hosts
from .guest import users_of
from .settings import Settings
from .world import Instance, Region, SpotRequest, World

_USER = "User initiated ({})"


class Lifecycle:
    def __init__(self, world: World, hosts: Hosts, settings: Settings):
        self._world, self._hosts, self._settings = world, hosts, settings
        self._threads: list[threading.Thread] = []
        self.defects: list[str] = []  # hosts that failed
        self.fates: list[tuple[str, str, str]] = []  # of the next instances to launch

    def launch(self, region: Region, instance: Instance) -> None:
        """Boots the host of a new instance; `instance.booted` is set once its address is known."""
        if self.fates:
            instance.fate = self.fates.pop(0)
        self._spawn(self._boot, region, instance)

    def stop(self, region: Region, instance: Instance, code: str = "Client.UserInitiatedShutdown",
             message: str = "User initiated shutdown", transition: str | None = None) -> None:
        instance.reason = (code, f"{code}: {message}")
        instance.transition = transition or _USER.format(_when())
        self._to(instance, "stopping")
        self._spawn(self._stop, instance)

    def start(self, region: Region, instance: Instance) -> None:
        instance.reason, instance.transition = None, ""
        instance.launched = time.time()
        self._to(instance, "pending")
        self._spawn(self._start, instance)

    def reboot(self, instance: Instance) -> None:
        self._spawn(self._reset, instance)

    def terminate(self, region: Region, instance: Instance, code: str = "Client.UserInitiatedShutdown",
                  message: str = "User initiated shutdown", spot_status: str = "instance-terminated-by-user") -> None:
        instance.reason = (code, f"{code}: {message}")
        instance.transition = _USER.format(_when()) if code.startswith("Client.User") else message
        self._to(instance, "shutting-down")
        request = region.spot_requests.get(instance.spot or "")
        if request and request.state == "active":
            _ended(request, spot_status)
        self._spawn(self._end, region, instance)

    def advance(self) -> None:
        """Brings every instance to where it should be by now. With the lock held."""
        now = time.monotonic()
        for region in self._world.regions.values():
            for instance in list(region.instances.values()):
                if instance.due and now >= instance.due[0]:
                    state, instance.due = instance.due[1], None
                    self._arrive(region, instance, state)
                if instance.state == "terminated" and now - instance.ended >= self._settings.terminated_visible:
                    del region.instances[instance.id]

    def wait_for_ends(self, timeout: float) -> bool:
        """Until nothing is shutting down."""
        deadline = time.monotonic() + timeout
        with self._world.changed:
            while True:
                self.advance()
                busy = [one for region in self._world.regions.values() for one in region.instances.values()
                        if one.state == "shutting-down"]
                left = deadline - time.monotonic()
                if not busy or left <= 0:
                    return not busy
                self._world.changed.wait(min(left, 0.05) if any(one.due for one in busy) else left)

    def wait_for(self, instance: Instance, *states: str, timeout: float = 60) -> None:
        """Until the instance is in one of these states."""
        deadline = time.monotonic() + timeout
        with self._world.changed:
            while True:
                self.advance()
                if instance.state in states:
                    return
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"{instance.id} is {instance.state}, not {' or '.join(states)}")
                self._world.changed.wait(0.05)

    def close(self) -> None:
        """Takes every host down, whatever it was doing."""
        with self._world.lock:
            for region in self._world.regions.values():
                for instance in region.instances.values():
                    if instance.is_there:
                        self.terminate(region, instance)
            threads = list(self._threads)
        for thread in threads:
            thread.join(60)

    def _boot(self, region: Region, instance: Instance) -> None:
        with instance.work:
            with self._world.lock:
                key = region.key_pairs.get(instance.key or "")
                text = instance.user_data.decode("utf-8", "replace")
                users = users_of(instance.image.user, key.public if key else None, text)
            try:
                instance.host = self._hosts.boot(instance.name or instance.id, users=users, metadata={"user-data": text},
                                                 image=f"{instance.image.owner}/{instance.image.name}")
            except Exception as error:  # a lab that cannot boot is a defect, not a hang
                self.defects.append(f"server: boot of {instance.id}: {error}")
                instance.fate = ("terminated", "Server.InternalError", "Internal error on launch")
        with self._world.changed:
            instance.ip = instance.host.ip if instance.host else None
            instance.booted.set()
            self._schedule(instance, "pending", "running", self._settings.pending_seconds)

    def _stop(self, instance: Instance) -> None:
        with instance.work:
            if instance.host:
                instance.host.stop()
        self._schedule(instance, "stopping", "stopped", self._settings.stop_seconds)

    def _start(self, instance: Instance) -> None:
        with instance.work:
            address = instance.host.start() if instance.host else None
        with self._world.lock:
            instance.ip = address
            self._schedule(instance, "pending", "running", self._settings.pending_seconds)

    def _reset(self, instance: Instance) -> None:
        with instance.work:
            if instance.host and instance.state == "running":
                instance.host.reset()

    def _end(self, region: Region, instance: Instance) -> None:
        with instance.work:
            if instance.host:
                instance.host.destroy()
        self._schedule(instance, "shutting-down", "terminated", self._settings.terminate_seconds)

    def _schedule(self, instance: Instance, now: str, then: str, seconds: float) -> None:
        """The host did its part; the rest is time. Unless the instance was sent elsewhere meanwhile."""
        with self._world.changed:
            if instance.state == now:
                instance.due = (time.monotonic() + seconds, then)
                self.advance()

    def _arrive(self, region: Region, instance: Instance, state: str) -> None:
        if state == "running" and instance.fate:
            (state, code, message), instance.fate = instance.fate, None
            act = self.stop if state == "stopped" else self.terminate
            act(region, instance, code, message)
            instance.transition = code
            return
        if state == "terminated":
            self._clean_up(region, instance)
        self._to(instance, state)

    def _clean_up(self, region: Region, instance: Instance) -> None:
        instance.ended, instance.ip = time.monotonic(), None
        for volume in [region.volumes[one] for one in instance.volumes if one in region.volumes]:
            volume.instance = None
            if volume.delete_on_termination:
                del region.volumes[volume.id]
        interface = region.interfaces.get(instance.interface)
        if interface and interface.delete_on_termination:
            del region.interfaces[interface.id]
        elif interface:
            interface.instance = None

    def _to(self, instance: Instance, state: str) -> None:
        instance.state, instance.due = state, None
        with self._world.changed:
            self._world.changed.notify_all()

    def _spawn(self, work, *arguments) -> None:
        def run() -> None:
            try:
                work(*arguments)
            except Exception as error:
                self.defects.append(f"server: {work.__name__.strip('_')} of a host: {type(error).__name__}: {error}")
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()


def _ended(request: SpotRequest, status: str) -> None:
    request.state, request.status = "closed", (status, "Your Spot Instance was terminated.")
    if request.type == "persistent" and status == "instance-terminated-by-user":
        # The real one launches the next: whoever leaves it open has not cleaned up.
        request.state, request.status = "open", ("pending-evaluation", "Your Spot request has been submitted for review.")
        request.instance = None


def _when() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S GMT", time.gmtime())
