# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The metadata service of an EC2 instance as far as a federated login needs it: IMDSv2 token, region, role keys."""

from __future__ import annotations

from ..common.instance_metadata import InstanceMetadata


class AwsMetadata(InstanceMetadata):
    """`keys`: id, secret, session token of the role; None: no role."""

    def __init__(self) -> None:
        super().__init__(self._document)
        self.keys: tuple[str, str, str | None] | None = None
        self.region, self.zone_letter = "us-east-2", "b"

    def _document(self) -> dict | None:
        if not self.keys:
            return None
        key_id, secret, session = self.keys
        return {"AccessKeyId": key_id, "SecretAccessKey": secret, "Token": session, "Expiration": "2099-01-01T00:00:00Z"}
