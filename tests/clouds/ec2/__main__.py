# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated EC2 by itself: python3 -m tests.clouds.ec2 --dir DIR [--hosts none|lab] …

Writes DIR/env (export lines to source), DIR/ca.pem and DIR/calls.jsonl, prints one line when it serves, and ends with its
hosts at SIGTERM, SIGINT or the end of standard input. Exit code 1 if the judge has found something."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
from pathlib import Path

from .catalog import REGIONS
from .engine import EC2
from .judge import find_models
from .settings import Settings


def main() -> int:
    arguments = _parse()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    metadata_host, _, metadata_port = arguments.metadata.rpartition(":") if arguments.metadata else ("", "", "0")
    models = Path(arguments.judge) if arguments.judge not in ("auto", "off") else None
    cloud = EC2(
        _hosts(arguments), region=arguments.region, directory=arguments.dir, host=arguments.host, port=arguments.port,
        metadata=(metadata_host, int(metadata_port)) if arguments.metadata else None, names=tuple(arguments.name),
        log=arguments.dir / "calls.jsonl", judge=models or (arguments.judge == "auto" and find_models() is not None),
        settings=Settings(latency=arguments.latency, session_lifetime=arguments.session_lifetime,
                          rate_limit=arguments.rate_limit, pending_seconds=arguments.pending_seconds,
                          stop_seconds=arguments.stop_seconds, terminate_seconds=arguments.terminate_seconds,
                          invisible_calls={"*": arguments.invisible_calls}))
    with cloud, cloud.proxy() as proxy:
        environment = cloud.environment() | {
            "EC2_CONTROL": cloud.control(arguments.control_port), "EC2_METADATA": cloud.metadata_endpoint,
            "EC2_PROXY": proxy.url, "EC2_DEFAULT_VPC": cloud.default_vpc().id}
        _write_atomically(arguments.dir / "env", "".join(
            f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()))
        judged = "judged by AWS's model" if cloud.judge else "not judged"
        print(f"serving {cloud.endpoint} ({judged}); environment in {arguments.dir / 'env'}", flush=True)
        if not arguments.detached:
            threading.Thread(target=_await_end_of_input, args=(ended,), daemon=True).start()
        ended.wait()
        found = cloud.verdict()
        for line in found:
            print(line, file=sys.stderr)
        if cloud.judge:
            cloud.judge.take()
        cloud.cloud.lifecycle.defects.clear()
        return 1 if found else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.clouds.ec2", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, required=True, help="where env, ca.pem and call log go")
    parser.add_argument("--hosts", choices=("none", "fake", "lab"), default="none",
                        help="none, fake: instances are addresses that refuse connections; lab: they are real hosts, "
                        "to be used inside `python3 -m tests.lab exec --` (default: %(default)s)")
    parser.add_argument("--bare-hosts", action="store_true", help="with lab: hosts without Docker")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port of EC2, 0 for a free one")
    parser.add_argument("--metadata", help="HOST:PORT of the metadata service, such as 169.254.169.254:80")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--name", action="append", default=[], help="one more name or address for the certificate")
    parser.add_argument("--region", choices=sorted(REGIONS), default="us-east-1")
    parser.add_argument("--latency", type=float, default=0, help="seconds before each answer")
    parser.add_argument("--pending-seconds", type=float, default=0, help="from launch to running, at least")
    parser.add_argument("--stop-seconds", type=float, default=0)
    parser.add_argument("--terminate-seconds", type=float, default=0)
    parser.add_argument("--session-lifetime", type=float, default=3600, help="of the keys of metadata and container")
    parser.add_argument("--rate-limit", type=int, help="calls per second before 503 RequestLimitExceeded")
    parser.add_argument("--invisible-calls", type=int, default=0, help="how many calls do not see a new resource yet")
    parser.add_argument("--judge", default="auto", help="auto, off, or botocore's data folder")
    parser.add_argument("--detached", action="store_true", help="do not end with standard input")
    arguments = parser.parse_args()
    arguments.dir.mkdir(parents=True, exist_ok=True)
    arguments.dir = arguments.dir.resolve()
    return arguments


def _hosts(arguments: argparse.Namespace):
    if arguments.hosts != "lab":
        return None
    from tests.lab.cloud_hosts import CloudHosts  # needs root and Debian's tools, so only when asked for
    return CloudHosts(docker=not arguments.bare_hosts)


def _write_atomically(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    os.replace(draft, path)


def _await_end_of_input(ended: threading.Event) -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock, held here, would break the interpreter's end
        pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
