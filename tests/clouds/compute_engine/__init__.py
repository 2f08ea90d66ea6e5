# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A strict simulated Google Compute Engine, for tests and demonstrations. See tests/clouds/README.md."""

from .engine import ComputeEngine, JudgeError
from .settings import Settings

__all__ = ["ComputeEngine", "JudgeError", "Settings"]
