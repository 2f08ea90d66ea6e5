# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Who may log in: applications with secrets, certificates and federated identities, a user, managed identities."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import secrets
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from ..common import jwt
from ..common.pki import RsaKey

EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"


@dataclass
class Certificate:
    """What is registered of a certificate: its key, and its two thumbprints as a JWT's header has them."""

    key: RsaKey
    sha1: str
    sha256: str


@dataclass
class Federation:
    """Another issuer, whose subject is the application."""

    issuer: str
    subject: str
    key: RsaKey


@dataclass
class Application:
    client_id: str
    secrets: set[str] = field(default_factory=set)
    certificates: list[Certificate] = field(default_factory=list)
    federations: list[Federation] = field(default_factory=list)
    public: bool = False  # may log users in by device code


class Credentials:
    """Makes applications, and writes what proves them (0600) into a directory. `secrets`: no output may show them."""

    def __init__(self, directory: Path, tenant: str):
        self._directory, self.tenant = directory, tenant
        self.applications: dict[str, Application] = {}
        self.refresh_tokens: dict[str, tuple[str, str]] = {}  # token -> (client id, user)
        self.device_codes: dict[str, dict] = {}
        self.identities: dict[str, str] = {}  # managed: client id -> principal; "" is the system's own
        self.secrets: list[str] = []
        self._numbers = itertools.count(1)
        self._principal: tuple[str, str] | None = None
        self._signing_key: RsaKey | None = None
        # The ids that Docker Machine's device flow uses (drivers/azure of docker/machine).
        for client_id in ("637ddaba-219b-43b8-bf19-8cea500cf273", "bb5eed6f-120b-4365-8fd9-ab1a3fba5698"):
            self.applications[client_id] = Application(client_id, public=True)

    def next_number(self) -> int:
        return next(self._numbers)

    def signing_key(self) -> RsaKey:
        """The login server's own."""
        self._signing_key = self._signing_key or RsaKey.generate()
        return self._signing_key

    def add_application(self, *, public: bool = False) -> Application:
        client_id = str(uuid.uuid4())
        self.applications[client_id] = Application(client_id, public=public)
        return self.applications[client_id]

    def service_principal(self) -> tuple[str, str]:
        """Client id and secret of an application, made once."""
        if not self._principal:
            application = self.add_application()
            self._principal = (application.client_id, self.add_secret(application))
        return self._principal

    def add_secret(self, application: Application) -> str:
        secret = self._secret(secrets.token_urlsafe(30))
        application.secrets.add(secret)
        return secret

    def certificate(self) -> tuple[str, Path]:
        """Client id of a new application, and a PEM file with its certificate and key."""
        application, key = self.add_application(), RsaKey.generate()
        self.secrets += [line for line in key.private_pem.splitlines() if not line.startswith("-----") and len(line) > 40]
        path = self._directory / f"certificate-{self.next_number()}.pem"
        private = self._directory / f"{path.name}.key"
        _write_private(private, key.private_pem)
        done = subprocess.run(["openssl", "req", "-x509", "-sha256", "-days", "2", "-key", str(private), "-subj",
                               "/CN=dmachine"], capture_output=True, text=True, check=True)
        private.unlink()
        body = done.stdout.split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
        der = base64.b64decode(body)
        application.certificates.append(Certificate(key, _thumbprint(hashlib.sha1(der)), _thumbprint(hashlib.sha256(der))))
        _write_private(path, key.private_pem + done.stdout)
        return application.client_id, path

    def federated(self) -> tuple[str, Path]:
        """Client id of a new application, and the file with the token that an outside issuer made for it."""
        application = self.add_application()
        federation = Federation("https://oidc.example.com/cluster", "system:serviceaccount:ci:runner", RsaKey.generate())
        application.federations.append(federation)
        path = self._directory / f"federated-{self.next_number()}.token"
        _write_private(path, self.federated_token(federation))
        return application.client_id, path

    def federated_token(self, federation: Federation, **claims: object) -> str:
        """A fresh token; `claims` replace some."""
        moment = int(time.time())
        made = jwt.encode({"alg": "RS256", "typ": "JWT", "kid": "1"}, {
            "iss": federation.issuer, "sub": federation.subject, "aud": EXCHANGE_AUDIENCE, "iat": moment,
            "nbf": moment, "exp": moment + 3600, **claims}, federation.key)
        return self._secret(made)

    def refresh_token(self, client_id: str, user: str) -> str:
        token = self._secret("0.A" + secrets.token_urlsafe(60))
        self.refresh_tokens[token] = (client_id, user)
        return token

    def managed_identity(self, *, system: bool = True) -> str:
        """The client id of a managed identity of the place the program runs in."""
        client_id, principal = str(uuid.uuid4()), str(uuid.uuid4())
        self.identities[client_id] = principal
        if system:
            self.identities[""] = principal
        return client_id

    def _secret(self, value: str) -> str:
        self.secrets.append(value)
        return value


def _thumbprint(digest) -> str:
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
