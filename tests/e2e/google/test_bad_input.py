# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong is said, in one line, with the right exit code, and nothing is created or left behind."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from pathlib import Path

import pytest

CREATE = ["create", "--driver", "google", "--google-project=demo-project"]


def nothing_left(cloud, program):
    assert cloud.is_empty(), cloud.state()
    machines = program.store / "machines"
    assert not machines.exists() or os.listdir(machines) == []


@pytest.mark.parametrize(("words", "code", "text"), [
    (["create", "--driver", "google", "vm-1"], 1,
     "Error setting machine configuration from flags provided: no Google Cloud Project name specified (--google-project)"),
    ([*CREATE, "--google-nosuch=1", "vm-1"], 1, "flag provided but not defined: -google-nosuch"),
    ([*CREATE, "--google-disk-size=big", "vm-1"], 1, 'invalid value "big" for flag -google-disk-size: parse error'),
    ([*CREATE, "Vm-1"], 3, "Vm-1"),
    ([*CREATE, "a" * 59], 3, "58"),
    ([*CREATE, "--google-zone=nowhere", "vm-1"], 1, "nowhere"),
    ([*CREATE, "--google-address=1.2.3.4", "--google-use-internal-ip-only", "vm-1"], 1, "google-address"),
    ([*CREATE[:-1], "--google-project=no-such-project", "vm-1"], 3, "no-such-project"),
])
def test_wrong_options(paper_cloud, paper_program, words, code, text):
    result = paper_program.run(*words, environment={"GOOGLE_PROJECT": ""})
    assert result.code == code, result
    assert text in result.err
    assert result.err.count("\n") == 1
    nothing_left(paper_cloud, paper_program)
    assert [call for call in paper_cloud.calls() if call.method != "GET"] == []


@pytest.mark.parametrize(("content", "text"), [
    (None, "no such file or directory"),
    ("{", "JSON"),
    (json.dumps({"type": "foo"}), 'unknown credential type: \\"foo\\"'),
    (json.dumps({}), "missing 'type' field in credentials"),
])
def test_wrong_credentials_files(paper_cloud, paper_program, tmp_path, content, text):
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    result = paper_program.run(*CREATE, "vm-1", environment={"GOOGLE_APPLICATION_CREDENTIALS": str(path)})
    assert result.code == 3, result
    assert result.err.startswith('Error with pre-create check: "')
    assert "google: error getting credentials using GOOGLE_APPLICATION_CREDENTIALS environment variable" in result.err
    assert text in result.err
    nothing_left(paper_cloud, paper_program)


def test_a_key_of_the_wrong_type(paper_cloud, paper_program, tmp_path):
    key = json.loads(Path(paper_program.environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_text())
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "ed.pem"], check=True)
    key["private_key"] = (tmp_path / "ed.pem").read_text()
    (tmp_path / "key.json").write_text(json.dumps(key))
    result = paper_program.run(*CREATE, "vm-1", environment={"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "key.json")})
    assert result.code == 3
    assert "RSA" in result.err
    assert key["private_key"].splitlines()[1] not in result.err
    nothing_left(paper_cloud, paper_program)


def test_no_credentials_at_all(paper_cloud, paper_program):
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": "", "GCE_METADATA_HOST": ""}
    result = paper_program.run(*CREATE, "vm-1", environment=environment, timeout=30)
    assert result.code == 3
    assert "google: could not find default credentials" in result.err
    nothing_left(paper_cloud, paper_program)


@pytest.mark.parametrize(("fault", "code"), [
    (dict(method="GET", path=r".*/projects/demo-project$", reply=(404, "notFound")), 3),
    (dict(method="POST", path=r".*/instances$", reply=(403, "quotaExceeded")), 1),
    (dict(method="POST", path=r".*/instances$", reply=(400, "invalid")), 1),
    (dict(method="POST", path=r".*/firewalls$", reply=(403, "forbidden")), 1),
])
def test_a_refused_call(paper_cloud, paper_program, fault, code):
    paper_cloud.faults.answer(*fault["reply"], "planted refusal 4711", method=fault["method"], path=fault["path"])
    result = paper_program.run(*CREATE, "vm-1")
    assert result.code == code, result
    assert "planted refusal 4711" in result.err
    assert paper_program.run("rm", "-y", "vm-1").code == (0 if code == 1 else 1)
    nothing_left(paper_cloud, paper_program)


def test_a_truncated_config(paper_program):
    folder = paper_program.store / "machines" / "cut"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"ConfigVersion": 3, "Dri')
    result = paper_program.run("url", "cut")
    assert (result.code, result.err) == (1, "Error getting migrated host: unexpected end of JSON input\n")
    assert paper_program.run("rm", "-y", "cut").code == 1
    assert folder.exists()
    assert paper_program.run("rm", "-f", "cut").code == 0
    assert not folder.exists()


def test_a_store_without_write_permission(paper_cloud, paper_program):
    """As a user who owns nothing: root may write anywhere."""
    paper_program.store.mkdir()
    paper_program.store.chmod(0o555)
    for parent in list(paper_program.store.parents)[:3]:
        parent.chmod(0o755)
    child = paper_program.start(*CREATE, "vm-1", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                user=65534, group=65534, extra_groups=[])
    error = child.communicate(timeout=60)[1]
    assert child.returncode == 1
    assert "permission denied" in error
    assert error.count("\n") == 1
    assert os.listdir(paper_program.store) == []
    assert paper_cloud.is_empty()


def test_a_full_disk(paper_cloud, paper_program):
    """A tmpfs of one page: there is room for folders, not for files."""
    paper_program.store.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", paper_program.store], check=True)
    try:
        result = paper_program.run(*CREATE, "vm-1")
        assert result.code == 1
        assert "no space left on device" in result.err
        assert result.err.count("\n") == 1
        assert paper_cloud.is_empty()
        assert [call for call in paper_cloud.calls() if call.method != "GET"] == []
    finally:
        subprocess.run(["umount", paper_program.store], check=True)


def test_a_limit_on_file_size(paper_cloud, paper_program):
    """Writing stops in the middle of the first file: it must not be there afterwards."""
    child = paper_program.start(*CREATE, "vm-1", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
    error = child.communicate(timeout=60)[1]
    assert child.returncode == 1
    certs = paper_program.store / "certs"
    assert not certs.exists() or os.listdir(certs) == []
    assert paper_cloud.is_empty()
    assert "file too large" in error
