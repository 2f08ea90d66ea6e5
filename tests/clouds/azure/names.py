# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What resources may be called (Azure's "naming rules and restrictions for Azure resources")."""

from __future__ import annotations

import re

from .errors import ArmError, invalid

_NETWORK = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")
_RULES = {
    "microsoft.compute/virtualmachines": re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?"),
    "microsoft.compute/availabilitysets": _NETWORK,
    "microsoft.compute/disks": _NETWORK,
    "microsoft.network/virtualnetworks": re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])"),
    "microsoft.storage/storageaccounts": re.compile(r"[a-z0-9]{3,24}"),
}
_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
_LABEL = re.compile(r"[a-z][a-z0-9-]{1,61}[a-z0-9]")
_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_DISALLOWED_USERS = {"administrator", "admin", "user", "user1", "test", "user2", "test1", "user3", "admin1", "1", "123", "a",
                     "actuser", "adm", "admin2", "aspnet", "backup", "console", "david", "guest", "john", "owner", "root",
                     "server", "sql", "support", "support_388945a0", "sys", "test2", "test3", "user4", "user5"}


def check_name(kind: str, name: str) -> None:
    rule = _RULES.get(kind.lower(), _NETWORK)
    if rule.fullmatch(name):
        return
    if kind.lower() == "microsoft.compute/virtualmachines":
        raise invalid("name", f"The entity name 'name' is invalid according to its validation rule: {rule.pattern}. "
                      f"Given: '{name}' ({len(name)} characters, at most 64).")
    if kind.lower() == "microsoft.storage/storageaccounts":
        raise ArmError(400, "AccountNameInvalid", f"{name} is not a valid storage account name. Storage account name must "
                       "be between 3 and 24 characters in length and use numbers and lower-case letters only.")
    raise ArmError(400, "InvalidResourceName", f"Resource name {name} is invalid. The name can be up to 80 characters "
                   "long. It must begin with a word character, and it must end with a word character or with '_'. The "
                   "name may contain word characters or '.', '-', '_'.")


def check_group_name(name: str) -> None:
    if not _GROUP.fullmatch(name):
        raise ArmError(400, "InvalidResourceGroup" if len(name) <= 90 else "ResourceGroupNameTooLong",
                       f"The provided resource group name '{name}' has these invalid characters or is longer than 90.")


def check_label(label: str) -> None:
    if not _LABEL.fullmatch(label):
        raise ArmError(400, "InvalidDomainNameLabel", f"The domain name label {label} is invalid. It must conform to the "
                       "following regular expression: ^[a-z][a-z0-9-]{1,61}[a-z0-9]$.")


def check_container(name: str) -> None:
    if not _CONTAINER.fullmatch(name):
        raise invalid("osDisk.vhd.uri", f"Container name {name} is invalid. Container names must be 3-63 characters in "
                      "length and may contain only lower-case alphanumeric characters and hyphen. Hyphen must be preceded "
                      "and followed by an alphanumeric character.")


def check_user(name: str) -> None:
    if name.lower() in _DISALLOWED_USERS:
        raise invalid("adminUsername", "The Admin Username specified is not allowed. For more information about "
                      "disallowed usernames, see https://aka.ms/vmosprofile")
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", name) or name.endswith("."):
        raise invalid("adminUsername", f"The Admin Username '{name}' has characters that are not allowed, or more than 64.")


def check_computer_name(name: str) -> None:
    if not 1 <= len(name) <= 64:
        raise invalid("computerName", "Linux host name cannot exceed 64 characters in length.")
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", name):
        raise invalid("computerName", "Linux host name cannot contain the following characters: "
                      "` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : ' \" , < > / ?, nor end in '-' or '.'.")
