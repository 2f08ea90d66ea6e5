# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""regenerate-certs on a real engine."""

from __future__ import annotations

import subprocess

from tests.e2e.provision.rig import engine_process
from tests.lab.host import wait_until
from tests.lab.images import Images

LINES = [
    "Regenerating TLS certificates",
    "Waiting for SSH to be available...",
    "Detecting the provisioner...",
    "Installing Docker...",
    "Copying certs to the local machine directory...",
    "Copying certs to the remote machine...",
    "Setting Docker configuration on the remote daemon...",
]


def server_certificate(fleet) -> str:
    return fleet.hosts["a"].exec("cat /etc/docker/server.pem").stdout


def test_the_engine_gets_a_new_certificate(fleet):
    before = server_certificate(fleet)
    result = fleet.program.run("regenerate-certs", "a", stdin="y\n")
    question = "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): "
    assert (result.code, result.err) == (0, "")
    assert result.out == question + "\n".join(LINES) + "\n"
    assert server_certificate(fleet) != before
    assert server_certificate(fleet) == (fleet.program.store / "machines/a/server.pem").read_text()
    assert fleet.program.run("config", "a").code == 0

    before = server_certificate(fleet)
    assert fleet.program.run("regenerate-certs", "-f", "a").lines() == LINES
    assert server_certificate(fleet) != before


def test_client_certs_makes_what_is_missing(fleet):
    certs = fleet.program.store / "certs"
    for name in ("ca.pem", "ca-key.pem", "cert.pem", "key.pem"):
        (certs / name).rename(certs / f"old-{name}")
    try:
        assert fleet.program.run("config", "a").code == 1
        result = fleet.program.run("regenerate-certs", "--force", "--client-certs", "a")
        assert (result.code, result.err) == (0, "")
        assert result.lines() == [LINES[0], "Regenerating local certificates", f"Creating CA: {certs}/ca.pem",
                                  f"Creating client certificate: {certs}/cert.pem", *LINES[1:]]  # fmt: skip
        assert fleet.program.run("config", "a").code == 0
        for name in ("ca.pem", "cert.pem", "key.pem"):
            assert (fleet.program.store / "machines/a" / name).read_text() == (certs / name).read_text()
        kept = (certs / "cert.pem").read_text()
        assert "Creating" not in fleet.program.run("regenerate-certs", "-f", "--client-certs", "a").out
        assert (certs / "cert.pem").read_text() == kept
    finally:
        for name in ("ca.pem", "ca-key.pem", "cert.pem", "key.pem"):
            (certs / f"old-{name}").rename(certs / name)
    assert fleet.program.run("regenerate-certs", "-f", "a").code == 0
    subprocess.run(["openssl", "verify", "-CAfile", certs / "ca.pem", fleet.program.store / "machines/a/server.pem"],
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    assert fleet.program.run("config", "a").code == 0


def test_one_name_that_does_not_load_stops_all(fleet):
    before = server_certificate(fleet)
    result = fleet.program.run("regenerate-certs", "-f", "a", "x")
    assert result.code == 1
    assert result.lines() == ["Regenerating TLS certificates"]
    assert 'Docker machine "x" does not exist.' in result.err
    assert server_certificate(fleet) == before


def test_running_containers_are_kept(fleet):
    host = fleet.hosts["a"]
    host.disk.write("/root/image.tar", "")
    (host.disk.root / "root/image.tar").write_bytes(Images.current().image_tar.read_bytes())
    host.exec("docker import /root/image.tar box && docker run -d --name keep box /bin/busybox sleep 3600")
    state = "docker inspect -f '{{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}' keep"
    before = host.exec(state).stdout
    started = engine_process(host)[0]
    for own in ("", '{"debug": false}\n'):
        if own:
            host.disk.write("/etc/docker/daemon.json", own, 0o600)
        result = fleet.program.run("regenerate-certs", "-f", "a")
        assert (result.code, result.err) == (0, "")
        assert engine_process(host)[0] != started
        assert host.exec(state).stdout == before
        assert host.exec("cat /etc/docker/daemon.json; ls /etc/docker", check=False).stdout == own + "\n".join(
            ["ca.pem", *["daemon.json"] * bool(own), "server-key.pem", "server.pem", ""])  # fmt: skip
        wait_until(lambda: host.exec("docker info -f '{{.LiveRestoreEnabled}}'").stdout == "false\n", 20, "the engine's own way")
    host.exec("docker rm -f keep; rm /etc/docker/daemon.json; systemctl reload docker")
