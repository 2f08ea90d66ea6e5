# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.lab probe | build | exec -- CMD… | selftest"""

from __future__ import annotations

import argparse
import subprocess
import sys


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab", description="Real Docker hosts on this machine.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("probe", help="say what is missing to run hosts here; exit 0 if nothing is")
    verbs.add_parser("build", help="make the root file systems now rather than at first use")
    for verb, text in (("exec", "run a command in a world of its own"), ("first-process", argparse.SUPPRESS)):
        sub = verbs.add_parser(verb, help=text)
        sub.add_argument("--metadata-names", action="store_true", help="metadata.google.internal is 169.254.169.254")
        sub.add_argument("command", nargs="+")
    verbs.add_parser("selftest", help="boot hosts and take them down, with times")
    arguments = parser.parse_args()

    # Imported late: `probe` must be able to speak on a machine where the rest cannot even load.
    if arguments.verb == "probe":
        from tests.lab import probe

        missing = probe.missing()
        print("\n".join(missing) if missing else "nothing is missing: real hosts can run here")
        return 1 if missing else 0
    if arguments.verb == "build":
        from tests.lab import images

        built = images.ensure()
        print(built.top, built.figures)
        return 0
    if arguments.verb == "exec":
        from tests.lab import lab

        return lab.run(arguments.command, arguments.metadata_names)
    if arguments.verb == "first-process":
        from tests.lab import world

        return world.first_process(arguments.command, arguments.metadata_names)
    return subprocess.call([sys.executable, "-m", "tests.lab.selftest"])


if __name__ == "__main__":
    sys.exit(main())
