# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Errors in the forms of EC2, STS and Service Quotas. Codes and statuses are AWS's; sentences too, where they are known."""

from __future__ import annotations

import json
import uuid

from ..common.http import Response
from .xml import escape

# Codes that do not come with status 400.
_STATUSES = {
    "AuthFailure": 401, "UnauthorizedOperation": 403, "SignatureDoesNotMatch": 403, "OptInRequired": 403,
    "MissingAuthenticationToken": 403, "DryRunOperation": 412,
    "InsufficientInstanceCapacity": 500, "InternalError": 500, "InternalFailure": 500, "NotSimulated": 501,
    "RequestLimitExceeded": 503, "Unavailable": 503, "ServiceUnavailable": 503,
    # STS
    "ExpiredToken": 403, "InvalidClientTokenId": 403, "AccessDenied": 403,
}
# What services of the protocol JSON 1.1 say instead, with status 400.
_JSON_CODES = {
    "AuthFailure": "UnrecognizedClientException", "SignatureDoesNotMatch": "InvalidSignatureException",
    "RequestExpired": "ExpiredTokenException", "IncompleteSignature": "IncompleteSignatureException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
}
# What a test that scripts a status alone gets.
_SCRIPTED = {400: ("InvalidParameterValue", "scripted refusal"), 401: ("AuthFailure", "scripted refusal"),
             403: ("UnauthorizedOperation", "You are not authorized to perform this operation."),
             500: ("InternalError", "An internal error has occurred"),
             503: ("RequestLimitExceeded", "Request limit exceeded.")}


class ApiError(Exception):
    """An answer other than success."""

    def __init__(self, code: str, message: str, status: int | None = None):
        self.code, self.message = code, message
        self.status = status or _STATUSES.get(code, 400)
        super().__init__(f"{self.status} {code}: {message}")

    def json_response(self) -> Response:
        code = _JSON_CODES.get(self.code, self.code)
        body = json.dumps({"__type": code, "Message": self.message}).encode()
        return Response(400 if code != self.code else self.status, body,
                        {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": str(uuid.uuid4())})

    def response(self, service: str = "ec2") -> Response:
        code, message, number = escape(self.code), escape(self.message), uuid.uuid4()
        if service == "sts":
            kind = "Sender" if self.status < 500 else "Receiver"
            text = f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <Error>\n    <Type>{kind}</Type>\n' \
                   f"    <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n" \
                   f"  <RequestId>{number}</RequestId>\n</ErrorResponse>\n"
            return Response(self.status, text.encode(), {"Content-Type": "text/xml"})
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{code}</Code>' \
               f"<Message>{message}</Message></Error></Errors><RequestID>{number}</RequestID></Response>"
        return Response(self.status, text.encode(), {"Content-Type": "text/xml;charset=UTF-8", "x-amzn-RequestId": str(number)})


def invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValue", message)


def combination(message: str) -> ApiError:
    return ApiError("InvalidParameterCombination", message)


def missing(parameter: str) -> ApiError:
    return ApiError("MissingParameter", f"The request must contain the parameter {parameter}")


def malformed(code: str, value: str, prefix: str) -> ApiError:
    return ApiError(code, f'Invalid id: "{value}" (expecting "{prefix}-...")')


def dry_run() -> ApiError:
    return ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")


def scripted_error(status: int, code: str | None, message: str | None) -> Response:
    """The answer that a test asks for by status alone or with a code and a message."""
    default_code, default_message = _SCRIPTED.get(status, ("InternalError", "scripted failure"))
    return ApiError(code or default_code, message or default_message, status).response()
