# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A strict simulated Amazon EC2, for tests and demonstrations. See tests/clouds/README.md."""

from .engine import EC2, JudgeError
from .settings import Settings

__all__ = ["EC2", "JudgeError", "Settings"]
