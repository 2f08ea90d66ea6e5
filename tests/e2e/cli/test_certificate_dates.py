# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates that have ended or will soon: config, env and ls say so, with the command that renews them."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.e2e.cli.tls_engine import TlsEngine, issue_server
from tests.e2e.program import Program
from tests.support.redate import redate


class Site:
    """A store with the machines m and n, both at one engine, and what the engine shows."""

    def __init__(self, program: Program, folder) -> None:
        self.program = program
        self.certs = program.store / "certs"
        self.machine = program.store / "machines/m"
        self.engine_folder = folder / "engine"
        program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:1", "first")
        program.ok("rm", "-y", "first")
        issue_server(self.engine_folder, self.certs)
        self.engine = TlsEngine(self.engine_folder)
        for name in ("m", "n"):
            program.ok("create", "-d", "none", "--url", self.engine.url, name)
        for name in ("ca.pem", "cert.pem", "key.pem"):
            shutil.copy(self.certs / name, self.machine / name)
        shutil.copy(self.engine_folder / "server.pem", self.machine / "server.pem")

    def date(self, kind: str, days_left: float) -> str:
        """Gives one kind of certificate other dates, wherever it lies."""
        name = {"CA": "ca.pem", "client": "cert.pem", "server": "server.pem"}[kind]
        source = self.certs / name if kind != "server" else self.machine / name
        day = redate(source, self.certs / "ca-key.pem", days_left)
        for folder in (self.machine, self.engine_folder):
            if (folder / name).exists():
                (folder / name).write_bytes(source.read_bytes())
        return day

    def path(self, kind: str):
        return {"CA": self.certs / "ca.pem", "client": self.certs / "cert.pem", "server": self.machine / "server.pem"}[kind]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    site = Site(Program(folder / "store", {"SHELL": "/bin/sh"}, "docker-machine"), folder)
    yield site
    site.engine.shutdown()
    site.engine.server_close()


@pytest.fixture
def site(made):
    """Its certificates are good for years when a test begins."""
    files = {path: path.read_bytes() for folder in (made.certs, made.machine, made.engine_folder) for path in folder.glob("*.pem")}
    yield made
    for path, content in files.items():
        path.write_bytes(content)


ALL = "docker-machine regenerate-certs --client-certs $(docker-machine ls -q)"
COMMANDS = {
    "CA": ALL,
    "client": "docker-machine regenerate-certs --client-certs m",
    "server": "docker-machine regenerate-certs m",
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_an_end_that_is_near_is_a_line_on_stderr_and_nothing_on_stdout(site, kind):
    before = {command: site.program.ok(command, "m") for command in ("config", "env")}
    table = site.program.ok("ls", "-f", "{{.Name}} {{.State}} {{.DockerVersion}} {{.Error}}")
    day = site.date(kind, 29)
    words = f"the {kind} certificate {site.path(kind)} ends on {day}: run \"{COMMANDS[kind]}\""
    for command, out in before.items():
        result = site.program.run(command, "m")
        assert (result.code, result.out, result.err) == (0, out, words + "\n")
    listed = site.program.run("ls", "-f", "{{.Name}} {{.State}} {{.DockerVersion}} {{.Error}}")
    assert (listed.code, listed.out) == (0, table)
    shared = words.replace("--client-certs m", "--client-certs $(docker-machine ls -q)")
    own = 'the certificates of m end soon: run "docker-machine regenerate-certs m"'
    assert listed.err == (own if kind == "server" else shared) + "\n"
    for command in (["url", "m"], ["inspect", "m"], ["ls", "-q"], ["status", "m"]):
        assert site.program.run(*command).err == ""

    site.date(kind, 31)
    for command, out in before.items():
        assert site.program.ok(command, "m") == out


@pytest.mark.parametrize("kind", COMMANDS)
def test_an_end_that_was_is_told_with_the_failure(site, kind):
    day = site.date(kind, -1)
    words = f"the {kind} certificate {site.path(kind)} ended on {day}: run \"{COMMANDS[kind]}\""
    cause = "remote error: tls: expired certificate" if kind == "client" else \
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time "
    for command, prefix in (("config", "Error running connection boilerplate: "), ("env", "Error checking TLS connection: ")):
        result = site.program.run(command, "m")
        assert (result.code, result.out) == (1, ""), result
        lines = result.err.splitlines()
        assert lines[0].startswith(f"{prefix}Error checking and/or regenerating the certs: There was an error validating "
                                   f'certificates for host "{site.engine.url[6:]}": {cause}')  # fmt: skip
        assert lines[1:] == [
            "You can attempt to regenerate them using 'docker-machine regenerate-certs [name]'.",
            "Be advised that this will trigger a Docker daemon restart which might stop running containers.",
            f"({words})",
        ]
    rows = {row["name"]: row for row in json.loads(site.program.run("ls", "-f", "json").out)}
    assert rows["m"]["error"].startswith("Unable to query docker version: Get ")
    assert rows["m"]["error"].endswith(f" ({words})")
    assert (words.replace("certs m", "certs n") in rows["n"]["error"]) == (kind != "server")


def test_the_command_names_a_store_that_is_not_the_usual_one(site):
    site.date("CA", 5)
    result = site.program.run("-s", str(site.program.store), "config", "m", environment={"MACHINE_STORAGE_PATH": ""})
    own = f"docker-machine -s {site.program.store}"
    assert result.err.endswith(f'run "{own} regenerate-certs --client-certs $({own} ls -q)"\n')


def test_one_sentence_for_all_that_end(site):
    days = {kind: site.date(kind, left) for kind, left in (("server", 20), ("client", 10))}
    assert site.program.run("config", "m").err == (
        f"the client certificate {site.path('client')} ends on {days['client']}, "
        f"the server certificate {site.path('server')} ends on {days['server']}: "
        'run "docker-machine regenerate-certs --client-certs m"\n')  # fmt: skip


def test_a_copy_of_a_client_certificate_that_was_renewed_since(site):
    (site.machine / "cert.pem").write_bytes((site.certs / "cert.pem").read_bytes())
    day = redate(site.machine / "cert.pem", site.certs / "ca-key.pem", 3)
    words = f"the machine's copy {site.machine}/cert.pem ends on {day}: run \"docker-machine regenerate-certs m\"\n"
    assert site.program.run("config", "m").err == words
    assert site.program.run("config", "n").err == ""


def test_a_user_s_own_ca_is_the_user_s_to_renew(tmp_path):
    program = Program(tmp_path / "store", name="docker-machine")
    own = tmp_path / "own"
    own.mkdir()
    options = [f"--tls-{name}={own / file}" for name, file in
               {"ca-cert": "ca.pem", "ca-key": "ca-key.pem", "client-cert": "cert.pem", "client-key": "key.pem"}.items()]  # fmt: skip
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "20", "-subj", "/CN=Example/O=Example",
                    "-keyout", own / "ca-key.pem", "-out", own / "ca.pem"], check=True, capture_output=True)  # fmt: skip
    issue_server(tmp_path / "engine", own)
    engine = TlsEngine(tmp_path / "engine")
    try:
        program.ok(*options, "create", "-d", "none", "--url", engine.url, "m")
        assert f': put a new one and its key there, then run "{ALL}"\n' in program.run("config", "m").err
    finally:
        engine.shutdown()
        engine.server_close()


def test_a_machine_of_the_old_ca_is_reached_by_its_own_copies(site):
    """Another machine's regenerate-certs --client-certs has made the CA anew."""
    before = site.program.ok("config", "m")
    for name in ("ca.pem", "ca-key.pem", "cert.pem", "key.pem"):
        (site.certs / name).unlink()
    site.program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:1", "other")
    site.program.ok("rm", "-y", "other")
    assert site.program.ok("config", "m") == before
    rows = {row["name"]: row for row in json.loads(site.program.ok("ls", "-f", "json"))}
    assert (rows["m"]["docker_version"], rows["m"]["error"]) == ("28.0.1", None)
    assert "certificate signed by unknown authority" in rows["n"]["error"]
    failed = site.program.run("config", "n")
    assert failed.code == 1 and "certificate signed by unknown authority" in failed.err
