# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""completions/ in the real bash, zsh and fish."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.cli.shells import COMPLETIONS, TAB, candidates, complete_line
from tests.e2e.program import BINARY

SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture
def folder(tmp_path):
    """Where the shell runs: with a file and a folder in it, and the program in PATH by both names."""
    place = tmp_path / "work"
    (place / "bin").mkdir(parents=True)
    for name in ("dmachine", "docker-machine"):
        (place / "bin" / name).symlink_to(BINARY)
    (place / "notes.txt").write_text("")
    (place / "nested").mkdir()
    return place


@pytest.fixture
def variables(machine, folder):
    machine.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:1", "web-2")
    return machine.variables(PATH=f"{folder / 'bin'}:{machine.variables()['PATH']}")


CASES = [
    ("dmachine in", {"inspect"}),
    ("docker-machine st", {"start", "stats", "status", "stop"}),
    ("dmachine --storage", {"--storage-path"}),
    ("dmachine rm ", {"m1", "web-2"}),
    ("dmachine rm -y m1 ", {"web-2"}),
    ("dmachine rm --f", {"--force"}),
    ("dmachine help pro", {"provision"}),
    ("dmachine create --driver g", {"generic", "google"}),
    ("dmachine create --driver=gen", {"--driver=generic"}),
    ("docker-machine create --driver google --google-zo", {"--google-zone"}),
    ("dmachine create -d google --google-maintenance-policy ", {"MIGRATE", "TERMINATE"}),
    ("dmachine env --shell f", {"fish"}),
    ("dmachine scp -q m", {"m1:"}),
    ("dmachine scp notes.txt m1", {"m1:"}),
    ("docker-machine scp n", {"nested", "notes.txt"}),
    ("dmachine ls --filter st", {"state="}),
    ("dmachine ls --filter state=Ru", {"state=Running"}),
    ("dmachine ls --filter name=w", {"name=web-2"}),
    ("dmachine create --driver generic --generic-ssh-key no", {"notes.txt"}),
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line for line, _ in CASES])
def test_what_is_offered(shell, line, expected, variables, folder):
    assert {one.rstrip("/") for one in candidates(shell, line, variables, folder)} == expected


@pytest.mark.parametrize("shell", SHELLS)
def test_the_variable_names_the_driver(shell, variables, folder):
    offered = candidates(shell, "dmachine create --generic-ssh-u", variables | {"MACHINE_DRIVER": "generic"}, folder)
    assert offered == {"--generic-ssh-user"}


@pytest.mark.parametrize("shell", SHELLS)
def test_names_of_another_store(shell, machine, variables, folder):
    machine.ok("-s", str(folder / "other store"), "create", "-d", "none", "--url", "u", "elsewhere")
    assert candidates(shell, f"dmachine -s '{folder}/other store' url ", variables, folder) == {"elsewhere"}


@pytest.mark.parametrize("shell", SHELLS)
def test_folders_for_the_store(shell, variables, folder):
    assert {one.rstrip("/") for one in candidates(shell, "dmachine -s ne", variables, folder)} == {"nested"}
    if shell == "fish":
        assert candidates(shell, "dmachine --storage-path=ne", variables, folder) == {"--storage-path=nested/"}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_what_goes_on_gets_no_blank(shell, variables, folder):
    assert complete_line(shell, "dmachine ls --filter dri", variables, folder, TAB) == "dmachine ls --filter driver="
    assert complete_line(shell, "dmachine insp", variables, folder, TAB) == "dmachine inspect "


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_program_that_cannot_run_offers_nothing(shell, variables, folder):
    (folder / "bin" / "dmachine").unlink()
    (folder / "bin" / "dmachine").symlink_to("/nonexistent")
    assert complete_line(shell, "dmachine in", variables, folder).strip() == "dmachine in"


def test_fish_shows_descriptions(variables, folder):
    script = f"source {COMPLETIONS}/dmachine.fish; complete -C 'dmachine insp'"
    done = subprocess.run(["fish", "--no-config", "-c", script], env=variables, text=True, stdout=subprocess.PIPE, check=True)
    assert done.stdout == "inspect\tPrint what the store knows about a machine, as JSON\n"
