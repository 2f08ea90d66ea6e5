# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Help, and the hints of what was meant (cli.md sections 1 to 3)."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios

import pytest

ORDER = ("active config create env inspect ip kill ls provision regenerate-certs restart rm ssh scp mount start status stop "
         "upgrade url version help").split()
OWN = {"doctor", "gc", "stats", "update-labels"}  # not of Docker Machine 0.16.2; anywhere among the others


def commands_of(help_text):
    listed = help_text.split("\nCommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^   ([a-z-]+) ", listed, re.M)


def test_every_command_is_listed_in_the_reference_order(program):
    listed = commands_of(program.ok("help"))
    assert [name for name in listed if name not in OWN] == ORDER
    assert {"create", "ls", "rm", "ssh", "url"} <= set(listed)


def test_every_command_has_help_of_the_same_form(program):
    for name in commands_of(program.ok()):
        text = program.ok("help", name)
        has_options = "\nOptions:\n" in text
        assert text.startswith(f"Usage: docker-machine {name} {'[OPTIONS] ' if has_options else ''}"), text
        assert program.ok(name, "--help") == program.ok(name, "-h") == text
        assert has_options == ("   --help, -h" in text)


def test_no_line_is_wider_than_80_columns_off_a_terminal(program):
    texts = [program.ok("help")] + [program.ok("help", name) for name in commands_of(program.ok())]
    texts += [program.ok("create", "-d", driver, "--help") for driver in ("google", "generic", "none")]
    for line in "\n".join(texts).splitlines():
        assert len(line) <= 80 or " " not in line.strip(), line


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_the_width_is_the_terminals(program, columns):
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = program.start("help", "env", stdout=terminal)
    os.close(terminal)
    text = b""
    try:
        while chunk := os.read(main, 65536):
            text += chunk
    except OSError:  # the terminal's other end is closed
        pass
    os.close(main)
    assert child.wait(60) == 0
    widest = max(len(line) for line in text.decode().splitlines()[3:])
    assert columns // 2 < widest <= columns


def test_create_help_without_a_driver_lists_the_drivers(program):
    text = program.ok("create", "--help")
    assert re.findall(r"^([A-Z][^\n]*):$", text, re.M) == ["Options", "Docker Engine", "Legacy swarm", "Drivers"]
    assert re.search(r"^   google +Google Compute Engine$", text, re.M)
    assert "--google-zone" not in text


def test_create_help_of_a_driver_is_grouped_and_complete(program):
    text = program.ok("create", "--driver", "google", "--help")
    assert re.findall(r"^([A-Z][^\n]*):$", text, re.M) == [
        "Options", "Docker Engine", "Legacy swarm", "Project and credentials", "Instance", "Container-Optimized OS",
        "Placement by the cloud", "Boot disk", "Network", "Waiting for the cloud"]
    flat = " ".join(text.split())
    assert "--google-zone VALUE Zone of the instance, or several to try in turn: ZONE,ZONE,… (default: us-central1-a) [$GOOGLE_ZONE]" \
        in flat
    assert "(secret: better given by its variable) [$GOOGLE_AUTH_ENCODED_JSON]" in flat
    assert "--google-open-port VALUE Open a port to the Internet: PORT[/PROTOCOL]; may be given several times" in flat
    assert program.ok("create", "--help", environment={"MACHINE_DRIVER": "google"}) == text


@pytest.mark.parametrize(("words", "code", "error"), [
    (["sotp"], 1, "dmachine: 'sotp' is not a dmachine command. See 'dmachine --help'. (did you mean stop?)\n"),
    (["help", "inspekt"], 1,
     "dmachine: 'inspekt' is not a dmachine command. See 'dmachine --help'. (did you mean inspect?)\n"),
    (["delete", "m"], 1, "dmachine: 'delete' is not a dmachine command. See 'dmachine --help'. (did you mean rm?)\n"),
    (["x"], 1, "dmachine: 'x' is not a dmachine command. See 'dmachine --help'.\n"),
    (["ls", "--fliter", "x"], 0, "flag provided but not defined: -fliter (did you mean --filter?)\n"),
    (["--storage-pth", "x", "ls"], 0, "flag provided but not defined: -storage-pth (did you mean --storage-path?)\n"),
    (["ls", "--storage-path", "x"], 0,
     "flag provided but not defined: -storage-path (--storage-path stands before the command)\n"),
    (["--quiet", "ls"], 0, "flag provided but not defined: -quiet (--quiet stands after the command)\n"),
    (["create", "-d", "google", "--zone", "z", "m"], 1,
     "flag provided but not defined: -zone (did you mean --google-zone?)\n"),
    (["create", "-d", "google", "--google-machine-tpye", "z", "m"], 1,
     "flag provided but not defined: -google-machine-tpye (did you mean --google-machine-type?)\n"),
    (["create", "-d", "generic", "--google-zone", "z", "m"], 1,
     "flag provided but not defined: -google-zone (--google-zone is an option of the driver google)\n"),
    (["provision", "--google-zone", "z"], 0,
     "flag provided but not defined: -google-zone (--google-zone is an option of create with the driver google)\n"),
])
def test_what_was_meant(program, words, code, error):
    result = program.run(*words)
    assert (result.code, result.err) == (code, error)


def test_a_misspelt_driver(program):
    error = program.run("create", "-d", "googel", "m").err
    assert error.startswith('Driver "googel" not found. Do you have the plugin binary "docker-machine-driver-googel" '
                            "accessible in your PATH? (did you mean google? built in are ")
    assert error.count("\n") == 1
    assert '(give --driver; built in are ' in program.run("create", "m").err


def test_a_hint_has_its_own_line_at_a_terminal(program):
    main, terminal = pty.openpty()
    child = program.start("sotp", stderr=terminal)
    os.close(terminal)
    assert child.wait(60) == 1
    text = os.read(main, 65536).decode().replace("\r", "")
    os.close(main)
    assert text == ("dmachine: 'sotp' is not a dmachine command. See 'dmachine --help'.\n"
                    "Hint: did you mean stop?\n")
