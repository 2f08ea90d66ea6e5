# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated Azure by itself: python3 -m tests.clouds.azure --dir DIR [--hosts none|lab] …

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

from . import models
from .engine import Azure
from .settings import Settings


def main() -> int:
    arguments = _parse()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    metadata_host, _, metadata_port = arguments.metadata.rpartition(":") if arguments.metadata else ("", "", "0")
    engine = Azure(
        _hosts(arguments), directory=arguments.dir, host=arguments.host, port=arguments.port,
        metadata=(metadata_host, int(metadata_port)) if arguments.metadata else None, names=tuple(arguments.name),
        log=arguments.dir / "calls.jsonl", judge=arguments.judge == "auto" and models.available(),
        settings=Settings(latency=arguments.latency, token_lifetime=arguments.token_lifetime, rate_limit=arguments.rate_limit,
                          operation_seconds={"*": arguments.operation_seconds}, retry_after=arguments.retry_after,
                          legacy=arguments.legacy))
    with engine:
        control = engine.control(arguments.control_port)
        environment = engine.environment() | {"AZURE_CONTROL": control, "AZURE_METADATA_HOST": engine.metadata_host}
        draft = arguments.dir / "env.new"
        draft.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()))
        os.replace(draft, arguments.dir / "env")
        judged = "judged by Microsoft's models" if engine.judge.with_models else "not judged"
        print(f"serving {engine.endpoint} ({judged}); environment in {arguments.dir / 'env'}", flush=True)
        if not arguments.detached:
            threading.Thread(target=_await_end_of_input, args=(ended,), daemon=True).start()
        ended.wait()
        found = engine.verdict()
        for line in found:
            print(line, file=sys.stderr)
        engine.judge.take()
        engine.cloud.operations.defects.clear()
        return 1 if found else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.clouds.azure", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, required=True, help="where env, ca.pem and call log go")
    parser.add_argument("--hosts", choices=("none", "lab"), default="none",
                        help="none: machines are addresses that refuse connections; lab: they are real hosts, to be used "
                        "inside `python3 -m tests.lab exec --` (default: %(default)s)")
    parser.add_argument("--bare-hosts", action="store_true", help="with lab: hosts without Docker")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port, 0 for a free one")
    parser.add_argument("--metadata", help="HOST:PORT of the instance metadata service, such as 169.254.169.254:80")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--name", action="append", default=[], help="one more name or address for the certificate")
    parser.add_argument("--legacy", action="store_true", help="unmanaged disks, Basic addresses, api-versions of 2016")
    parser.add_argument("--latency", type=float, default=0, help="seconds before each answer")
    parser.add_argument("--operation-seconds", type=float, default=0, help="how long operations take at least")
    parser.add_argument("--retry-after", type=int, default=0, help="seconds that long operations ask to wait for")
    parser.add_argument("--token-lifetime", type=float, default=3600)
    parser.add_argument("--rate-limit", type=int, help="requests per second before 429")
    parser.add_argument("--judge", choices=("auto", "off"), default="auto")
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


def _await_end_of_input(ended: threading.Event) -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock, held here, would break the interpreter's end
        pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
