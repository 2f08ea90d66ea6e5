# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""One host: a booted system with sshd and, from image `docker`, a Docker daemon. Only inside a world (lab.py)."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.lab import accounts, cgroups, images, network, nspawn, os_release as releases, world
from tests.lab.disk import Disk

# systemd's signals for its process 1 (systemd(1)).
POWEROFF = signal.SIGRTMIN + 4
REBOOT = signal.SIGRTMIN + 5


class Host:
    """Made with its disk; `start` boots it. All methods may be called from several threads."""

    def __init__(
        self,
        name: str,
        *,
        image: str = "docker",
        os_release: str | None = None,
        users: dict[str, list[str]] | None = None,
        docker_enabled: bool = True,
        host_keys: Sequence[str] = ("ed25519", "ecdsa"),
        sshd_options: Sequence[str] = (),
        prepare: Callable[[Disk], None] | None = None,
        volatile_etc: bool = False,
    ) -> None:
        """`image`: docker or bare. `os_release`: text of os_release.py, Ubuntu 22.04 by default. `users`: for each
        login (root included) the lines of authorized_keys. `prepare`: called with the disk before the first boot.
        `volatile_etc`: each boot finds /etc as it was made, as on Container-Optimized OS."""
        self.name = name
        self.ip = ""
        self._volatile_etc = volatile_etc
        self._world = world.name()
        self._process: subprocess.Popen | None = None
        self._lock = threading.RLock()
        top = world.directory() / "hosts"
        self._id = make_unique(top, name)
        self.directory = top / self._id
        release = os_release or releases.ubuntu()
        self.disk = Disk(self.directory, images.Images.current().root(image))
        self.disk.identify(name, release)
        self.disk.configure_sshd(host_keys, sshd_options)
        self.disk.arrange_docker(release, docker_enabled)
        accounts.set_keys(self.disk.root, users or {})
        if prepare:
            prepare(self.disk)

    def start(self, new_ip: bool = False) -> str:
        """Boots and gives the address at once: sshd answers a moment later (`wait_ssh`)."""
        with self._lock:
            if self.running:
                return self.ip
            self._clear_up()
            if not self.ip or new_ip:
                old, self.ip = self.ip, network.take_address(world.directory())
                if old:
                    network.give_back(world.directory(), old)
            namespace = network.connect(self.ip)
            try:
                self.disk.set_address(self.name, self.ip)
                groups = cgroups.create(self._world, self._id)
                self._process = nspawn.start(
                    self.disk, namespace, groups, self.directory / "console.log", self._volatile_etc
                )
            except BaseException:
                network.disconnect(self.ip)
                raise
            return self.ip

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout_s: float = 30) -> None:
        """Shuts down in order, as a cloud does, and pulls the plug after `timeout_s`. The disk stays."""
        with self._lock:
            deadline = time.monotonic() + timeout_s
            while (process := self._process) and (leader := self._leader()) and time.monotonic() < deadline:
                nspawn.send(leader, POWEROFF)  # again and again: a systemd that has just begun ignores it
                try:
                    process.wait(0.5)
                except subprocess.TimeoutExpired:
                    pass
            self.kill()

    def kill(self) -> None:
        """Pulls the plug. The disk stays."""
        with self._lock:
            if (process := self._process) and process.poll() is None:
                leader = nspawn.kill(process)
                if leader:
                    wait_until(lambda: not Path(f"/proc/{leader}").exists(), 10, f"{self.name} to be gone")
            self._clear_up()

    def reboot(self) -> None:
        """Asks the system to reboot itself; the address and the namespace stay."""
        with self._lock:
            leader = self._leader()
            if not leader:
                raise RuntimeError(f"{self.name} is not running")
            nspawn.send(leader, REBOOT)
            wait_until(lambda: not self.running or self._leader() not in (leader, None), 60, f"{self.name} to reboot")

    def reset(self) -> None:
        """Like the reset button: no shutdown, same address."""
        with self._lock:
            self.kill()
            self.start()

    def destroy(self) -> None:
        """Nothing is left: processes, network, control groups, disk. A second call does nothing."""
        with self._lock:
            if not self.directory.exists():
                return
            self.kill()
            self.disk.remove()
            if self.ip:
                network.give_back(world.directory(), self.ip)

    def _clear_up(self) -> None:
        """What a host that no longer runs has left: its network and its control groups."""
        if self._process:
            self._process = None
            network.disconnect(self.ip)
            if left := cgroups.remove(self._world, self._id):
                raise RuntimeError(f"{self.name}: control groups still in use: {left[0]}")

    def _leader(self) -> int | None:
        return nspawn.leader(self._process) if self._process else None

    # Looking inside

    def wait_ssh(self, timeout_s: float = 60) -> None:
        """Until sshd sends its greeting."""
        wait_until(lambda: self._alive() and greets(self.ip), timeout_s, f"sshd of {self.name}")

    def wait_running(self, timeout_s: float = 90) -> str:
        """Until the boot is complete; gives systemd's word for it: running, or degraded."""
        states = ("running", "degraded", "maintenance")

        def booted() -> str | None:
            if not self._alive():
                return None
            state = self.exec("systemctl is-system-running --wait", check=False, timeout_s=timeout_s).stdout.strip()
            return state if state in states else None  # neither while systemd does not listen yet

        return wait_until(booted, timeout_s, f"{self.name} to boot")

    def _alive(self) -> bool:
        if not self.running:
            raise RuntimeError(f"{self.name} is not running; its console:\n{self.console()[-2000:]}")
        return self._leader() is not None

    def exec(self, command: str, *, check: bool = True, stdin: str = "", timeout_s: float = 120):
        """Runs a shell command inside as root, without ssh. Gives a CompletedProcess with text output."""
        leader = self._leader()
        if not leader:
            raise RuntimeError(f"{self.name} is not running")
        enter = ["nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"]
        done = subprocess.run(
            [*enter, "/bin/sh", "-c", command],
            env={"PATH": images.LAB_PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"},
            cwd="/",
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: `{command}` ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def journal(self, unit: str = "") -> str:
        chosen = f"--unit={unit}" if unit else ""
        return self.exec(f"journalctl --boot --no-pager --output=short-monotonic {chosen}", check=False).stdout

    def console(self) -> str:
        """What the boot printed, nspawn's own complaints included."""
        file = self.directory / "console.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def update_keys(self, users: dict[str, list[str]]) -> None:
        """New users and keys, taking effect at once, as a guest agent that follows the metadata does."""
        with self._lock:
            accounts.set_keys(self.disk.root, users)

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        self.destroy()


def make_unique(top: Path, name: str) -> str:
    """A directory name for a host: the name itself unless a host of that name exists (in another project, say)."""
    for number in range(1000):
        candidate = f"{name}.{number}" if number else name
        try:
            (top / candidate).mkdir()
        except FileExistsError:
            continue
        return candidate
    raise RuntimeError(f"too many hosts named {name}")


def greets(address: str) -> bool:
    try:
        with socket.create_connection((address, 22), timeout=1) as connection:
            connection.settimeout(5)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def wait_until(condition: Callable, timeout_s: float, what: str):
    """Polls every 20 ms; gives what `condition` gave."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s} s for {what}")
        time.sleep(0.02)
    return value
