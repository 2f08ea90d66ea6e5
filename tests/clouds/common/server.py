# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The HTTP and HTTPS server under every simulated cloud: threads, keep-alive, call log, faults."""

from __future__ import annotations

import http.server
import socket
import ssl
import struct
import threading
import urllib.parse
from collections.abc import Callable

from .call_log import Call, CallLog
from .faults import Dropped, Fault, FaultPlan
from .http import Request, Response, html_response

# A client that went quiet in the middle of a request; between requests a connection may rest longer.
_READ_TIMEOUT = 300
_BODY_LIMIT = 64 << 20

Application = Callable[[Request], Response]


class Server:
    """Serves `application` on (host, port), port 0 for a free one, from a thread of its own. `service_of(path)`
    names the part of the cloud that a path belongs to. `faults` None: this server takes no faults."""

    def __init__(self, address: tuple[str, int], application: Application, service_of: Callable[[str], str],
                 log: CallLog | None, faults: FaultPlan | None, tls: ssl.SSLContext | None = None):
        self.application, self.service_of, self.log, self.faults, self.tls = application, service_of, log, faults, tls
        self._listener = _Listener(address, self)
        self.host, self.port = self._listener.server_address[:2]
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True,
                                        name=f"listener {self.port}")
        self._thread.start()

    def wait_until_idle(self, timeout: float = 60) -> None:
        """Until all clients are gone and what they had asked for is done. TimeoutError if some stay."""
        if not self._listener.wait_until_idle(timeout):
            raise TimeoutError(f"connections were still open after {timeout:g} s")

    def close(self) -> None:
        """Stops listening and cuts every open connection."""
        self._listener.shutdown()
        self._listener.server_close()
        self._listener.cut_all()
        self._thread.join(10)


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024  # a hundred creates at once knock together

    def __init__(self, address: tuple[str, int], owner: Server):
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._served, self._idle = 0, threading.Condition()  # connections, from their first byte on
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        # Not HTTPServer's: it looks its own name up in the DNS.
        super(http.server.HTTPServer, self).server_bind()
        self.server_name, self.server_port = self.server_address[:2]

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def process_request(self, request, client_address) -> None:
        with self._idle:
            self._served += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._idle:
                self._served -= 1
                self._idle.notify_all()

    def wait_until_idle(self, timeout: float) -> bool:
        with self._idle:
            return self._idle.wait_for(lambda: self._served == 0, timeout)

    def cut_all(self) -> None:
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def handle_error(self, request, client_address) -> None:
        """Clients that vanish are a normal part of the tests."""


class _Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _READ_TIMEOUT
    server: _Listener

    def setup(self) -> None:
        # Here and not in accept(): one slow handshake must not keep the others waiting.
        tls = self.server.owner.tls
        self._plain = self.request
        if tls:
            self.request.settimeout(30)
            self.request = tls.wrap_socket(self.request, server_side=True, do_handshake_on_connect=True,
                                           suppress_ragged_eofs=True)
        self.server.opened(self.request)
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.server.closed(self.request)
            if self.request is not self._plain:
                self.request.close()  # wrapping detached the descriptor from the socket that the listener closes

    def log_message(self, format: str, *args) -> None:
        """The call log has it."""

    def _serve(self) -> None:
        owner = self.server.owner
        request = self._read()
        if request is None:
            return
        call = owner.log.arrive(request) if owner.log else Call(0, request, 0)
        # Logged before the client hears of it, so that a test that has the answer finds the call complete.
        finish = owner.log.finish if owner.log else lambda call, outcome: None
        try:
            faults = owner.faults.pick(call) if owner.faults else []
            call.response = self._work(call, faults)
            finish(call, "answered")
            self._send(call.response)
            for fault in faults:
                fault.after(call)
        except Dropped:
            if call.outcome == "open":
                finish(call, "dropped")
            self._reset()
        except OSError:
            call.outcome = "dropped"
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _work(self, call: Call, faults: list[Fault]) -> Response:
        for fault in faults:
            if response := fault.before(call):
                return response
        response = self.server.owner.application(call.request)
        call.worked = True
        for fault in faults:
            response = fault.done(call) or response
        return response

    def _read(self) -> Request | None:
        """The request, or None when it was too broken and has been answered."""
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "chunked" in headers.get("transfer-encoding", ""):
            body = self._read_chunks()
        elif "content-length" in headers:
            length = headers["content-length"]
            if not length.isdigit() or int(length) > _BODY_LIMIT:
                return self._refuse(400, "Bad Request")
            body = self.rfile.read(int(length))
        elif self.command in ("POST", "PUT", "PATCH"):
            return self._refuse(411, "Length Required")  # what Google's front ends do, too
        else:
            body = b""
        return Request(self.server.owner.service_of(path), self.command, path,
                       urllib.parse.parse_qsl(query, keep_blank_values=True), headers, body,
                       "{}:{}".format(*self.client_address))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline(100).split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline(10)
            if len(body) > _BODY_LIMIT:
                raise ConnectionError("body too large")
        while self.rfile.readline(1000).strip():
            pass
        return bytes(body)

    def _refuse(self, status: int, title: str) -> None:
        self.close_connection = True
        self._send(html_response(status, title))

    def _send(self, response: Response) -> None:
        head = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('Unknown',))[0]}"]
        headers = {"Date": self.date_time_string(), **response.headers, "Content-Length": str(len(response.body))}
        if self.close_connection:
            headers["Connection"] = "close"
        head += [f"{name}: {value}" for name, value in headers.items()]
        data = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(data if self.command == "HEAD" else data + response.body)

    def _reset(self) -> None:
        """Ends the connection with a TCP reset: no TLS goodbye, no answer."""
        self.close_connection = True
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        _close_descriptor(self.request)


def _close_descriptor(connection: socket.socket) -> None:
    plain = socket.socket(fileno=connection.detach())
    plain.close()


def _shut(connection: socket.socket) -> None:
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # below TLS: its own thread may be reading
    except OSError:
        pass
