# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Resource URLs: what the API writes into its answers, and which spellings it understands in a request."""

from __future__ import annotations

import re

from .errors import invalid

# Answers name www.googleapis.com whatever host was asked; requests may name either host.
PREFIX = "https://www.googleapis.com/compute/v1/"
_ACCEPTED = re.compile(r"^(?:https://(?:www|compute)\.googleapis\.com/compute/v1/)(?=projects/)")


def link(path: str) -> str:
    return PREFIX + path


def path_of(url: str) -> str:
    return url.removeprefix(PREFIX)


def parse_reference(field: str, url: str, pattern: str, project: str) -> dict[str, str]:
    """The named parts of a full URL, of `projects/…` or of the part behind the project, which is then `project`.
    `pattern` is a path below the project such as `zones/{zone}/diskTypes/{name}`. ApiError 400 for anything else."""
    path, count = _ACCEPTED.subn("", url)
    if not count and "://" in url:
        raise _malformed(field, url)
    if not path.startswith("projects/"):
        path = f"projects/{project}/{path}"
    match = re.fullmatch(r"projects/(?P<project>[^/]+)/" + re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern), path)
    if not match:
        raise _malformed(field, url)
    return match.groupdict()


def _malformed(field: str, url: str):
    return invalid(field, url, "The URL is malformed.")
