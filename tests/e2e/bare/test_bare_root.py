# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""As in gitlab-runner's image on ubi9-micro, and barer: no ssh, no /etc/passwd, no HOME, no /proc, no /dev, a read-only root."""

from __future__ import annotations

import json
import re

from tests.e2e.bare.bare_root import BUNDLE, BareProgram


def test_version_needs_nothing(root):
    result = BareProgram(root.path / "nowhere", {}, "docker-machine", root).run("--version")
    assert (result.code, result.err) == (0, ""), result
    assert re.fullmatch(r"docker-machine version \S+, build \S+\n", result.out)
    assert not list((root.path / "store").iterdir())


def machine_works(program, root, name):
    assert program.run("config", name).out.startswith("--tlsverify\n")
    assert json.loads(program.ok("inspect", name))["Name"] == name
    assert program.ok("status", name) == "Running\n"
    assert program.ok("ssh", name, "echo $((6 * 7))") == "42\n"
    assert program.run("ssh", name, "exit 7").code == 1
    sent = root.put(b"there and back\n", "sent")
    program.ok("scp", sent, f"{name}:/tmp/{name}")
    program.ok("scp", f"{name}:/tmp/{name}", "/store/back")
    assert (root.path / "store/back").read_bytes() == b"there and back\n"


def test_a_machine_of_google_and_one_of_generic(cloud, program, root):
    made = program.run("create", "--driver", "google", "--google-zone", "europe-north1-a", "vm")
    assert (made.code, made.err) == (0, ""), made
    machine_works(program, root, "vm")

    ip = program.ok("ip", "vm").strip()
    user = json.loads(program.ok("inspect", "vm"))["Driver"]["SSHUser"]
    made = program.run("create", "--driver", "generic", "--generic-ip-address", ip, "--generic-ssh-user", user,
                       "--generic-ssh-key", "/store/machine/machines/vm/id_rsa", "host")  # fmt: skip
    assert (made.code, made.err) == (0, ""), made
    machine_works(program, root, "host")
    assert set(program.ok("ls", "-q").split()) == {"host", "vm"}

    assert program.ok("rm", "-y", "host").endswith("Successfully removed host\n")
    assert program.ok("rm", "-y", "vm").endswith("Successfully removed vm\n")
    assert cloud.is_empty(), cloud.state()


def test_without_a_bundle_the_error_says_where_one_was_looked_for(cloud, program, root):
    root.hide_bundle()
    words = ("create", "--driver", "google", "--google-project", "no-such-project", "vm")
    untrusted = program.run(*words)
    assert untrusted.code == 3, untrusted
    assert f"this system has no certificate authorities in /{BUNDLE}, " in untrusted.err
    assert not cloud.calls(None)

    program.environment["SSL_CERT_FILE"] = root.put(cloud.ca_file.read_bytes(), "company.pem")
    trusted = program.run(*words)
    assert (trusted.code, "certificate" in trusted.err) == (3, False), trusted
    assert cloud.calls(None)
