# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server on loopback that misbehaves on request, with a proxy before it.

    python3 -m tests.support.faulty_server FOLDER

writes FOLDER/ca.pem, prints one line `TLS PLAIN PROXY SILENT` with its ports, and serves until its stdin closes. The paths of TLS
and PLAIN: /echo (tells the request and the number of its connection), /status/N, /hang, /drop, /partial, /large, /redirect,
/requests (all seen so far). PROXY answers CONNECT to any name with a tunnel to TLS, to names that begin with `refused` with 403, and
keeps a list at /requests of PLAIN too. SILENT accepts connections and says nothing.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.clouds.common.pki import Authority

seen: list[str] = []
connections = iter(range(1, 1 << 30))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def setup(self):
        self.connection_number = next(connections)
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen.append(f"{self.command} {self.path}")
        path = self.path.split("://")[-1].split("/", 1)[-1]  # a proxy is asked for the whole URL
        action = path.split("/")[0].split("?")[0]
        if action == "echo":
            headers = {key.lower(): value for key, value in self.headers.items()}
            self.answer(200, json.dumps({"method": self.command, "path": self.path, "headers": headers,
                                         "body": body.decode("latin-1"), "connection": self.connection_number}))
        elif action == "requests":
            self.answer(200, json.dumps(seen))
        elif action == "status":
            self.answer(int(self.path.split("/")[2]), "told to", {"Retry-After": "3", "X-Two": " spaced "})
        elif action == "hang":
            time.sleep(20)
        elif action == "drop":
            self.close_connection = True
        elif action == "partial":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
            self.close_connection = True
        elif action == "large":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(40):
                self.wfile.write(b"x" * (1 << 20))
            self.close_connection = True
        elif action == "continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\nX-Early: yes\r\n\r\n")
            self.answer(200, "after")
        elif action == "redirect":
            self.answer(302, "", {"Location": "/echo"})

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def do_CONNECT(self):
        seen.append(f"CONNECT {self.path} {self.headers.get('Proxy-Authorization', '')}".strip())
        if self.path.startswith("refused"):
            self.answer(403, "not there")
            return
        upstream = socket.create_connection(("127.0.0.1", tls.server_port))
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=pump, args=(upstream, self.connection), daemon=True)
        back.start()
        pump(self.connection, upstream)
        back.join()
        upstream.close()
        self.close_connection = True

    def answer(self, status: int, text: str, headers: dict[str, str] | None = None):
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # clients that do not trust us break off; that is what the tests want to see


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(server: Server) -> Server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    global tls
    authority = Authority(Path(sys.argv[1]), "Test authority")
    certificate, key = authority.issue("server", ["localhost", "compute.test"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    tls = Server(("127.0.0.1", 0), Handler)
    # The handshake belongs to the connection's own thread: one client that stalls must not stop the others.
    tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
    plain, proxy = Server(("127.0.0.1", 0), Handler), Server(("127.0.0.1", 0), Handler)
    for server in (tls, plain, proxy):
        serve(server)
    silent = socket.create_server(("127.0.0.1", 0), backlog=8)
    print(tls.server_port, plain.server_port, proxy.server_port, silent.getsockname()[1], flush=True)
    sys.stdin.read()


main()
