# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The metadata server as a virtual machine sees it: plain HTTP, and only for those who ask with its header."""

from __future__ import annotations

from ..common.http import Request, Response, json_response
from .settings import Settings
from .tokens import Tokens
from .world import World

_ROOT = "/computeMetadata/v1"
_FLAVOR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}


class MetadataServer:
    """Stands for the machine that the program runs on, a VM of `project` with its default service account. Instances with
    a host find their own attributes here, by the address they ask from."""

    def __init__(self, world: World, project: str, tokens: Tokens, settings: Settings):
        self._world, self._project, self._tokens, self._settings = world, project, tokens, settings

    def handle(self, request: Request) -> Response:
        if request.path in ("/", ""):  # the probe "am I on Compute Engine?" needs no header
            return Response(200, b"computeMetadata/\n", {"Content-Type": "application/text", **_FLAVOR})
        if request.headers.get("metadata-flavor") != "Google":
            return _text(403, "Missing Metadata-Flavor:Google header.")
        if "x-forwarded-for" in request.headers:
            return _text(403, "Requests with X-Forwarded-For are refused.")
        if request.method != "GET":
            return _text(405, "Method Not Allowed")
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        project = self._world.projects[self._project]
        mail = project.default_service_account
        scopes = self._settings.vm_scopes
        accounts = f"{_ROOT}/instance/service-accounts"
        texts = {
            f"{_ROOT}/project/project-id": project.id,
            f"{_ROOT}/project/numeric-project-id": project.number,
            f"{_ROOT}/universe/universe_domain": "googleapis.com",
            f"{_ROOT}/universe/universe-domain": "googleapis.com",
            f"{accounts}/": f"default/\n{mail}/\n",
        }
        if request.path in texts:
            return _text(200, texts[request.path])
        for name in ("default", mail):
            account = f"{accounts}/{name}"
            if request.path == f"{account}/email":
                return _text(200, mail)
            if request.path == f"{account}/scopes":
                return _text(200, "".join(scope + "\n" for scope in scopes))
            if request.path == f"{account}/" and request.argument("recursive") == "true":
                return json_response(200, {"aliases": ["default"], "email": mail, "scopes": scopes}, **_FLAVOR)
            if request.path == f"{account}/token":
                return self._token(mail, request.argument("scopes"))
        if request.path.startswith(f"{_ROOT}/instance/attributes/"):
            return self._attribute(request.peer.rpartition(":")[0], request.path.rpartition("/")[2])
        return _text(404, "Not Found")

    def _attribute(self, address: str, key: str) -> Response:
        with self._world.lock:
            found = [instance.metadata() for project in self._world.projects.values()
                     for instance in project.instances.values() if instance.nat_ip == address]
        return _text(200, found[0][key]) if found and key in found[0] else _text(404, "Not Found")

    def _token(self, mail: str, wanted: str | None) -> Response:
        # The machine's own access scopes cap the token, whatever is asked for.
        allowed = self._settings.vm_scopes
        cloud = "https://www.googleapis.com/auth/cloud-platform" in allowed
        scopes = [scope for scope in wanted.split(",") if cloud or scope in allowed] if wanted else allowed
        token = self._tokens.issue(mail, scopes, self._settings.token_lifetime, "metadata")
        return json_response(200, {"access_token": token.value, "expires_in": max(1, int(self._settings.token_lifetime)),
                                   "token_type": "Bearer"}, **_FLAVOR)


def _text(status: int, text: str) -> Response:
    return Response(status, text.encode(), {"Content-Type": "application/text", **_FLAVOR})
