# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The forms of names, keys and values that the API accepts, and its sentences about the others."""

from __future__ import annotations

import re
import uuid

from .errors import ApiError, condition_not_met, invalid

NAME = r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?"
PATH_ID = NAME + r"|[1-9][0-9]{0,19}"
METADATA_KEY = r"[a-zA-Z0-9-_]{1,128}"
PROJECT_ID = r"(?:(?:[-a-z0-9]{1,63}\.)*(?:" + NAME + r"):)?(?:[0-9]{1,19}|(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?))"

_LABELS_PER_RESOURCE = 64
_TAGS_PER_INSTANCE = 64
_METADATA_VALUE_BYTES = 256 << 10
_METADATA_TOTAL_BYTES = 512 << 10


def check_name(field: str, value: str) -> None:
    if not re.fullmatch(NAME, value):
        raise invalid(field, value, f"Must be a match of regex '(?:{NAME})'")


def check_path_id(value: str) -> None:
    if not re.fullmatch(PATH_ID, value):
        raise ApiError(400, f"Invalid value '{value}'. Values must match the following regular expression: '{PATH_ID}'",
                       "invalid")


def check_labels(field: str, labels: dict[str, str]) -> None:
    if len(labels) > _LABELS_PER_RESOURCE:
        raise invalid(field, "", f"The number of labels ({len(labels)}) exceeds the limit of {_LABELS_PER_RESOURCE}.")
    for key, value in labels.items():
        if not (0 < len(key) <= 63 and key[0].isalpha() and _is_label_text(key)):
            raise invalid(field, "", f"Label key '{key}' violates format constraints. The key must start with a "
                          "lowercase character, can only contain lowercase letters, numeric characters, underscores and "
                          "dashes. The key can be at most 63 characters long. International characters are allowed.")
        if len(value) > 63 or not _is_label_text(value):
            raise invalid(field, "", f"Label value '{value}' violates format constraints. The value can only contain "
                          "lowercase letters, numeric characters, underscores and dashes. The value can be at most 63 "
                          "characters long. International characters are allowed.")


def _is_label_text(text: str) -> bool:
    return all(c in "_-" or c.isdigit() or (c.isalpha() and c == c.lower()) for c in text)


def check_metadata(field: str, items: list[dict]) -> None:
    total = 0
    for index, item in enumerate(items):
        key, value = item.get("key", ""), item.get("value", "")
        if not re.fullmatch(METADATA_KEY, key):
            raise invalid(f"{field}.items[{index}].key", key, f"Must be a match of regex '{METADATA_KEY}'")
        if len(value.encode()) > _METADATA_VALUE_BYTES:
            raise invalid(f"{field}.items[{index}].value", value[:64] + "...",
                          f"Value is too large: maximum size {_METADATA_VALUE_BYTES} character(s); "
                          f"actual size {len(value.encode())}.")
        total += len(key) + len(value.encode())
    keys = [item["key"] for item in items]
    if doubled := sorted({key for key in keys if keys.count(key) > 1}):
        raise invalid(field, "", f"Metadata has duplicate keys: {', '.join(doubled)}")
    if total > _METADATA_TOTAL_BYTES:
        raise invalid(field, "", f"Metadata size exceeds the limit of {_METADATA_TOTAL_BYTES} bytes.")


def check_tags(field: str, tags: list[str]) -> None:
    if len(tags) > _TAGS_PER_INSTANCE:
        raise invalid(field, "", f"The number of tags ({len(tags)}) exceeds the limit of {_TAGS_PER_INSTANCE}.")
    for index, tag in enumerate(tags):
        if not re.fullmatch(NAME, tag):
            raise invalid(f"{field}.items[{index}]", tag, f"Must be a match of regex '(?:{NAME})'")
    if doubled := sorted({tag for tag in tags if tags.count(tag) > 1}):
        raise invalid(f"{field}.items", "", f"Duplicate tags are not allowed: {', '.join(doubled)}.")


def check_fingerprint(given: str | None, current: str, message: str) -> None:
    if given != current:
        raise condition_not_met(message)


def check_request_id(value: str) -> None:
    try:
        number = uuid.UUID(value)
    except ValueError:
        number = None
    if number is None or number.int == 0 or str(number) != value.lower():
        raise invalid("requestId", value, "Request ID must be a valid UUID; the zero UUID is not supported.")
