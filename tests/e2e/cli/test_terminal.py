# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What only a person at a terminal sees: colours, and a live line while something is waited for."""

from __future__ import annotations

import re
import signal
import socket

import pytest

from .terminal import Terminal

LIVE = re.compile(r"\r\x1b\[K(?:\x1b\[2m)?([^\x1b\r\n]+, \d+s of \d+s)(?:\x1b\[0m)?")
CLEAR = "\r\x1b[K"
NO_FRILLS = [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}]


@pytest.fixture
def silent_port():
    """Takes connections and never says a word, as an SSH server that is not up yet."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def create_words(port: int, name: str = "m1") -> list[str]:
    return ["create", "-d", "generic", "--generic-ip-address", "127.0.0.1", "--generic-ssh-port", str(port),
            "--engine-install-url", "none", name]


def test_ls_colours_states(machine):
    with Terminal(machine, "ls") as terminal:
        assert terminal.finish() == 0
    plain = machine.ok("ls")
    assert "\x1b[32mRunning\x1b[0m" in terminal.shown
    assert re.sub(r"\x1b\[\d+m", "", terminal.shown).replace("\r\n", "\n") == plain


def test_ls_marks_what_is_wrong(machine):
    (machine.store / "machines" / "m2").mkdir()
    (machine.store / "machines" / "m2" / "config.json").write_text("{")
    with Terminal(machine, "ls") as terminal:
        terminal.finish()
    assert "\x1b[31mError\x1b[0m" in terminal.shown


@pytest.mark.parametrize("environment", NO_FRILLS)
def test_ls_is_plain_when_asked(machine, environment):
    with Terminal(machine, "ls", environment=environment) as terminal:
        assert terminal.finish() == 0
    assert terminal.shown.replace("\r\n", "\n") == machine.ok("ls")


@pytest.mark.parametrize("words", [["ls", "-f", "{{.State}}"], ["ls", "--format", "json"], ["ls", "-q"],
                                   ["ls", "-f", "table {{.State}}"], ["inspect", "m1"], ["status", "m1"]])
def test_what_a_program_may_read_has_no_colour(machine, words):
    with Terminal(machine, *words) as terminal:
        assert terminal.finish() == 0
    assert "\x1b" not in terminal.shown


def test_create_shows_what_it_waits_for_and_leaves_no_trace(program, silent_port):
    with Terminal(program, *create_words(silent_port)) as terminal:
        terminal.read_until(lambda shown: [
            text for text in LIVE.findall(shown) if text.startswith("Waiting for SSH to be available, ")][1:])
        terminal.child.send_signal(signal.SIGINT)
        assert terminal.finish() == -signal.SIGINT
    # Whatever came after a live line began by clearing it.
    for match in LIVE.finditer(terminal.shown):
        assert terminal.shown[match.end():].startswith(CLEAR)
    lines = LIVE.sub("", terminal.shown).replace(CLEAR, "")
    assert "\x1b" not in lines
    assert "Waiting for SSH to be available...\r\n" in lines


def test_a_live_line_fits_a_narrow_window(program, silent_port):
    with Terminal(program, *create_words(silent_port), columns=24) as terminal:
        terminal.read_until(lambda shown: LIVE.search(shown) is not None)
        terminal.child.send_signal(signal.SIGINT)
        terminal.finish()
    assert all(len(match[1]) < 24 and "…" in match[1] for match in LIVE.finditer(terminal.shown))


@pytest.mark.parametrize("environment", NO_FRILLS[1:])
def test_a_terminal_that_cannot_redraw_gets_lines_only(program, silent_port, environment):
    with Terminal(program, *create_words(silent_port), environment=environment) as terminal:
        terminal.read_until(lambda shown: "Waiting for SSH" in shown)
        try:
            terminal.child.wait(3)  # time for what must not come
        except Exception:
            pass
        terminal.child.send_signal(signal.SIGINT)
        terminal.finish()
    assert "\x1b" not in terminal.shown


def test_without_colour_the_live_line_is_plain(program, silent_port):
    with Terminal(program, *create_words(silent_port), environment={"NO_COLOR": "1"}) as terminal:
        terminal.read_until(lambda shown: LIVE.search(shown) is not None)
        terminal.child.send_signal(signal.SIGINT)
        terminal.finish()
    assert "\x1b[2m" not in terminal.shown


def test_debug_lines_and_the_live_line_do_not_mix(program, silent_port):
    with Terminal(program, "--debug", *create_words(silent_port)) as terminal:
        terminal.read_until(lambda shown: LIVE.search(shown) is not None)
        terminal.child.send_signal(signal.SIGINT)
        terminal.finish()
    for match in LIVE.finditer(terminal.shown):
        assert terminal.shown[match.end():].startswith(CLEAR)


def test_a_prompt_stands_alone(machine):
    with Terminal(machine, "rm", "m1") as terminal:
        terminal.read_until(lambda shown: shown.endswith("(y/n): "))
        terminal.type("n\n")
        assert terminal.finish() == 0
    assert "\x1b" not in terminal.shown


def test_off_a_terminal_nothing_is_drawn(program, silent_port):
    child = program.start(*create_words(silent_port), stdout=-1, stderr=-1)
    out = child.stdout.readline()
    while out and "Waiting for SSH" not in out:
        out = child.stdout.readline()
    try:
        child.wait(3)  # time for what must not come
    except Exception:
        pass
    child.send_signal(signal.SIGINT)
    rest, errors = child.communicate(timeout=60)
    assert "\x1b" not in rest + errors and "\r" not in rest + errors
