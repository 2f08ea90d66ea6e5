# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""JSON Web Tokens signed with RS256 (RFC 7515, RFC 8017 section 8.2.2), read and checked without a library."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

from .pki import RsaKey

# DER of DigestInfo{sha256} up to the digest itself: RFC 8017 section 9.2, note 1.
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


class BadToken(Exception):
    pass


def encode(header: dict, claims: dict, key: RsaKey) -> str:
    head = b".".join(_to_base64url(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((head, _to_base64url(key.sign(head)))).decode()


def decode(token: str) -> tuple[dict, dict, bytes, bytes]:
    """Header, claims, the bytes that were signed, and the signature; nothing is verified yet."""
    parts = token.encode().split(b".")
    if len(parts) != 3:
        raise BadToken("a JWT has three parts")
    try:
        header, claims = (json.loads(_from_base64url(part)) for part in parts[:2])
        signature = _from_base64url(parts[2])
    except (ValueError, binascii.Error) as error:
        raise BadToken(str(error)) from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadToken("header and claims are objects")
    return header, claims, b".".join(parts[:2]), signature


def is_signed_by(key: RsaKey, message: bytes, signature: bytes) -> bool:
    size = (key.modulus.bit_length() + 7) // 8
    if len(signature) != size:
        return False
    found = pow(int.from_bytes(signature, "big"), key.exponent, key.modulus).to_bytes(size, "big")
    tail = b"\0" + _SHA256_PREFIX + hashlib.sha256(message).digest()
    return hmac.compare_digest(found, b"\0\1" + b"\xff" * (size - 2 - len(tail)) + tail)


def _to_base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _from_base64url(text: bytes) -> bytes:
    if b"=" in text:
        raise BadToken("base64url without padding is wanted")
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
