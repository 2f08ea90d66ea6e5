# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.runner_replay --binary PATH [--part A]… [--kind none]… [--case WORD]… [--list]"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from pathlib import Path

from . import parts  # noqa: F401  (fills the list of cases)
from .case import CASES, Case, Kind, has_driver, run_case


def main() -> int:
    options = _parse()
    chosen = sorted((c for c in CASES if _matches(c, options)), key=lambda c: c.part)
    if options.list:
        for item in chosen:
            print(f"{item.id}: {(item.run.__doc__ or '').splitlines()[0]}")
        return 0
    if any(c.kind.needs_hosts for c in chosen):
        from tests.lab import lab, probe

        if missing := probe.missing():
            print("no real hosts here:\n  " + "\n  ".join(missing) + "\nleft out: " +
                  ", ".join(c.id for c in chosen if c.kind.needs_hosts))
            chosen = [c for c in chosen if not c.kind.needs_hosts]
        else:
            lab.enter()
    if not os.access(options.binary, os.X_OK):
        print(f"{options.binary} is not an executable file")
        return 2
    lacking = {driver for driver in {c.kind.driver for c in chosen} if not has_driver(options.binary, driver)}
    if lacking:
        print(f"{options.binary} has no driver {', '.join(sorted(lacking))}; left out: " +
              ", ".join(c.id for c in chosen if c.kind.driver in lacking))
        chosen = [c for c in chosen if c.kind.driver not in lacking]
    failed = [item.id for item in chosen if not _passes(item, options)]
    print(f"{len(chosen) - len(failed)} of {len(chosen)} cases passed" + "".join(f"\n  failed: {f}" for f in failed))
    return 1 if failed or not chosen else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.runner_replay",
                                     description="Calls a binary as gitlab-runner does.")
    parser.add_argument("--binary", type=Path, default=Path("build/dev/cli/dmachine"))
    parser.add_argument("--part", action="append", help="A to F, H; all by default")
    parser.add_argument("--kind", action="append", choices=[k.value for k in Kind])
    parser.add_argument("--case", action="append", help="a piece of the case's name")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def _matches(item: Case, options: argparse.Namespace) -> bool:
    return ((not options.part or item.part in options.part) and
            (not options.kind or item.kind.value in options.kind) and
            (not options.case or any(word in item.id for word in options.case)))


def _passes(item: Case, options: argparse.Namespace) -> bool:
    print(f"== {item.id}", flush=True)
    start = time.monotonic()
    try:
        run_case(item, options.binary, lambda text: print(f"   {text}", flush=True))
    except Exception as error:  # one broken case must not hide the others
        if not isinstance(error, AssertionError):
            traceback.print_exc()
        print(f"   FAILED after {time.monotonic() - start:.1f} s: {error}", flush=True)
        return False
    print(f"   passed in {time.monotonic() - start:.1f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
