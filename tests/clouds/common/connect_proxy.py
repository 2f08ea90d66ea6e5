# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy that knows only CONNECT, and brings well-known names to a simulated cloud on loopback.

It is how a program reaches the simulation that cannot be told another endpoint. TLS runs end to end: the cloud's
certificate must be good for the names. Nothing but loopback is ever connected to.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
import threading


class ConnectProxy:
    """`names`: host name -> loopback port of the server that stands for it. Loopback addresses are reached as they
    are; everything else is refused. `connections` lists every target asked for, as HOST:PORT. `credentials`: user and
    password that a client must give (Basic). A context manager."""

    def __init__(self, names: dict[str, int], credentials: tuple[str, str] | None = None):
        self._names = names
        self._wanted = base64.b64encode(":".join(credentials).encode()).decode() if credentials else None
        self.connections: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def environment(self) -> dict[str, str]:
        """Both spellings, because programs differ in which one they read."""
        return {"HTTPS_PROXY": self.url, "https_proxy": self.url}

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def __enter__(self) -> ConnectProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        with client:
            try:
                target, headers, rest = _read_request(client)
                self.connections.append(target)
                if self._wanted and headers.get("proxy-authorization") != f"Basic {self._wanted}":
                    client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                                   b"Proxy-Authenticate: Basic realm=proxy\r\nContent-Length: 0\r\n\r\n")
                    return
                address = self._address_of(target)
                if not address:
                    client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    return
                with socket.create_connection(address, timeout=30) as server:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    server.sendall(rest)
                    for end in (client, server):
                        end.settimeout(None)
                        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                    back.start()
                    _pump(client, server)
                    back.join()
            except (OSError, ValueError):
                pass  # clients that vanish are a normal part of the tests

    def _address_of(self, target: str) -> tuple[str, int] | None:
        host, _, port = target.rpartition(":")
        if host in self._names:
            return "127.0.0.1", self._names[host]
        try:
            return (host, int(port)) if ipaddress.ip_address(host).is_loopback else None
        except ValueError:
            return None


def _read_request(client: socket.socket) -> tuple[str, dict[str, str], bytes]:
    client.settimeout(30)
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(4096)
        if not piece or len(data) > 65536:
            raise ValueError("no request")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if method != "CONNECT":
        raise ValueError(f"no tunnel asked for: {method}")
    return target, headers, rest


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
