# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The steps of scripts/demo, which runs this in a world of tests/lab (or anywhere with --no-host)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.clouds.compute_engine import ComputeEngine  # noqa: E402

NAME = "demo-1"
PROJECT = "demo-project"
begin = time.monotonic()


def say(text: str) -> None:
    print(f"\n[{time.monotonic() - begin:5.1f}s] {text}", flush=True)


def run(words: list[str], environment: dict[str, str], *, expect: bool = True, capture: bool = False) -> str:
    """Shows a command line, runs it, and ends the demo if it fails (unless it may)."""
    print("$ " + " ".join(words), flush=True)
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE if capture else None, check=False)
    if expect and done.returncode != 0:
        sys.exit(f"the demo ends here: exit code {done.returncode}")
    return done.stdout or ""


def docker_variables(text: str) -> dict[str, str]:
    """What `eval $(dmachine env NAME)` would set."""
    pairs = (line.removeprefix("export ").split("=", 1) for line in text.splitlines() if line.startswith("export "))
    return {name: value.strip('"') for name, value in pairs}


def use_the_host(dmachine: str, environment: dict[str, str]) -> None:
    from tests.lab.images import Images

    images = Images.current()
    say("The store knows it; the engine answers over TLS.")
    run([dmachine, "ls"], environment)
    say("The docker client gets its settings from `env`.")
    text = run([dmachine, "env", "--shell", "sh", NAME], environment, capture=True)
    print(text, end="")
    docker = environment | docker_variables(text)
    say("A container runs on the machine. (The world has no registry: its image is imported.)")
    run([str(images.docker_client), "import", str(images.image_tar), "demo/busybox"], docker)
    run([str(images.docker_client), "run", "--rm", "demo/busybox", "/bin/busybox", "echo", "hello from a container"], docker)
    say("By SSH, too.")
    run([dmachine, "ssh", NAME, "hostname; uptime"], environment)


def with_a_host(dmachine: str, environment: dict[str, str], cloud: ComputeEngine) -> None:
    say("Creating a machine.")
    run([dmachine, "create", "--driver", "google", "--google-project", PROJECT, NAME], environment)
    print(f"in the cloud: {cloud.state()['instances']}")
    use_the_host(dmachine, environment)
    say("Removing it.")
    run([dmachine, "rm", "-y", NAME], environment)


def without_a_host(dmachine: str, environment: dict[str, str]) -> None:
    say("Creating a machine, and interrupting that, as there is no host to log in to.")
    run(["timeout", "--signal=INT", "10", dmachine, "create", "--driver", "google", "--google-project", PROJECT, NAME],
        environment, expect=False)
    say("It took back what it had made, and left the store.")
    run([dmachine, "ls", "-q"], environment)


def main() -> None:
    no_host = "--no-host" in sys.argv
    dmachine = sys.argv[-1]
    hosts = None
    if not no_host:
        from tests.lab.cloud_hosts import CloudHosts

        hosts = CloudHosts()
    with tempfile.TemporaryDirectory(prefix="dmachine-demo-") as store, \
            ComputeEngine(hosts, project=PROJECT, judge=False) as cloud:
        say("A simulated Compute Engine serves; its instances are " + ("addresses only." if no_host else "real hosts."))
        environment = os.environ | cloud.environment() | {"MACHINE_STORAGE_PATH": store}
        if no_host:
            without_a_host(dmachine, environment)
        else:
            with_a_host(dmachine, environment, cloud)
        if not cloud.is_empty():
            sys.exit(f"the cloud is not empty: {cloud.state()}")
        say("The cloud is empty again. Done.")


main()
