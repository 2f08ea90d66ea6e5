# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A throw-away certificate authority and RSA keys, made with the openssl command."""

from __future__ import annotations

import ipaddress
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Written out, because the defaults of the system's openssl.cnf differ between releases, and because clients that
# check strictly (Python 3.13) want the key identifiers in both certificates.
_CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {common_name}
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


def _openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, umask=0o077)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


class Authority:
    """Makes DIR/ca.pem and, with issue(), server certificates that it signs. Valid for two days."""

    def __init__(self, directory: Path, common_name: str):
        self._directory = directory
        self.certificate = directory / "ca.pem"
        self._key = directory / "ca.key"
        self._request("authority", common_name, "DNS:unused", self._key, self.certificate)

    def issue(self, name: str, hosts: list[str]) -> tuple[Path, Path]:
        """Certificate and key for these DNS names and addresses, as files DIR/NAME.pem and DIR/NAME.key."""
        names = ",".join(("IP:" if _is_address(host) else "DNS:") + host for host in hosts)
        certificate, key = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        self._request("server", hosts[0], names, key, certificate, "-CA", str(self.certificate), "-CAkey", str(self._key))
        return certificate, key

    def _request(self, section: str, common_name: str, names: str, key: Path, certificate: Path, *more: str) -> None:
        config = self._directory / f"{section}.cnf"
        config.write_text(_CONFIG.format(common_name=common_name, names=names))
        _openssl("req", "-x509", "-config", str(config), "-extensions", section, "-sha256", "-days", "2", "-nodes",
                 "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", str(key), "-out", str(certificate),
                 *more)
        config.unlink()
        certificate.chmod(0o644)  # the client may be another user


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class RsaKey:
    """A private key as PEM text (PKCS#8), and the two numbers of its public half."""

    private_pem: str
    modulus: int
    exponent: int = 65537

    @staticmethod
    def generate(bits: int = 2048) -> RsaKey:
        return RsaKey.load(_openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"))

    @staticmethod
    def load(private_pem: str) -> RsaKey:
        shown = subprocess.run(["openssl", "rsa", "-noout", "-modulus"], input=private_pem, capture_output=True,
                               text=True, check=True).stdout
        return RsaKey(private_pem, int(shown.strip().removeprefix("Modulus="), 16))

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256. For tests that need a bearer of odd claims."""
        read, write = os.pipe()
        with os.fdopen(write, "w") as pipe:
            pipe.write(self.private_pem)
        try:
            return subprocess.run(["openssl", "dgst", "-sha256", "-sign", f"/dev/fd/{read}"], input=message,
                                  capture_output=True, check=True, pass_fds=(read,)).stdout
        finally:
            os.close(read)
