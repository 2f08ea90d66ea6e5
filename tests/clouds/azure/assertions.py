# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Client assertions: JWTs that an application signs with its certificate's key, or that another issuer made for it."""

from __future__ import annotations

import hashlib
import hmac
import time

from ..common import jwt
from ..common.pki import RsaKey
from .credentials import EXCHANGE_AUDIENCE, Application

_CLOCK_SKEW = 300


class BadAssertion(Exception):
    """`code`: the number of the AADSTS error."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def check(application: Application, assertion: str, audiences: set[str]) -> str:
    """Which kind of assertion it is, client_assertion or federated; BadAssertion if it proves nothing."""
    try:
        header, claims, signed, signature = jwt.decode(assertion)
    except jwt.BadToken as error:
        raise BadAssertion("50027", f"JWT token is invalid or malformed: {error}.") from None
    moment = time.time()
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, (int, float)) or expires < moment - _CLOCK_SKEW or begins > moment + _CLOCK_SKEW:
        raise BadAssertion("700024", "Client assertion is not within its valid time range.")
    if claims.get("iss") == application.client_id:
        _check_own(application, header, claims, signed, signature, audiences)
        return "client_assertion"
    for federation in application.federations:
        if (claims.get("iss"), claims.get("sub")) == (federation.issuer, federation.subject):
            if claims.get("aud") != EXCHANGE_AUDIENCE:
                raise BadAssertion("700212", "No matching federated identity record found for presented assertion audience "
                                   f"'{claims.get('aud')}'.")
            if header.get("alg") != "RS256" or not jwt.is_signed_by(federation.key, signed, signature):
                raise BadAssertion("50013", "Assertion failed signature validation.")
            return "federated"
    raise BadAssertion("700213", f"No matching federated identity record found for presented assertion subject "
                       f"'{claims.get('sub')}'.")


def _check_own(application: Application, header: dict, claims: dict, signed: bytes, signature: bytes,
               audiences: set[str]) -> None:
    if claims.get("sub") != application.client_id:
        raise BadAssertion("700021", "Client assertion application identifier doesn't match 'client_id' parameter.")
    if claims.get("aud") not in audiences:
        raise BadAssertion("700023", f"Client assertion audience claim does not match Realm issuer. Audience: "
                           f"{claims.get('aud')}.")
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        raise BadAssertion("50027", "JWT token is invalid or malformed: it has no jti.")
    found = [one for one in application.certificates
             if _thumbprint(header, "x5t") == one.sha1 or _thumbprint(header, "x5t#S256") == one.sha256]
    if not found:
        raise BadAssertion("700027", "The certificate with identifier used to sign the client assertion is not registered on "
                           "application.")
    verify = {"RS256": jwt.is_signed_by, "PS256": is_signed_pss}.get(header.get("alg", ""))
    if not verify or not verify(found[0].key, signed, signature):
        raise BadAssertion("700027", "Client assertion failed signature validation.")


def _thumbprint(header: dict, name: str) -> str:
    return str(header.get(name, "")).rstrip("=")  # Microsoft's own library leaves the padding


def is_signed_pss(key: RsaKey, message: bytes, signature: bytes) -> bool:
    """RSASSA-PSS with SHA-256, MGF1 of the same and a salt as long as the digest (RFC 8017, section 9.1.2)."""
    size = (key.modulus.bit_length() + 7) // 8
    bits = key.modulus.bit_length() - 1
    if len(signature) != size or bits % 8 == 0:
        return False
    encoded = pow(int.from_bytes(signature, "big"), key.exponent, key.modulus).to_bytes(size, "big")
    masked, digest, end = encoded[:size - 33], encoded[size - 33:-1], encoded[-1]
    spare = 8 * size - bits
    if end != 0xbc or masked[0] >> (8 - spare):
        return False
    mask = b"".join(hashlib.sha256(digest + number.to_bytes(4, "big")).digest() for number in range(len(masked) // 32 + 1))
    block = bytearray(a ^ b for a, b in zip(masked, mask))
    block[0] &= 0xff >> spare
    if bytes(block[:-33]) != bytes(len(block) - 33) or block[-33] != 1:
        return False
    salted = hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + bytes(block[-32:])).digest()
    return hmac.compare_digest(salted, digest)
