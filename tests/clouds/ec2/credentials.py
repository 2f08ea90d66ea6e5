# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Files and variables with which a program finds its keys."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .identity_tokens import IdentityTokens
from .sigv4 import Principal


class Credentials:
    """Writes into `directory`, 0600."""

    def __init__(self, directory: Path, tokens: IdentityTokens):
        self._directory, self._tokens = directory, tokens
        self._count = 0

    def nothing(self) -> dict[str, str]:
        """Variables that point away from every source there may be on this machine."""
        nowhere = str(self._directory / "nowhere")
        return {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_EC2_METADATA_DISABLED": "true"}

    def keys(self, principal: Principal) -> dict[str, str]:
        found = {"AWS_ACCESS_KEY_ID": principal.key_id, "AWS_SECRET_ACCESS_KEY": principal.secret}
        return found | ({"AWS_SESSION_TOKEN": principal.token} if principal.token else {})

    def section(self, principal: Principal) -> dict[str, str]:
        """The same as lines of a profile."""
        return {name.lower(): value for name, value in self.keys(principal).items()}

    def files(self, credentials: dict[str, dict[str, str]] | None = None,
              config: dict[str, dict[str, str]] | None = None) -> dict[str, str]:
        """Shared files made of sections, and the variables that name them."""
        return {"AWS_SHARED_CREDENTIALS_FILE": str(self.write("credentials", _ini(credentials or {}))),
                "AWS_CONFIG_FILE": str(self.write("config", _ini(config or {})))}

    def process(self, principal: Principal, **changes) -> str:
        """A credential_process command that prints these keys."""
        document = {"Version": 1, "AccessKeyId": principal.key_id, "SecretAccessKey": principal.secret, **changes}
        if principal.token:
            document.setdefault("SessionToken", principal.token)
        return f"cat {self.write('process.json', json.dumps(document))}"

    def web_identity(self, role: str = "web-role", seconds: float = 86400) -> dict[str, str]:
        """A fresh token's file and the role it is good for."""
        return {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self.write("identity-token", self._tokens.issue(seconds))),
                "AWS_ROLE_ARN": f"arn:aws:iam::123456789012:role/{role}"}

    def write(self, name: str, text: str) -> Path:
        self._count += 1
        path = self._directory / f"{self._count}-{name}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        return path


def _ini(sections: dict[str, dict[str, str]]) -> str:
    return "".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()) + "\n"
                   for name, lines in sections.items())
