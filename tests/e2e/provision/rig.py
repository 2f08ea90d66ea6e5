# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a manager has: keys, certificates, and the probe program that provisions one host."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path

from tests.lab import namespaces
from tests.lab.host import Host

PROBE = Path(os.environ.get("DMACHINE_BUILD") or namespaces.ROOT / "build/dev") / "tests/provision_probe"
DROP_IN = "/etc/systemd/system/docker.service.d/10-machine.conf"


@dataclass
class Done:
    code: int
    out: str
    error: str
    seconds: float
    report: dict = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Manager:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        self.users = {"ubuntu": [self.key.with_suffix(".pub").read_text()]}
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/O=probe", "-keyout", folder / "ca-key.pem", "-out", folder / "ca.pem")  # fmt: skip
        self.issue("client", "extendedKeyUsage=clientAuth")

    def issue(self, name: str, *extensions: str) -> None:
        """NAME.pem and NAME-key.pem under our CA."""
        request, key, settings = (self.folder / f"{name}{suffix}" for suffix in (".csr", "-key.pem", ".cnf"))
        settings.write_text("\n".join(extensions) + "\n")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=probe",
            "-keyout", key, "-out", request)  # fmt: skip
        run("openssl", "x509", "-req", "-in", request, "-CA", self.folder / "ca.pem", "-CAkey",
            self.folder / "ca-key.pem", "-CAcreateserial", "-days", "2", "-extfile", settings,
            "-out", self.folder / f"{name}.pem")  # fmt: skip

    def issue_server(self, host: Host, name: str = "server") -> None:
        self.issue(name, f"subjectAltName=IP:{host.ip},DNS:localhost")

    def request(self, host: Host, *, user: str = "ubuntu", server: str = "server", engine: dict | None = None, **more):
        """The probe's request file. `more`: its other keys."""
        file = self.folder / f"request-{host.name}-{time.monotonic_ns()}.json"
        report = file.with_suffix(".report")
        content = {
            "host": host.ip, "user": user, "key": str(self.key), "known_hosts": str(self.folder / f"{host.name}.known"),
            "name": host.name, "engine": {"TlsVerify": True, "InstallURL": "none", **(engine or {})},
            "ca": str(self.folder / "ca.pem"), "server": str(self.folder / f"{server}.pem"),
            "server_key": str(self.folder / f"{server}-key.pem"), "report": str(report), **more,
        }  # fmt: skip
        file.write_text(json.dumps(content))
        return file, report

    def start(self, host: Host, **request) -> tuple[subprocess.Popen, Path]:
        if not (self.folder / f"{request.get('server', 'server')}.pem").exists():
            self.issue_server(host)
        file, report = self.request(host, **request)
        process = subprocess.Popen([PROBE, file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return process, report

    def provision(self, host: Host, *, fine: bool = True, **request) -> Done:
        begin = time.monotonic()
        process, report = self.start(host, **request)
        out, error = process.communicate(timeout=300)
        done = Done(process.returncode, out, error, time.monotonic() - begin)
        if process.returncode == 0:
            done.report = json.loads(report.read_text())
        assert (process.returncode == 0) == fine, f"{process.returncode}\n{out}\n{error}\n{host.journal('docker')[-3000:]}"
        return done

    def engine(self, host: Host, path: str = "/_ping", port: int = 2376) -> str:
        """One GET with the client certificate; the server has to prove its address."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.load_cert_chain(self.folder / "client.pem", self.folder / "client-key.pem")
        connection = HTTPSConnection(host.ip, port, context=context, timeout=10)
        connection.request("GET", path)
        return connection.getresponse().read().decode()


def run(*command) -> None:
    subprocess.run(command, check=True, capture_output=True)


def engine_process(host: Host) -> tuple[str, list[str], dict[str, str]]:
    """When dockerd started (clock ticks since boot), its arguments, its environment."""
    pid = host.exec("systemctl show -P MainPID docker").stdout.strip()
    started = host.exec(f"cut -d' ' -f22 /proc/{pid}/stat").stdout.strip()
    words = host.exec(f"cat /proc/{pid}/cmdline").stdout.split("\0")[:-1]
    variables = host.exec(f"cat /proc/{pid}/environ").stdout.split("\0")[:-1]
    return f"{pid}@{started}", words, dict(variable.split("=", 1) for variable in variables)
