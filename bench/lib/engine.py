# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a reachable machine shows to the outside: an engine behind mutual TLS, and an open SSH port."""

import http.server
import socket
import ssl
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"OK" if self.path.endswith("/_ping") else b'{"Version":"26.1.5","ApiVersion":"1.45"}'
        self.send_response(200)
        self.send_header("API-Version", "1.45")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Engine(http.server.ThreadingHTTPServer):
    """TLS on a loopback port; refuses clients without a certificate of the CA."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, certs, port=0):
        super().__init__(("127.0.0.1", port), Answer)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certs / "server.pem", certs / "server-key.pem")
        self.context.load_verify_locations(certs / "ca.pem")
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        # The handshake belongs to the connection's own thread, or one slow client holds up all.
        request.settimeout(30)
        try:
            with self.context.wrap_socket(request, server_side=True) as tls:
                super().finish_request(tls, client_address)
        except (ssl.SSLError, OSError):
            pass


class OpenPort:
    """Accepts and closes: enough for a driver that takes an open SSH port for a running machine."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
