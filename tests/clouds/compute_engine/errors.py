# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Errors in the forms of the Compute Engine API: one JSON object, or inside an operation that is done."""

from __future__ import annotations

from ..common.http import Response, json_response

# HTTP status -> reason in errors[], and the canonical code that newer answers add as "status".
_DEFAULTS = {
    400: ("invalid", None, "Bad Request"),
    401: ("authError", "UNAUTHENTICATED", "Invalid Credentials"),
    403: ("forbidden", None, "Forbidden"),
    404: ("notFound", None, "Not Found"),
    409: ("alreadyExists", None, "Conflict"),
    412: ("conditionNotMet", None, "Precondition Failed"),
    429: ("rateLimitExceeded", "RESOURCE_EXHAUSTED", "Rate Limit Exceeded"),
    500: ("backendError", "INTERNAL", "Internal error encountered."),
    501: ("notImplemented", "UNIMPLEMENTED", "Not implemented"),
    503: ("backendError", "UNAVAILABLE", "Backend Error"),
}


class ApiError(Exception):
    """An answer other than success. `domain` "usageLimits" goes with the rate and quota reasons."""

    def __init__(self, status: int, message: str | None = None, reason: str | None = None, *,
                 location: tuple[str, str] | None = None, rpc_status: str | None = None,
                 details: list[dict] | None = None):
        default_reason, default_rpc, default_message = _DEFAULTS.get(status, ("backendError", None, "Error"))
        self.status, self.reason = status, reason or default_reason
        self.message = message or default_message
        self.location, self.details = location, details
        self.rpc_status = rpc_status or default_rpc
        super().__init__(f"{status} {self.reason}: {self.message}")

    def response(self, *, indent: int | None = 2) -> Response:
        limits = self.reason in ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded")
        item = {"message": self.message, "domain": "usageLimits" if limits else "global", "reason": self.reason}
        if self.location:
            item["locationType"], item["location"] = self.location
        error: dict = {"code": self.status, "message": self.message, "errors": [item]}
        if self.rpc_status:
            error["status"] = self.rpc_status
        if self.details:
            error["details"] = self.details
        return json_response(self.status, {"error": error}, indent=indent)


def error_info(reason: str, domain: str = "compute.googleapis.com", **metadata: str) -> dict:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain,
            "metadata": metadata}


def invalid(field: str, value: object, why: str) -> ApiError:
    shown = value if isinstance(value, str) else "" if value is None else str(value)
    return ApiError(400, f"Invalid value for field '{field}': '{shown}'. {why}", "invalid")


def required(field: str) -> ApiError:
    return ApiError(400, f"Required field '{field}' not specified", "required")


def not_found(path: str) -> ApiError:
    return ApiError(404, f"The resource '{path}' was not found")


def already_exists(path: str) -> ApiError:
    return ApiError(409, f"The resource '{path}' already exists")


def not_ready(path: str) -> ApiError:
    return ApiError(400, f"The resource '{path}' is not ready", "resourceNotReady")


def in_use(path: str, user: str) -> ApiError:
    kind = path.split("/")[-2].removesuffix("es" if path.split("/")[-2].endswith("sses") else "s")
    return ApiError(400, f"The {kind} resource '{path}' is already being used by '{user}'",
                    "resourceInUseByAnotherResource")


def forbidden(permission: str, path: str) -> ApiError:
    return ApiError(403, f"Required '{permission}' permission for '{path}'", "forbidden")


def service_disabled(service: str, project_number: str) -> ApiError:
    return ApiError(403, f"{service} has not been used in project {project_number} before or it is disabled.",
                    "accessNotConfigured", rpc_status="PERMISSION_DENIED",
                    details=[error_info("SERVICE_DISABLED", "googleapis.com", service=service)])


def condition_not_met(message: str) -> ApiError:
    return ApiError(412, message, location=("header", "If-Match"))


def scripted_error(status: int, reason: str | None, message: str | None) -> Response:
    """The answer that a test asks for by status alone or with a reason and a message."""
    return ApiError(status, message, reason).response()
