# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The control API: what a test in another process or a shell script may ask and set. Plain HTTP on loopback, JSON."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

from .faults import Gate
from .http import Request, Response, json_response
from .server import Server

_FAULTS = ("answer", "html", "drop", "hang", "delay", "gate")


class Control:
    """GET /state, /empty, /calls, /verdict; POST /forget; POST and DELETE /faults; GET /gates/N?timeout=S;
    POST /gates/N/release; POST /settings; POST /do. The README says what goes into them."""

    def __init__(self, engine: Any, port: int):
        self._engine = engine
        self._gates: dict[int, Gate] = {}
        self._numbers = itertools.count(1)
        self._server = Server(("127.0.0.1", port), self._answer, lambda path: "control", None, None)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def close(self) -> None:
        self._server.close()

    def _answer(self, request: Request) -> Response:
        try:
            body = json.loads(request.body) if request.body.strip() else {}
            return json_response(200, self._dispatch(request.method, request.path.strip("/").split("/"), body, request))
        except TimeoutError as error:
            return json_response(408, {"error": str(error)})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return json_response(400, {"error": f"{type(error).__name__}: {error}"})

    def _dispatch(self, method: str, path: list[str], body: dict, request: Request) -> Any:
        engine = self._engine
        match (method, *path):
            case ("GET", "state"):
                return engine.state()
            case ("GET", "empty"):
                return engine.is_empty()
            case ("GET", "calls"):
                method = request.argument("method")
                return [call.record() for call in engine.calls(request.argument("service")) if method in (None, call.method)]
            case ("GET", "verdict"):
                return engine.verdict()
            case ("POST", "forget"):
                engine.forget_calls()
                return {}
            case ("POST", "faults"):
                return self._add_fault(body)
            case ("DELETE", "faults"):
                engine.faults.clear()
                return {}
            case ("GET", "gates", number):
                call = self._gates[int(number)].wait(float(request.argument("timeout") or 30))
                return {"number": call.number, "method": call.method, "path": call.path}
            case ("POST", "gates", number, "release"):
                self._gates[int(number)].release(drop=body.get("drop", False))
                return {}
            case ("POST", "settings"):
                return self._set(body)
            case ("POST", "do"):
                name = body.pop("do")
                if name not in engine.CONTROLLABLE:
                    raise KeyError(name)
                getattr(engine, name)(*body.pop("arguments", []), **body)
                return {}
        raise KeyError(request.path)

    def _add_fault(self, body: dict) -> dict:
        kind, arguments = body.pop("fault"), body.pop("arguments", [])
        if kind not in _FAULTS:
            raise KeyError(kind)
        made = getattr(self._engine.faults, kind)(*arguments, **body)
        if not isinstance(made, Gate):
            return {}
        number = next(self._numbers)
        self._gates[number] = made
        return {"gate": number}

    def _set(self, body: dict) -> dict:
        settings = self._engine.settings
        fields = {field.name: field for field in dataclasses.fields(settings)}
        for name, value in body.items():
            old = getattr(settings, fields[name].name)
            if isinstance(old, set):
                value = {tuple(item) if isinstance(item, list) else item for item in value}
            setattr(settings, name, value)
        return {}
