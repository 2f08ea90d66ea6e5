# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""doctor and create --plan: what they find in the store and in a runner's config.toml, and that they make nothing."""

from __future__ import annotations

import json
import os

import pytest

NONE = ["-d", "none", "--url", "tcp://h:1"]

CONFIG = """
concurrent = 10
[[runners]]
  name = "good"
  token = "glrt-wm4hpngeeXYZ"
  executor = "docker+machine"
  limit = 10
  [runners.machine]
    IdleCount = 2
    MachineDriver = "none"
    MachineName = "ci-%s"
    MachineOptions = ["url=tcp://h:1", "engine-registry-mirror=https://mirror.example"]
    MachineOptionsWithName = ["engine-label=machine=%s"]
[[runners]]
  name = "shell"
  executor = "shell"
"""


def findings(program, *words, code=0):
    result = program.run("doctor", "--json", *words)
    assert result.code == code, result
    return json.loads(result.out)


def said(program, *words, code=0):
    """LEVEL SUBJECT: TEXT of all that is not good, and what to do about it."""
    return [(f"{one['level']} {one['subject']}: {one['text']}", one["remedy"])
            for one in findings(program, *words, code=code) if one["level"] != "ok"]


def test_a_new_store_is_fine(program):
    text = program.ok("doctor")
    assert text.splitlines()[0] == f"store {program.store}"
    assert text.endswith("0 problems, 0 warnings\n")
    assert not program.store.exists()


def test_a_used_store_is_looked_through(program):
    program.ok("create", *NONE, "m1")
    program.ok("create", *NONE, "m2")
    config = program.store / "machines/m2/config.json"
    config.write_text(config.read_text()[:40])
    os.chmod(program.store / "certs/ca-key.pem", 0o644)
    (program.store / "machines/.m3.tombstone-1").mkdir()
    found = said(program)
    assert [text.split(":")[0] for text, _ in found] == ["warning key", "warning machine m2", "warning tombstones"]
    assert found[0][1] == f"chmod 600 {program.store}/certs/ca-key.pem"
    assert "gc" in found[2][1]


def test_a_folder_that_is_none(program):
    program.store.write_text("a file")
    found = said(program, code=1)
    assert found[0][0] == f"problem folder: {program.store} is no folder"


def test_an_end_of_certificates_is_told(program):
    program.ok("create", *NONE, "m1")
    certs = program.store / "certs"
    (certs / "ca.pem").write_text("no certificate")
    (certs / "cert.pem").unlink()
    found = said(program, code=1)
    assert [text.split(":")[0] for text, _ in found] == ["problem CA", "warning client certificate"]
    assert "regenerate-certs --client-certs" in found[0][1]


def test_a_plan_makes_nothing(program):
    text = program.ok("create", "--plan", *NONE, "m1")
    assert "pre-create check: passes" in text
    assert not program.store.exists()
    for words in (["create", "--plan"], ["doctor"]):
        engine = program.run(*words, *NONE, "--engine-env", "no assignment", "m1")
        assert engine.code == (3 if "--plan" in words else 1)
        assert "problem  engine options: " in engine.out and "no assignment" in engine.out
    missing = program.run("create", "--plan", "-d", "generic", "--generic-ip-address", "127.0.0.1",
                          "--generic-ssh-key", "/nowhere/key", "m1")
    assert missing.code == 3
    assert "/nowhere/key" in missing.out
    assert not program.store.exists()


def test_a_driver_s_options_are_read_as_create_reads_them(program):
    (found,) = said(program, "-d", "none", code=1)
    assert found[0].startswith("problem options: ")
    result = program.run("doctor", "-d", "google", "--google-projet", "p")
    assert result.code == 1
    assert "did you mean --google-project?" in result.err


def test_owner_tags_can_be_left_out(program):
    program.ok("create", *NONE, "--no-owner-tags", "m1")
    assert not (program.store / "dmachine/store-id").exists()
    program.ok("create", *NONE, "m2")
    assert len((program.store / "dmachine/store-id").read_text().strip()) == 16


def test_a_runner_s_sections(program, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    found = findings(program, "--runner", str(file))
    about = {one["about"] for one in found}
    assert about == {f"store {program.store}", "runner good"}
    assert {"about": "runner good", "level": "ok", "subject": "MachineName",
            "text": "machines are called runner-wm4hpngee-ci-1700000000-0123abcd", "remedy": None} in found
    assert not program.store.exists()


# What is put into CONFIG in the place of what; then level and subject of the only finding that is not good.
MISTAKES = {
    "no driver": ('MachineDriver = "none"', "", "problem MachineDriver"),
    "unknown driver": ('MachineDriver = "none"', 'MachineDriver = "gogle"', "problem MachineDriver"),
    "no %s": ('"ci-%s"', '"ci"', "problem MachineName"),
    "two %s": ('"ci-%s"', '"ci-%s-%s"', "problem MachineName"),
    "long name": ('"ci-%s"', '"auto-scale-runner-for-everything-%s"', "problem MachineName"),
    "dashes": ('"url=', '"engine-opt=a", "--engine-label=a=b", "url=', "problem option --engine-label"),
    "blank": ('"url=', '"engine-label a=b", "url=', "problem option engine-label a"),
    "empty": ('"url=', '"", "url=', 'problem option ""'),
    "misspelt": ('"url=', '"engine-labl=a=b", "url=', "problem option engine-labl"),
    "other driver": ('"url=', '"google-zone=z", "url=', "problem option google-zone"),
    "no boolean": ('"url=', '"swarm-master=maybe", "url=', "problem option swarm-master"),
    "quotes": ('"url=', '"engine-label=\\"a=b\\"", "url=', "warning option engine-label"),
    "without name": ("machine=%s", "machine=x", "warning option engine-label"),
    "number as text": ("IdleCount = 2", 'IdleCount = "2"', "problem config"),
    "whole factor": ("IdleCount = 2", "IdleScaleFactor = 1", "problem config"),
    "unread key": ("IdleCount = 2", "MachineOption = []", "warning config"),
    "old key": ("IdleCount = 2", "OffPeakIdleCount = 1", "warning config"),
    "limit": ("IdleCount = 2", "IdleCount = 12", "warning IdleCount"),
    "growth": ("limit = 10\n  [runners.machine]\n    IdleCount = 2", "[runners.machine]\nIdleCount = 25",
               "warning MaxGrowthRate"),
    "engine": ("engine-registry-mirror=https://mirror.example", "engine-env=NOEQUALS", "problem engine options"),
    "old executor": ('"docker+machine"', '"docker-ssh+machine"', "problem executor"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_config_toml_is_named(program, tmp_path, mistake):
    before, after, expected = MISTAKES[mistake]
    assert before in CONFIG
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.replace(before, after, 1))
    found = said(program, "--runner", str(file), code=1 if expected.startswith("problem") else 0)
    assert any(text.startswith(expected + ":") for text, _ in found), found
    assert not program.store.exists()


def test_a_secret_is_not_repeated(program, tmp_path):
    file = tmp_path / "config.toml"
    options = '["amazonec2-secret-key=hush-hush", "amazonec2-access-key=hush-id", "amazonec2-root-size=hush"]'
    file.write_text(CONFIG.replace('"none"', '"amazonec2"').replace(
        '["url=tcp://h:1", "engine-registry-mirror=https://mirror.example"]', options))
    result = program.run("doctor", "--runner", str(file), environment={"https_proxy": "http://127.0.0.1:1"})
    assert result.code == 1
    assert "hush-hush" not in result.out + result.err
    assert "AWS_SECRET_ACCESS_KEY" in result.out


@pytest.mark.parametrize("text", ["", "[[runners]]\nexecutor = 'shell'\n", "runners = 3", "a = ["])
def test_a_file_without_machines(program, tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_text(text)
    result = program.run("doctor", "--runner", str(file))
    assert result.code == 1
    assert str(file) in result.err
