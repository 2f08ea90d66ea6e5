# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy that knows only CONNECT and leads every name it knows to one address: for clients that cannot be told
another endpoint, and for tests of HTTPS_PROXY and NO_PROXY."""

from __future__ import annotations

import base64
import socket
import socketserver
import threading


class ConnectProxy:
    """`targets`: "host:port" as clients ask for it -> where the connection goes; others are refused with 403.
    `credentials`: user and password that clients must send (Basic), None for none."""

    def __init__(self, targets: dict[str, tuple[str, int]], *, host: str = "127.0.0.1",
                 credentials: tuple[str, str] | None = None):
        self.targets, self.credentials = targets, credentials
        self.asked: list[str] = []
        self._server = _Listener((host, 0), self)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> ConnectProxy:
        return self

    def __exit__(self, *_) -> None:
        self.close()


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], proxy: ConnectProxy):
        self.proxy = proxy
        super().__init__(address, _Tunnel)


class _Tunnel(socketserver.StreamRequestHandler):
    timeout = 300
    server: _Listener

    def handle(self) -> None:
        method, target, _ = (self.rfile.readline(8192).decode("latin-1").split() + ["", "", ""])[:3]
        headers = {}
        while line := self.rfile.readline(8192).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        proxy = self.server.proxy
        proxy.asked.append(target)
        if proxy.credentials:
            wanted = "Basic " + base64.b64encode(":".join(proxy.credentials).encode()).decode()
            if headers.get("proxy-authorization") != wanted:
                return self._refuse("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=proxy")
        if method != "CONNECT":
            return self._refuse("405 Method Not Allowed")
        if target not in proxy.targets:
            return self._refuse("403 Forbidden")
        with socket.create_connection(proxy.targets[target], 10) as upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(upstream, self.request), daemon=True)
            back.start()
            _pump(self.request, upstream)
            back.join(self.timeout)

    def _refuse(self, status: str) -> None:
        self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
