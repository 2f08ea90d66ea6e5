# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The blob service of storage accounts, as far as it takes to list and delete containers with an account's key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from xml.sax.saxutils import escape

from ..common.http import Request, Response
from .errors import ArmError
from .resources.storage import KIND, SUFFIX, containers_of, drop_container


class BlobService:
    def __init__(self, cloud):
        self._cloud = cloud

    def handle(self, request: Request) -> Response:
        name = request.headers.get("host", "").partition(":")[0].removesuffix(SUFFIX)
        with self._cloud.world.lock:
            account = next((one for one in self._cloud.world.all(KIND) if one.name == name), None)
            if not account:
                return _error(404, "ResourceNotFound", "The specified account does not exist.")
            kind, _, rest = request.headers.get("authorization", "").partition(" ")
            user, _, signature = rest.partition(":")
            text = _to_sign(request, name, lite=kind == "SharedKeyLite")
            good = [base64.b64encode(hmac.digest(base64.b64decode(key), text.encode(), hashlib.sha256)).decode()
                    for key in account.hidden.get("keys", [])]
            if kind not in ("SharedKey", "SharedKeyLite") or user != name or signature not in good:
                return _error(403, "AuthenticationFailed", "Server failed to authenticate the request. Make sure the value of "
                              "Authorization header is formed correctly including the signature.")
            return self._answer(request, account)

    def _answer(self, request: Request, account) -> Response:
        container = request.path.strip("/")
        if request.method == "GET" and not container and request.argument("comp") == "list":
            prefix = request.argument("prefix") or ""
            items = "".join(f"<Container><Name>{escape(name)}</Name></Container>" for name in sorted(containers_of(account))
                            if name.startswith(prefix))
            return _xml(200, f'<EnumerationResults ServiceEndpoint="https://{account.name}{SUFFIX}/"><Containers>{items}'
                        "</Containers><NextMarker/></EnumerationResults>")
        if request.method == "DELETE" and request.argument("restype") == "container":
            if container not in containers_of(account):
                return _error(404, "ContainerNotFound", "The specified container does not exist.")
            try:
                drop_container(self._cloud.world, account, container)
            except ArmError as error:
                return _error(error.status, error.code, error.message)
            return Response(202)
        return _error(501, "NotImplemented", f"{request.method} {request.path} is not simulated")


def _to_sign(request: Request, account: str, *, lite: bool) -> str:
    """"Authorize with Shared Key", the string to sign of versions from 2015-02-21 on."""
    headers = request.headers
    own = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()) if name.startswith("x-ms-"))
    query: dict[str, list[str]] = {}
    for name, value in request.query:
        query.setdefault(name.lower(), []).append(value)
    if lite:
        resource = f"/{account}{request.path}" + (f"?comp={query['comp'][0]}" if "comp" in query else "")
        return "\n".join((request.method, headers.get("content-md5", ""), headers.get("content-type", ""),
                          headers.get("date", ""), own + resource))
    resource = f"/{account}{request.path}" + "".join(f"\n{name}:{','.join(sorted(values))}"
                                                     for name, values in sorted(query.items()))
    length = headers.get("content-length", "")
    fields = [headers.get(name, "") for name in ("content-encoding", "content-language")]
    fields += ["" if length == "0" else length]
    fields += [headers.get(name, "") for name in ("content-md5", "content-type", "date", "if-modified-since", "if-match",
                                                  "if-none-match", "if-unmodified-since", "range")]
    return "\n".join((request.method, *fields, own + resource))


def _xml(status: int, body: str) -> Response:
    return Response(status, ('<?xml version="1.0" encoding="utf-8"?>' + body).encode(), {"Content-Type": "application/xml"})


def _error(status: int, code: str, message: str) -> Response:
    response = _xml(status, f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>")
    response.headers["x-ms-error-code"] = code
    return response
