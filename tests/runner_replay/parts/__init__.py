# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The parts of the replay. Importing this package fills the list of cases."""

from . import create, death, drain, failure, form, lost, parallel, remove  # noqa: F401
