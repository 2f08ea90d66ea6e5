# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A strict simulated Azure: Resource Manager, login server and managed identities. See tests/clouds/README.md."""

from .engine import Azure, JudgeError
from .settings import Settings

__all__ = ["Azure", "JudgeError", "Settings"]
