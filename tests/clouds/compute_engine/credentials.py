# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Who may log in, and the credential files that say so: every type that Application Default Credentials know."""

from __future__ import annotations

import json
import os
import secrets
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..common.http import Request, Response, json_response
from ..common.pki import RsaKey

AWS_SUBJECT = "urn:ietf:params:aws:token-type:aws4_request"
JWT_SUBJECT = "urn:ietf:params:oauth:token-type:jwt"


@dataclass(frozen=True)
class Workload:
    """A federated identity: the pool's audience, and what proves the identity there."""

    audience: str
    subject_token_type: str
    subject_token: str
    aws_keys: tuple[str, str, str | None] | None = None  # id, secret, session token


@dataclass
class Accounts:
    """Service accounts by mail with their keys by id; users by refresh token; workloads by audience."""

    service_keys: dict[str, dict[str, RsaKey]] = field(default_factory=dict)
    refresh_tokens: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # client id, secret, mail
    workloads: dict[str, Workload] = field(default_factory=dict)
    impersonators: set[tuple[str, str]] = field(default_factory=set)  # (who, service account)


class Credentials:
    """Makes accounts and writes their credential files (0600) into a directory."""

    def __init__(self, directory: Path, base: str, project: str):
        self.accounts = Accounts()
        self._directory, self._base, self._project = directory, base, project
        self._serial = 0
        self._workload_token = ""
        self.secrets: list[str] = []

    @property
    def token_uri(self) -> str:
        return f"{self._base}/token"

    @property
    def sts_uri(self) -> str:
        return f"{self._base}/sts/v1/token"

    def impersonation_uri(self, mail: str) -> str:
        return f"{self._base}/iam/v1/projects/-/serviceAccounts/{mail}:generateAccessToken"

    def add_service_account(self, name: str = "dmachine", key: RsaKey | None = None) -> tuple[str, str, RsaKey]:
        """Mail, key id and key of a new service account of the project."""
        mail = f"{name}@{self._project}.iam.gserviceaccount.com"
        key_id, key = uuid.uuid4().hex + "00000000", key or RsaKey.generate()
        self.accounts.service_keys.setdefault(mail, {})[key_id] = key
        self.secrets += [line for line in key.private_pem.splitlines() if not line.startswith("-----") and len(line) > 40]
        return mail, key_id, key

    def service_account(self, name: str = "dmachine", *, key: RsaKey | None = None, **changes: Any) -> Path:
        """A key file of a service account. `changes`: fields to replace, None to leave one out."""
        return self._write(self.service_account_fields(name, key=key), changes)

    def service_account_fields(self, name: str = "dmachine", *, key: RsaKey | None = None) -> dict[str, Any]:
        mail, key_id, key = self.add_service_account(name, key)
        return {
            "type": "service_account", "project_id": self._project, "private_key_id": key_id,
            "private_key": key.private_pem, "client_email": mail, "client_id": str(secrets.randbelow(10**21)),
            "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": self.token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{mail}",
            "universe_domain": "googleapis.com",
        }

    def authorized_user_fields(self, mail: str = "user@example.com") -> dict[str, Any]:
        client_id = f"{secrets.randbelow(10**12)}.apps.googleusercontent.com"
        client_secret, refresh_token = self._secret("GOCSPX-"), self._secret("1//0")
        self.accounts.refresh_tokens[refresh_token] = (client_id, client_secret, mail)
        return {"type": "authorized_user", "client_id": client_id, "client_secret": client_secret,
                "refresh_token": refresh_token, "token_uri": self.token_uri}

    def authorized_user(self, mail: str = "user@example.com", **changes: Any) -> Path:
        return self._write(self.authorized_user_fields(mail), changes)

    def external_account_authorized_user(self, mail: str = "worker@example.com", **changes: Any) -> Path:
        fields = self.authorized_user_fields(mail)
        audience = "//iam.googleapis.com/locations/global/workforcePools/pool/providers/provider"
        return self._write({"type": "external_account_authorized_user", "audience": audience,
                            "client_id": fields["client_id"], "client_secret": fields["client_secret"],
                            "refresh_token": fields["refresh_token"], "token_url": self.sts_uri}, changes)

    def external_account(self, *, impersonate: str | None = None, as_json: bool = False, newline: bool = False,
                         **changes: Any) -> Path:
        """Workload identity from a file; `impersonate`: name of a service account to become; `newline`: the file of
        the subject token ends in one, which clients have to cut off."""
        fields, workload = self._external_account("provider", JWT_SUBJECT, self._secret("subject-"))
        token = self._directory / f"subject-{self._next()}.token"
        text = json.dumps({"id_token": workload.subject_token}) if as_json else workload.subject_token + "\n" * newline
        _write_private(token, text)
        fields["credential_source"] = {"file": str(token)}
        if as_json:
            fields["credential_source"]["format"] = {"type": "json", "subject_token_field_name": "id_token"}
        if impersonate:
            self._impersonate(fields, principal_of(workload), impersonate)
        return self._write(fields, changes)

    def external_account_url(self, **changes: Any) -> Path:
        """Workload identity whose token comes from a URL, which wants a header."""
        fields, workload = self._external_account("url-provider", JWT_SUBJECT, self._secret("subject-"))
        self._workload_token = workload.subject_token
        fields["credential_source"] = {"url": f"{self._base}/workload/token", "headers": {"X-Workload": "yes"},
                                       "format": {"type": "json", "subject_token_field_name": "access_token"}}
        return self._write(fields, changes)

    def workload_token(self, request: Request) -> Response:
        """Answers that URL."""
        if request.method != "GET" or request.headers.get("x-workload") != "yes":
            return Response(403, b"forbidden", {"Content-Type": "text/plain"})
        return json_response(200, {"access_token": self._workload_token})

    def external_account_aws(self, keys: tuple[str, str, str | None], source: dict[str, str] | None = None,
                             **changes: Any) -> Path:
        """Workload identity from AWS: the subject token is a request signed with these keys (SigV4)."""
        fields, _ = self._external_account("aws-provider", AWS_SUBJECT, "", keys)
        fields["credential_source"] = {
            "environment_id": "aws1",
            "regional_cred_verification_url":
                "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15", **(source or {})}
        return self._write(fields, changes)

    def impersonated(self, name: str = "target", *, allowed: bool = True, **changes: Any) -> Path:
        """A user who acts as a service account. `allowed` False: without the right to."""
        source = self.authorized_user_fields()
        mail, _, _ = self.add_service_account(name)
        if allowed:
            self.accounts.impersonators.add((self.accounts.refresh_tokens[source["refresh_token"]][2], mail))
        return self._write({"type": "impersonated_service_account", "delegates": [], "source_credentials": source,
                            "service_account_impersonation_url": self.impersonation_uri(mail)}, changes)

    def _external_account(self, provider: str, token_type: str, token: str, keys=None) -> tuple[dict[str, Any], Workload]:
        audience = (f"//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/providers/"
                    f"{provider}-{self._next()}")
        workload = Workload(audience, token_type, token, keys)
        self.accounts.workloads[audience] = workload
        return {"type": "external_account", "audience": audience, "subject_token_type": token_type,
                "token_url": self.sts_uri, "universe_domain": "googleapis.com"}, workload

    def _impersonate(self, fields: dict[str, Any], who: str, name: str) -> None:
        mail, _, _ = self.add_service_account(name)
        self.accounts.impersonators.add((who, mail))
        fields["service_account_impersonation_url"] = self.impersonation_uri(mail)

    def _secret(self, prefix: str) -> str:
        value = prefix + secrets.token_urlsafe(40)
        self.secrets.append(value)
        return value

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    def _write(self, fields: dict[str, Any], changes: dict[str, Any]) -> Path:
        fields = {key: value for key, value in (fields | changes).items() if value is not None}
        path = self._directory / f"{fields.get('type', 'credentials')}-{self._next()}.json"
        _write_private(path, json.dumps(fields, indent=2) + "\n")
        return path


def principal_of(workload: Workload) -> str:
    return "principal:" + workload.audience


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
