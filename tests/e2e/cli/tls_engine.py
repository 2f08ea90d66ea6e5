# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What config, env and ls ask of an engine, over mutual TLS on loopback."""

from __future__ import annotations

import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802  (the base class's name)
        body = b'{"Version": "28.0.1"}' if self.path.endswith("/version") else b"OK"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words) -> None:
        pass


class TlsEngine(ThreadingHTTPServer):
    """Shows server.pem with server-key.pem of `folder` and wants a client certificate of ca.pem in it, as they are when a
    connection begins."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.folder = folder
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.server_port}"

    def finish_request(self, request, address) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server-key.pem")
        try:
            with context.wrap_socket(request, server_side=True) as connection:
                super().finish_request(connection, address)
        except OSError:  # refused by either side
            pass

    def handle_error(self, request, address) -> None:
        pass


def issue_server(folder: Path, authority: Path) -> None:
    """server.pem, server-key.pem and ca.pem in `folder`, by the CA in `authority`, for 127.0.0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "server.cnf"
    settings.write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    request = folder / "server.csr"
    for command in (
        ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=tester.m", "-keyout", folder / "server-key.pem", "-out", request],
        ["x509", "-req", "-in", request, "-CA", authority / "ca.pem", "-CAkey", authority / "ca-key.pem", "-CAcreateserial",
         "-days", "800", "-extfile", settings, "-out", folder / "server.pem"],
    ):  # fmt: skip
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    (folder / "ca.pem").write_bytes((authority / "ca.pem").read_bytes())
