# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates with other dates: the same names, key and extensions, signed anew."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


def redate(certificate: Path, ca_key: Path, days_left: float) -> str:
    """Gives the certificate in the file an end `days_left` days from now (negative: it has ended). The day it then ends on."""
    old = x509.load_pem_x509_certificate(certificate.read_bytes())
    end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=days_left)
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=1080))
        .not_valid_after(end)
    )
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    key = serialization.load_pem_private_key(ca_key.read_bytes(), None)
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return end.strftime("%Y-%m-%d")
