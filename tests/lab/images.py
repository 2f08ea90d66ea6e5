# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The root file systems, made once into a cache: `bare` (no Docker), `docker`, and what goes with them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab import apt, leftovers, namespaces, recipe, side_parts, sources

LAB_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def cache_dir() -> Path:
    return Path(os.environ.get("DMACHINE_LAB_DIR") or "/var/cache/dmachine-lab").absolute()


@dataclass(frozen=True)
class Images:
    """A finished cache of one recipe."""

    top: Path

    @staticmethod
    def current() -> Images:
        """Those of this recipe, which must be there already (`ensure`): inside a world nothing can be downloaded."""
        images = Images(cache_dir() / f"roots-{stamp()}")
        if not images.top.exists():
            raise RuntimeError(f"{images.top} is missing: run `python3 -m tests.lab build` outside of the world")
        return images

    def root(self, image: str) -> Path:
        if image not in ("bare", "docker"):
            raise ValueError(f"no root file system named {image!r}: use bare or docker")
        return self.top / image

    @property
    def debs(self) -> Path:
        """A tar of the .deb files that turn `bare` into `docker`."""
        return self.top / "debs.tar"

    @property
    def image_tar(self) -> Path:
        """What `docker import` makes a tiny busybox image of."""
        return self.top / "image.tar"

    @property
    def docker_client(self) -> Path:
        """The `docker` client for the manager's side."""
        installed = shutil.which("docker", path=LAB_PATH)
        return Path(installed) if installed else self.top / "bin" / "docker"

    @property
    def figures(self) -> dict[str, float]:
        """Seconds and MiB seen when this was built."""
        return json.loads((self.top / "figures.json").read_text())


def stamp() -> str:
    parts = [Path(module.__file__).read_bytes() for module in (recipe, side_parts)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def remove(tree: Path) -> None:
    """Never follows a mount: /dev or /proc of the machine may be bound into a root file system."""
    subprocess.run(["rm", "-rf", "--one-file-system", tree], check=True)


def ensure(say: Callable[[str], None] = to_stderr) -> Images:
    """The images of this recipe; builds them (one process does, others wait) when they are not there."""
    cache = cache_dir()
    images = Images(cache / f"roots-{stamp()}")
    if not images.top.exists():
        with locked(cache / "build.lock"):
            if not images.top.exists():
                say(f"lab: making root file systems in {cache} (once, about a minute)")
                # In namespaces: debootstrap mounts things, and must not outlive us.
                if namespaces.start("build-images").wait() or not images.top.exists():
                    raise RuntimeError("the root file systems could not be made; see above")
                drop_others(cache, images.top)
    return images


def build(say: Callable[[str], None] = to_stderr) -> None:
    """Run by `ensure`, under its lock."""
    top = cache_dir() / f"roots-{stamp()}"
    work = top.parent / "building"
    remove(work)  # of a build that was killed
    work.mkdir()
    figures: dict[str, float] = {}
    try:
        start = time.monotonic()
        mirror = sources.mirror()
        say(f"lab: Debian {recipe.SUITE} from {mirror}")
        make_bare(work / "bare", mirror)
        figures["bare_s"] = round(time.monotonic() - start, 1)
        say(f"lab: {figures['bare_s']} s; adding {' '.join(recipe.DOCKER_PACKAGES)}")
        index = apt.Index(work / "apt", mirror, recipe.SUITE)
        debs = index.download(work / "bare", recipe.DOCKER_PACKAGES)
        make_docker(work / "docker", work / "bare", debs)
        side_parts.write_debs(work / "debs.tar", debs)
        side_parts.write_image_tar(work / "image.tar", index.download(work / "docker", ["busybox-static"]), work)
        side_parts.write_client(work / "bin" / "docker", top, work)
        shutil.rmtree(work / "apt")
        for name in ("bare", "docker"):
            recipe.finish(work / name)
            figures[f"{name}_mib"] = disk_usage_mib(work / name)
        figures["all_s"] = round(time.monotonic() - start, 1)
        (work / "figures.json").write_text(json.dumps(figures))
        work.rename(top)
        say(f"lab: done in {figures['all_s']} s: {top}")
    finally:
        remove(work)


def make_bare(root: Path, mirror: str) -> None:
    packages = ",".join(recipe.BARE_PACKAGES)
    keyring = f"--keyring={apt.KEYRING}"
    environment = apt.environment()
    logged(
        ["debootstrap", "--foreign", "--variant=minbase", keyring, f"--include={packages}", recipe.SUITE, root, mirror],
        environment,
    )
    recipe.write(root, "etc/dpkg/dpkg.cfg.d/lab-build", recipe.DPKG_OPTIONS)
    logged(["chroot", root, "/debootstrap/debootstrap", "--second-stage"], environment)


def make_docker(root: Path, bare: Path, debs: list[Path]) -> None:
    logged(["cp", "-a", "--reflink=auto", bare, root])
    inside = root / "tmp/debs"
    inside.mkdir()
    for deb in debs:
        shutil.copy(deb, inside)
    logged(["chroot", root, "sh", "-c", "dpkg -i /tmp/debs/*.deb"], apt.environment())
    shutil.rmtree(inside)


def logged(command: list, environment: dict[str, str] | None = None) -> None:
    """Runs `command`; its output is shown only when it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed with status {done.returncode}:\n{done.stdout[-4000:]}")


def disk_usage_mib(root: Path) -> int:
    return int(subprocess.run(["du", "-sxm", root], check=True, capture_output=True, text=True).stdout.split()[0])


def drop_others(cache: Path, current: Path) -> None:
    """Removes the images of older recipes, unless a world that may be running on them is alive."""
    if not leftovers.living(cache):
        for old in cache.glob("roots-*"):
            if old != current:
                remove(old)
