# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""AWS as an identity provider: the subject token is a GetCallerIdentity request signed with SigV4.
Source of the form: Google's "Workload identity federation with AWS", AWS's "Create a signed API request"."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import urllib.parse
from datetime import datetime, timedelta, timezone


class BadSubject(Exception):
    pass


def check_aws_subject(token: str, audience: str, keys: tuple[str, str, str | None]) -> None:
    """BadSubject unless the token is such a request to AWS's own host, for this audience, signed with these keys."""
    try:
        request = json.loads(urllib.parse.unquote(token))
        headers = {item["key"].lower(): item["value"] for item in request["headers"]}
        url, method = urllib.parse.urlsplit(request["url"]), request["method"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSubject(f"not a signed request: {error!r}") from None
    host = re.fullmatch(r"sts\.([a-z0-9-]+)\.amazonaws\.com", url.netloc)
    if not host or url.scheme != "https" or url.query != "Action=GetCallerIdentity&Version=2011-06-15" or method != "POST":
        raise BadSubject("not a POST of GetCallerIdentity to a regional STS")
    if headers.get("host") != url.netloc or headers.get("x-goog-cloud-target-resource") != audience:
        raise BadSubject("host or x-goog-cloud-target-resource differs")
    key_id, secret, session = keys
    if session and headers.get("x-amz-security-token") != session:
        raise BadSubject("session token is missing")
    credential, signed, signature = _authorization(headers.get("authorization", ""))
    when = headers.get("x-amz-date", "")
    scope = [when[:8], host[1], "sts", "aws4_request"]
    if credential != [key_id, *scope]:
        raise BadSubject("credential scope differs")
    # The target resource may stay unsigned: Google only recommends to sign it, and its Python library does not.
    if not {"host", "x-amz-date"} <= set(signed) or signed != sorted(signed):
        raise BadSubject("a needed header is not signed")
    _check_age(when)
    canonical = "\n".join([method, url.path or "/", url.query,
                           *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed), "",
                           ";".join(signed), hashlib.sha256(b"").hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", when, "/".join(scope), hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(hmac.new(key, text.encode(), "sha256").hexdigest(), signature):
        raise BadSubject("signature differs")


def _authorization(header: str) -> tuple[list[str], list[str], str]:
    match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})", header)
    if not match:
        raise BadSubject("no Authorization header of AWS4-HMAC-SHA256")
    return match[1].split("/"), match[2].split(";"), match[3]


def _check_age(when: str) -> None:
    try:
        made = datetime.strptime(when, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise BadSubject("x-amz-date is no time") from None
    if abs(datetime.now(timezone.utc) - made) > timedelta(minutes=15):
        raise BadSubject("request is expired")
