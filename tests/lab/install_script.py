# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A web server on the bridge with install scripts for --engine-install-url: one that works, and ways to fail.

    with InstallScripts() as scripts:
        scripts.url("docker-ce")    installs the real packages, laid out as get.docker.com's (/usr/bin/dockerd)
        scripts.url("docker.io")    the same, laid out as Debian's package has it (/usr/sbin/dockerd)
        scripts.url("failing")      says something and exits 1
        scripts.url("html")         an error page with status 200, as proxies and captive portals send
        scripts.url("empty")        nothing, with status 200
        scripts.url("half")         the first half of the working script, as if it were all
        scripts.url("missing")      404
        scripts.url("broken-off")   the connection ends in the middle of the script
        scripts.url("broken-once")  the same, but only the first time
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.lab import disk, images, network

WORKING = """\
#!/bin/sh
# Installs Docker from packages kept beside this script.
set -e
sudo=
[ "$(id -u)" = 0 ] || sudo='sudo -E'
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
curl -fsS {base}/debs.tar | tar -x -C "$directory"
{before}$sudo dpkg -i "$directory"/*.deb >/dev/null
{after}$sudo systemctl enable --now docker.service
$sudo docker version
"""

# As docker-ce has it; the link is there before the package starts the daemon.
BEFORE_CE = "$sudo ln -sf /usr/sbin/dockerd {dockerd}\n"
AFTER_CE = "$sudo sed -i 's|/usr/sbin/dockerd|{dockerd}|' /{unit}\n$sudo systemctl daemon-reload\n"

FAILING = """\
#!/bin/sh
echo 'Reading package lists...'
echo 'E: The repository of this script is closed today' >&2
exit 1
"""

PAGE = "<!DOCTYPE html>\n<html><head><title>503 Service Unavailable</title></head><body>Try later</body></html>\n"


class InstallScripts:
    """Serves from its making to `close`. `requests` lists the paths asked for."""

    def __init__(self, address: str = network.BRIDGE_ADDRESS, port: int = 0) -> None:
        self.requests: list[str] = []
        self._server = ThreadingHTTPServer((address, port), self._handler())
        self._server.daemon_threads = True
        self.base = f"http://{address}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"

    def script(self, name: str) -> str | None:
        names = {"dockerd": disk.DOCKERD, "unit": disk.DOCKER_UNIT}
        if name == "docker-ce":
            return WORKING.format(base=self.base, before=BEFORE_CE.format(**names), after=AFTER_CE.format(**names))
        if name == "docker.io":
            return WORKING.format(base=self.base, before="", after="")
        if name == "half":
            whole = self.script("docker-ce") or ""
            return whole[: whole.index(" -C ")] + ' -C "'
        return {"failing": FAILING, "html": PAGE, "empty": ""}.get(name)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> InstallScripts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        scripts = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                scripts.requests.append(self.path)
                name = self.path.lstrip("/")
                if name == "debs.tar":
                    self.send(200, "application/x-tar", images.Images.current().debs)
                elif name in ("broken-off", "broken-once"):
                    whole = (scripts.script("docker-ce") or "").encode()
                    breaks = name == "broken-off" or scripts.requests.count(self.path) == 1
                    end = len(whole) // 2 if breaks else len(whole)
                    self.send(200, "text/x-shellscript", whole[:end], length=len(whole))
                    self.close_connection = True
                elif (text := scripts.script(name)) is not None:
                    self.send(200, "text/html" if name == "html" else "text/x-shellscript", text.encode())
                else:
                    self.send(404, "text/html", b"<html><body><h1>404 Not Found</h1></body></html>\n")

            def send(self, status: int, kind: str, body: bytes | Path, length: int | None = None) -> None:
                size = body.stat().st_size if isinstance(body, Path) else len(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(size if length is None else length))
                self.end_headers()
                if isinstance(body, Path):
                    with body.open("rb") as file:
                        self.connection.sendfile(file)
                else:
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
