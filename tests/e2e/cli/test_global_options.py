# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Options before the command, and their variables (cli.md section 3)."""

from __future__ import annotations

import json
import os

import pytest

NONE = ["create", "-d", "none", "--url", "tcp://h:1"]


@pytest.mark.parametrize("form", [["-s", "{}"], ["-s={}"], ["--storage-path", "{}"], ["--storage-path={}"], ["-storage-path", "{}"]])
def test_storage_path(program, tmp_path, form):
    program.ok(*[word.format(tmp_path / "other") for word in form], *NONE, "m")
    assert (tmp_path / "other/machines/m/config.json").exists()
    assert not program.store.exists()


def test_storage_path_from_variable_home_and_option(program, tmp_path):
    program.ok(*NONE, "by-variable")
    program.ok(*NONE, "by-home", environment={"MACHINE_STORAGE_PATH": ""})
    assert (program.store / "machines/by-variable").exists()
    assert (tmp_path / ".docker/machine/machines/by-home").exists()


def test_a_relative_storage_path_stays_relative(program, tmp_path):
    old = os.getcwd()
    os.chdir(tmp_path)
    try:
        program.ok("-s", "rel/./store", *NONE, "m")
    finally:
        os.chdir(old)
    config = json.loads((tmp_path / "rel/store/machines/m/config.json").read_text())
    assert config["Driver"]["StorePath"] == "rel/./store"
    auth = config["HostOptions"]["AuthOptions"]
    assert (auth["CertDir"], auth["StorePath"]) == ("rel/store/certs", "rel/store/machines/m")


TLS = {"ca-cert": "CaCertPath", "ca-key": "CaPrivateKeyPath", "client-cert": "ClientCertPath", "client-key": "ClientKeyPath"}


@pytest.mark.parametrize("how", ["option", "variable"])
def test_own_certificates_are_named_in_new_machines(program, tmp_path, how):
    folder = tmp_path / "own"
    folder.mkdir()
    files = {name: str(folder / f"{name}.pem") for name in TLS}
    if how == "option":
        program.ok(*[f"--tls-{name}={file}" for name, file in files.items()], *NONE, "m")
    else:
        program.ok(*NONE, "m", environment={"MACHINE_TLS_" + name.upper().replace("-", "_"): file for name, file in files.items()})
    auth = json.loads((program.store / "machines/m/config.json").read_text())["HostOptions"]["AuthOptions"]
    assert {name: auth[key] for name, key in TLS.items()} == files
    assert auth["CertDir"] == f"{program.store}/certs"
    assert sorted(os.listdir(folder)) == sorted(f"{name}.pem" for name in TLS)  # made there, being missing


def test_tokens_are_taken_and_not_used(machine):
    for words in (["--bugsnag-api-token", "x"], ["--bugsnag-api-token=no-report"], ["--github-api-token", "x"]):
        assert machine.ok(*words, "url", "m1") == "tcp://127.0.0.1:1\n"
    variables = {"MACHINE_BUGSNAG_API_TOKEN": "planted-secret", "MACHINE_GITHUB_API_TOKEN": "planted-secret"}
    result = machine.run("-D", "url", "m1", environment=variables)
    assert (result.code, result.out) == (0, "tcp://127.0.0.1:1\n")
    assert "planted-secret" not in result.err


@pytest.mark.parametrize("value", ["1", "true", "maybe", ""])
def test_native_ssh_is_an_option_and_a_variable(machine, value):
    assert machine.ok("--native-ssh", "url", "m1") == machine.ok("url", "m1", environment={"MACHINE_NATIVE_SSH": value})
    assert machine.ok("--native-ssh=false", "url", "m1") == "tcp://127.0.0.1:1\n"


def test_two_forms_of_one_option(program):
    result = program.run("-s", "x", "--storage-path", "y", "ls")
    assert (result.code, result.err) == (0, "Cannot use two forms of the same flag: s storage-path\n")
    assert result.out.startswith("Cannot use two forms of the same flag: s storage-path\n\nUsage: ")


@pytest.mark.parametrize(("words", "error"), [
    (["-s"], "flag needs an argument: -s\n"),
    (["--native-ssh=x", "ls"], 'invalid boolean value "x" for -native-ssh: parse error\n'),
    (["---x"], "bad flag syntax: ---x\n"),
    (["-=x"], "bad flag syntax: -=x\n"),
    (["ls", "-s", "x"], "flag provided but not defined: -s\n"),  # they stand before the command
])  # fmt: skip
def test_wrong_options_are_no_failure(program, words, error):
    result = program.run(*words)
    assert (result.code, result.err) == (0, error)
    assert result.out.startswith("Incorrect Usage.\n\nUsage: ")


@pytest.mark.parametrize("words", [["-D", "url", "m1"], ["--debug", "url", "m1"], ["-debug", "url", "m1"]])
def test_debug_lines_go_to_stderr(machine, words):
    result = machine.run(*words)
    assert (result.code, result.out) == (0, "tcp://127.0.0.1:1\n")
    assert result.err.startswith("Docker Machine Version:  ")


def test_an_empty_name_asks_for_the_programs_help(program):
    assert program.ok("help", "") == program.ok("help") == program.ok("h") == program.ok()
