# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Errors in the form of the Azure Resource Manager: one JSON object with a code, a message and perhaps details."""

from __future__ import annotations

from typing import Any

from ..common.http import Response, json_response

_DEFAULTS = {400: "BadRequest", 401: "AuthenticationFailed", 403: "AuthorizationFailed", 404: "ResourceNotFound",
             409: "Conflict", 429: "TooManyRequests", 500: "InternalServerError", 501: "NotImplemented",
             502: "BadGateway", 503: "ServiceUnavailable", 504: "GatewayTimeout"}


class ArmError(Exception):
    """An answer other than success. `details`: (code, message) of the errors inside."""

    def __init__(self, status: int, code: str, message: str, *, target: str | None = None,
                 details: list[tuple[str, str]] | None = None, headers: dict[str, str] | None = None):
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.target = status, code, message, target
        self.details, self.headers = details or [], headers or {}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        if self.details:
            error["details"] = [{"code": code, "message": message} for code, message in self.details]
        return error

    def response(self) -> Response:
        return json_response(self.status, {"error": self.body()}, **self.headers)


def invalid(field: str, message: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=field)


def missing(field: str) -> ArmError:
    return ArmError(400, "InvalidParameter", f"Required parameter '{field}' is missing (null).", target=field)


def not_found(kind: str, name: str, group: str) -> ArmError:
    return ArmError(404, "ResourceNotFound", f"The Resource '{kind}/{name}' under resource group '{group}' was not "
                    "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix")


def group_not_found(group: str) -> ArmError:
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def busy(resource_id: str, as_429: bool) -> ArmError:
    if as_429:
        return ArmError(429, "RetryableError", "A retryable error occurred.", details=[
            ("RetryableErrorDueToAnotherOperation", f"Operation on {resource_id} is being blocked by another operation.")])
    return ArmError(409, "AnotherOperationInProgress", "Another operation on this or dependent resource is in progress. "
                    f"To retrieve status of the operation use uri of it. Resource: {resource_id}")


def forbidden(permission: str, scope: str, principal: str) -> ArmError:
    return ArmError(403, "AuthorizationFailed", f"The client '{principal}' with object id '{principal}' does not have "
                    f"authorization to perform action '{permission}' over scope '{scope}' or the scope is invalid. If "
                    "access was recently granted, please refresh your credentials.")


def scripted_error(status: int, reason: str | None, message: str | None) -> Response:
    return ArmError(status, reason or _DEFAULTS.get(status, "Error"), message or "scripted failure").response()
