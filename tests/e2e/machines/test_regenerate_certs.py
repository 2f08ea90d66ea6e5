# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""regenerate-certs on a real engine."""

from __future__ import annotations

import subprocess

from tests.e2e.provision.rig import engine_process
from tests.lab.host import wait_until
from tests.lab.images import Images
from tests.support.redate import redate

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


def date(fleet, kind: str, days_left: float) -> None:
    """Gives the CA, the client's or a machine's certificate other dates, on the hosts as well."""
    certs = fleet.program.store / "certs"
    if kind in ("CA", "client"):
        file = certs / {"CA": "ca.pem", "client": "cert.pem"}[kind]
        redate(file, certs / "ca-key.pem", days_left)
        for name in fleet.hosts:
            (fleet.program.store / "machines" / name / file.name).write_bytes(file.read_bytes())
        changed = {name: ("ca.pem", file.read_text()) for name in fleet.hosts} if kind == "CA" else {}
    else:
        file = fleet.program.store / "machines" / kind / "server.pem"
        redate(file, certs / "ca-key.pem", days_left)
        changed = {kind: ("server.pem", file.read_text())}
    for name, (path, text) in changed.items():
        fleet.hosts[name].disk.write(f"/etc/docker/{path}", text)
        fleet.hosts[name].exec("systemctl reset-failed docker; systemctl restart docker")


def answers(fleet, *names) -> list[tuple[int, str]]:
    return [(result.code, result.err) for result in (fleet.program.run("config", name) for name in names)]


FINE = (0, "")


def test_a_certificate_that_ended_is_renewed_by_the_command_that_was_told(fleet):
    program, certs = fleet.program, fleet.program.store / "certs"
    date(fleet, "a", -1)
    code, err = answers(fleet, "a")[0]
    assert code == 1 and "x509: certificate has expired or is not yet valid: " in err
    assert 'run "docker-machine regenerate-certs a")' in err and "--client-certs" not in err
    assert program.ok("regenerate-certs", "-f", "a").splitlines() == LINES
    assert answers(fleet, "a", "b") == [FINE, FINE]

    date(fleet, "client", -1)
    (code, err), other = answers(fleet, "a", "b")
    assert code == other[0] == 1 and "remote error: tls: expired certificate" in err
    assert 'run "docker-machine regenerate-certs --client-certs a")' in err
    result = program.run("regenerate-certs", "-f", "a")
    assert result.code == 0 and f"Client certificate {certs}/cert.pem has expired" in result.out
    assert answers(fleet, "a")[0][0] == 1
    ca = (certs / "ca.pem").read_text()
    result = program.run("regenerate-certs", "-f", "--client-certs", "a", "b")
    assert (result.code, result.err) == (0, ""), result
    assert result.out.count("Creating client certificate: ") == 1
    assert answers(fleet, "a", "b") == [FINE, FINE]
    assert (certs / "ca.pem").read_text() == ca
    for name in ("a", "b"):
        assert (program.store / "machines" / name / "cert.pem").read_text() == (certs / "cert.pem").read_text()


def test_a_ca_that_ended_is_renewed_by_provision_for_several_machines_with_their_containers(fleet):
    program, certs, host = fleet.program, fleet.program.store / "certs", fleet.hosts["b"]
    (host.disk.root / "root/image.tar").write_bytes(Images.current().image_tar.read_bytes())
    date(fleet, "CA", -1)
    host.exec("docker import /root/image.tar box && docker run -d --name keep box /bin/busybox sleep 3600")
    state = "docker inspect -f '{{.State.Pid}} {{.State.StartedAt}}' keep"
    before = host.exec(state).stdout
    for code, err in answers(fleet, "a", "b"):
        assert code == 1 and "x509: certificate has expired or is not yet valid: " in err
        assert 'run "docker-machine regenerate-certs --client-certs $(docker-machine ls -q)")' in err

    server = server_certificate(fleet)
    result = program.run("regenerate-certs", "-f", "a")
    assert result.code == 1 and f"CA certificate {certs}/ca.pem has expired" in result.err
    assert server_certificate(fleet) == server

    result = program.run("provision", "a", "b")
    assert (result.code, result.err) == (0, ""), result
    assert result.out.count("Creating CA: ") == result.out.count("Creating client certificate: ") == 1
    assert answers(fleet, "a", "b") == [FINE, FINE]
    assert host.exec(state).stdout == before
    host.exec("docker rm -f keep")
    assert "Creating" not in program.ok("provision", "a", "b")


def test_a_ca_that_ends_soon_is_renewed_on_request_and_no_machine_is_lost_by_it(fleet):
    program = fleet.program
    date(fleet, "CA", 20)
    assert [code for code, _ in answers(fleet, "a", "b")] == [0, 0]
    assert "Creating" not in program.ok("provision", "a")  # not what was asked for
    result = program.run("regenerate-certs", "-f", "--client-certs", "a")
    assert (result.code, result.err) == (0, ""), result
    assert "Machines that were made before trust the old CA alone: " in result.out
    assert answers(fleet, "a") == [FINE]
    code, err = answers(fleet, "b")[0]  # by the copies in its folder
    assert code == 0 and 'run "docker-machine regenerate-certs b"' in err and "--client-certs" not in err
    listed = program.run("ls")
    assert listed.code == 0 and "unknown authority" not in listed.out
    assert listed.err == 'the certificates of b end soon: run "docker-machine regenerate-certs b"\n'
    assert program.ok("regenerate-certs", "-f", "b").splitlines() == LINES
    assert answers(fleet, "a", "b") == [FINE, FINE]
