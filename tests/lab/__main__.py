# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Real Docker hosts on this machine.

probe                       say what is missing to run hosts here; exit 0 if nothing is
build                       make the root file systems now rather than at first use
exec [--metadata-names] -- CMD…   run a command in a world of its own; with the option,
                            metadata.google.internal is 169.254.169.254 there
selftest                    boot hosts and take them down, with times
"""

from __future__ import annotations

import argparse
import sys


def main() -> int:
    words, command = split(sys.argv[1:])
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.lab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    # The last two are how the package starts itself in new namespaces.
    verbs = {"probe": probe, "build": build, "exec": execute, "selftest": selftest,
             "first-process": first_process, "build-images": build_images}  # fmt: skip
    parser.add_argument("verb", choices=verbs, metavar="verb")
    parser.add_argument("--metadata-names", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if bool(command) != (arguments.verb in ("exec", "first-process")):
        parser.error("exec, and nothing else, takes a command after --")
    return verbs[arguments.verb](command, arguments.metadata_names)


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """Our own arguments and, untouched, what comes after the first `--`."""
    if "--" not in words:
        return words, []
    place = words.index("--")
    return words[:place], words[place + 1 :]


# Each imports what it needs by itself: `probe` must be able to speak where the rest cannot even load.


def probe(_command: list[str], _metadata_names: bool) -> int:
    from tests.lab import probe

    missing = probe.missing()
    print("\n".join(missing) if missing else "nothing is missing: real hosts can run here")
    return 1 if missing else 0


def build(_command: list[str], _metadata_names: bool) -> int:
    from tests.lab import images
    from tests.lab import probe

    probe.require()
    built = images.ensure()
    print(built.top, built.figures)
    return 0


def build_images(_command: list[str], _metadata_names: bool) -> int:
    from tests.lab import images

    images.build()
    return 0


def execute(command: list[str], metadata_names: bool) -> int:
    from tests.lab import lab

    return lab.run(command, metadata_names)


def first_process(command: list[str], metadata_names: bool) -> int:
    from tests.lab import world

    return world.first_process(command, metadata_names)


def selftest(_command: list[str], _metadata_names: bool) -> int:
    from tests.lab import selftest

    return selftest.main([])


if __name__ == "__main__":
    sys.exit(main())
