# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for stores and servers that no program under measurement has made."""

import pathlib
import subprocess

DAYS = "30"


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def make_ca(folder, organisation="bench"):
    """ca.pem and ca-key.pem in folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", DAYS,
        "-subj", f"/O={organisation}", "-keyout", folder / "ca-key.pem", "-out", folder / "ca.pem",
        "-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement,keyCertSign",
    )
    _traditional(folder / "ca-key.pem")


def issue(folder, name, organisation, usage, sans=()):
    """NAME.pem and its key (key.pem for cert.pem, NAME-key.pem else), signed by folder's CA."""
    folder = pathlib.Path(folder)
    key = folder / ("key.pem" if name == "cert" else f"{name}-key.pem")
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    lines = ["basicConstraints=critical,CA:FALSE", f"extendedKeyUsage={usage}"]
    lines += ["keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement"]
    lines += ["subjectAltName=" + ",".join(sans)] if sans else []
    extensions.write_text("\n".join(lines) + "\n")
    openssl(
        "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/O={organisation}",
        "-keyout", key, "-out", request,
    )
    openssl(
        "x509", "-req", "-sha256", "-days", DAYS, "-in", request, "-CA", folder / "ca.pem",
        "-CAkey", folder / "ca-key.pem", "-CAcreateserial", "-extfile", extensions,
        "-out", folder / f"{name}.pem",
    )
    _traditional(key)
    request.unlink()
    extensions.unlink()
    return folder / f"{name}.pem", key


def _traditional(key):
    """PKCS#1, the form the store's keys have, and not readable by others."""
    openssl("rsa", "-in", key, "-out", key, "-traditional")
    key.chmod(0o600)
