# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""AWS Signature Version 4, verified. Source: IAM User Guide, "Create a signed AWS API request"."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
import time
import urllib.parse
from dataclasses import dataclass
from datetime import datetime, timezone

from ..common.http import Request
from .errors import ApiError

WINDOW = 300  # seconds either way
ACCOUNT = "123456789012"


@dataclass
class Principal:
    """Who signs: a user's long-lived keys, or a role's session that ends."""

    key_id: str
    secret: str
    arn: str
    user_id: str
    token: str | None = None
    expires: float | None = None


class Keys:
    """All keys that the cloud knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._principals: dict[str, Principal] = {}

    def add_user(self, name: str) -> Principal:
        user = Principal(_key_id("AKIA"), _secret(), f"arn:aws:iam::{ACCOUNT}:user/{name}", _key_id("AIDA"))
        return self._add(user)

    def add_session(self, role: str, session: str, lifetime: float) -> Principal:
        """Temporary keys of a role; `lifetime` in seconds."""
        return self._add(Principal(_key_id("ASIA"), _secret(), f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
                                   f"{_key_id('AROA')}:{session}", _token(), time.time() + lifetime))

    def find(self, key_id: str) -> Principal | None:
        with self._lock:
            return self._principals.get(key_id)

    def all(self) -> list[Principal]:
        with self._lock:
            return list(self._principals.values())

    def expire_all(self) -> None:
        """All sessions so far are over."""
        for principal in self.all():
            if principal.expires is not None:
                principal.expires = 0

    def revoke(self, key_id: str) -> None:
        """The key exists no more, as after a rotation."""
        with self._lock:
            del self._principals[key_id]

    def _add(self, principal: Principal) -> Principal:
        with self._lock:
            self._principals[principal.key_id] = principal
        return principal


@dataclass(frozen=True)
class Signed:
    principal: Principal
    region: str


def verify(request: Request, keys: Keys, service: str, now: float, is_region,
           skew_code: str = "RequestExpired") -> Signed:
    """Who signed the request, and for which region. Raises what EC2 or STS answers to anything else. `skew_code`: what
    EC2 says to a clock that is wrong."""
    if request.argument("X-Amz-Signature"):
        raise ApiError("NotSimulated", "presigned queries are not simulated")
    fields = _authorization(request.headers.get("authorization"))
    scope = fields["Credential"].split("/")
    if len(scope) < 5 or not all(scope):
        raise ApiError("IncompleteSignature", f"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/"
                       f"region/service/term, got '{fields['Credential']}'")
    key_id, (date, region, scoped, term) = "/".join(scope[:-4]), scope[-4:]
    when = request.headers.get("x-amz-date", "")
    if not re.fullmatch(r"\d{8}T\d{6}Z", when):
        raise ApiError("IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a "
                       f"'Date' header. Authorization={_shown(request.headers['authorization'])}")
    principal = keys.find(key_id)
    if not principal:
        raise _unknown(service)
    signed_at = datetime.strptime(when, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    _check_time(service, when, signed_at, now, skew_code)
    _check_scope(service, (date, region, scoped, term), when, is_region)
    names = fields["SignedHeaders"].split(";")
    _check_names(request, names)
    expected = signature(request, names, principal.secret, when, date, region, scoped)
    if not hmac.compare_digest(expected, fields["Signature"]):
        raise ApiError("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you "
                       "provided. Check your AWS Secret Access Key and signing method. Consult the service documentation "
                       "for details.")
    _check_token(service, request, principal, now)
    return Signed(principal, region)


def signature(request: Request, names: list[str], secret: str, when: str, date: str, region: str, service: str) -> str:
    """The signature in hex that `request` ought to carry."""
    canonical = canonical_request(request, names)
    text = "\n".join(["AWS4-HMAC-SHA256", when, f"{date}/{region}/{service}/aws4_request",
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def canonical_request(request: Request, names: list[str]) -> str:
    query = sorted((_quote(name), _quote(value)) for name, value in request.query)
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    return "\n".join([request.method, request.path or "/", "&".join(f"{n}={v}" for n, v in query), headers,
                      ";".join(names), hashlib.sha256(request.body).hexdigest()])


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="-_.~")


def _authorization(header: str | None) -> dict[str, str]:
    if not header:
        raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token")
    kind, _, rest = header.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    lacking = [name for name in ("Credential", "Signature", "SignedHeaders") if not fields.get(name)]
    if kind != "AWS4-HMAC-SHA256" or lacking:
        raise ApiError("IncompleteSignature", " ".join(f"Authorization header requires '{name}' parameter."
                                                       for name in lacking) or f"Unsupported algorithm '{kind}'")
    return fields


def _shown(header: str) -> str:
    return header.split("Signature=")[0]


def _unknown(service: str) -> ApiError:
    if service == "sts":
        return ApiError("InvalidClientTokenId", "The security token included in the request is invalid.")
    return ApiError("AuthFailure", "AWS was not able to validate the provided access credentials")


def _check_time(service: str, when: str, signed_at: float, now: float, skew_code: str) -> None:
    if abs(now - signed_at) <= WINDOW:
        return
    if service == "ec2":
        raise _unknown(service) if skew_code == "AuthFailure" else ApiError(skew_code, "Request has expired.")
    shown = datetime.fromtimestamp(now, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    raise ApiError("SignatureDoesNotMatch", f"Signature expired: {when} is now earlier than {shown} ({shown} - 5 min.)"
                   if signed_at < now else f"Signature not yet current: {when} is still later than {shown} ({shown} + 5 min.)")


def _check_scope(service: str, scope: tuple[str, ...], when: str, is_region) -> None:
    date, region, scoped, term = scope
    if date != when[:8]:
        raise ApiError("SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                       f"date from HTTP: '{date}' != '{when[:8]}', from '{when}'.")
    if not is_region(region):
        raise ApiError("SignatureDoesNotMatch", f"Credential should be scoped to a valid region, not '{region}'. ")
    if scoped != service:
        raise ApiError("SignatureDoesNotMatch", f"Credential should be scoped to correct service: '{service}'. ")
    if term != "aws4_request":
        raise ApiError("SignatureDoesNotMatch", f"Credential should be scoped with a valid terminator: 'aws4_request', "
                       f"not '{term}'. ")


def _check_names(request: Request, names: list[str]) -> None:
    if names != sorted(names) or any(name != name.lower() for name in names):
        raise ApiError("SignatureDoesNotMatch", "The names of the signed headers are not in lower case and in order")
    must = ["host"] + [name for name in request.headers if name.startswith("x-amz-")]
    lacking = [name for name in sorted(must) if name not in names]
    if lacking or "host" not in request.headers:
        raise ApiError("SignatureDoesNotMatch", f"'{'Host' if 'host' in lacking else lacking[0]}' must be a 'SignedHeader' "
                       "in the AWS Authorization.")
    stated = request.headers.get("x-amz-content-sha256")
    if stated not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()):
        raise ApiError("SignatureDoesNotMatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")


def _check_token(service: str, request: Request, principal: Principal, now: float) -> None:
    if request.headers.get("x-amz-security-token") != principal.token:
        raise _unknown(service)
    if principal.expires is not None and now >= principal.expires:
        if service == "sts":
            raise ApiError("ExpiredToken", "The security token included in the request is expired")
        raise ApiError("RequestExpired", "Request has expired.")


def _key_id(prefix: str) -> str:
    """Tells its account, as the real ones do: a set bit, the number in 40 bits, and 39 bits at random."""
    return prefix + base64.b32encode((1 << 79 | int(ACCOUNT) << 39 | secrets.randbits(39)).to_bytes(10, "big")).decode()


def _secret() -> str:
    return secrets.token_urlsafe(30).replace("-", "+").replace("_", "/")


def _token() -> str:
    return "IQoJb3JpZ2luX2Vj" + secrets.token_urlsafe(180).replace("-", "+").replace("_", "/") + "=="
