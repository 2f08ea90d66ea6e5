# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The list of cases, and what each of them is given."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from . import processes
from .runner import FakeRunner
from .sites import Site, open_site


class Kind(Enum):
    """The machines a case works on."""

    NONE = "none"  # driver none: no machine at all
    CLOUD = "cloud"  # driver google, simulated cloud, instances that refuse every connection
    GOOGLE = "google"  # driver google, simulated cloud, real hosts
    EC2 = "ec2"  # driver amazonec2, simulated cloud, instances that refuse every connection
    AMAZONEC2 = "amazonec2"  # driver amazonec2, simulated cloud, real hosts
    ARM = "arm"  # driver azure, simulated cloud, machines that refuse every connection
    AZURE = "azure"  # driver azure, simulated cloud, real hosts
    GENERIC = "generic"  # driver generic, a real host

    @property
    def needs_hosts(self) -> bool:
        return self in REAL

    @property
    def driver(self) -> str:
        return {Kind.CLOUD: "google", Kind.EC2: "amazonec2", Kind.ARM: "azure"}.get(self, self.value)


CLOUDS = (Kind.CLOUD, Kind.EC2, Kind.ARM)  # every connection to an instance is refused
REAL_CLOUDS = (Kind.GOOGLE, Kind.AMAZONEC2, Kind.AZURE)
REAL = (*REAL_CLOUDS, Kind.GENERIC)


@dataclass(frozen=True)
class Case:
    part: str
    name: str
    kind: Kind
    run: Callable[[Replay], None]

    @property
    def id(self) -> str:
        return f"{self.part}-{self.name}-{self.kind.value}"


CASES: list[Case] = []


def case(part: str, *kinds: Kind) -> Callable:
    """Lists a function as a case of a part, once for each kind. Its docstring's first line says what must hold."""
    def add(function: Callable[[Replay], None]) -> Callable:
        for kind in kinds:
            CASES.append(Case(part, function.__name__, kind, function))
        return function
    return add


@dataclass
class Replay:
    """One run of one case."""

    binary: Path
    folder: Path  # empty at the start, thrown away at the end
    site: Site
    say: Callable[[str], None] = lambda text: None
    kind: Kind = Kind.NONE
    runners: list[FakeRunner] = field(default_factory=list)

    def new_runner(self, *, with_certificates: bool = False, **more) -> FakeRunner:
        """A runner with a store of its own that does not exist yet. HOME lies elsewhere, so that a binary that
        confuses the two is noticed. `with_certificates`: the store has the ones that were kept, if any, and nothing else."""
        number = len(self.runners)
        home = self.folder / f"home{number}"
        home.mkdir()
        env = {"HOME": str(home), "USER": "gitlab-runner", "LANG": "C.UTF-8", **self.site.environment,
               **more.pop("env", {})}
        runner = FakeRunner(self.program_folder(), self.folder / f"store{number}", env, **more)
        self.runners.append(runner)
        if with_certificates and self._certificates.exists():
            runner.store.path.mkdir(mode=0o700)
            shutil.copytree(self._certificates, runner.store.path / "certs")
        return runner

    def keep_certificates(self, runner: FakeRunner) -> None:
        """Of a runner whose first create has made them: for the stores of others. Making a CA and a certificate is most
        of the work of a create that is cut short."""
        if not self._certificates.exists():
            shutil.copytree(runner.store.path / "certs", self._certificates)

    @property
    def _certificates(self) -> Path:
        return self.folder / "certificates"

    def program_folder(self) -> Path:
        """A folder for PATH in which the binary is called docker-machine."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        link = folder / "docker-machine"
        if not link.is_symlink():
            link.symlink_to(self.binary)
        return folder

    def side_by_side(self, works: list[Callable[[Replay], None]]) -> None:
        """Runs each with a site and a folder of its own, all at once, for they mostly wait. For sites without real
        hosts. Raises what the first of them raised."""
        def run(number: int) -> None:
            folder = self.folder / f"beside{number}"
            folder.mkdir()
            with open_site(self.kind.value) as site:
                one = Replay(self.binary, folder, site, self.say, self.kind)
                try:
                    works[number](one)
                finally:
                    self.runners += one.runners
        with ThreadPoolExecutor(len(works)) as pool:
            for ended in [pool.submit(run, number) for number in range(len(works))]:
                ended.result()

    def create(self, runner: FakeRunner, name: str, *more: str):
        return runner.create(self.site.driver, [*self.site.options(name), *more], name)

    def start_create(self, runner: FakeRunner, name: str, *more: str):
        return runner.start_create(self.site.driver, [*self.site.options(name), *more], name)


def has_driver(binary: Path, driver: str) -> bool:
    """Whether the binary knows the driver, by its help: every driver but none has options of its own."""
    shown = subprocess.run([binary.resolve(), "create", "--driver", driver, "--help"], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=60)
    return driver == "none" or f"--{driver}-" in shown.stdout


def run_case(chosen: Case, binary: Path, say: Callable[[str], None] = lambda text: None) -> None:
    """Runs one case. AssertionError when the binary does not do what the runner needs; nothing of the case's
    processes is left either way."""
    with tempfile.TemporaryDirectory(prefix=f"replay-{chosen.part}-") as folder, open_site(chosen.kind.value) as site:
        replay = Replay(binary.resolve(), Path(folder), site, say, chosen.kind)
        try:
            chosen.run(replay)
            for runner in replay.runners:
                left = processes.wait_none(runner.store.path, 10)
                assert not left, f"processes that outlived their call: {left}"
        finally:
            for runner in replay.runners:
                for pid in processes.of_store(runner.store.path):
                    try:
                        os.kill(pid, 9)
                    except ProcessLookupError:
                        pass
