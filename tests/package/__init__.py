# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The Debian package on fresh Debian systems. `scripts/package-test` runs this."""
