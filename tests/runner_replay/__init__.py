# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Calls the binary exactly as gitlab-runner does, and judges what it sees. See README.md."""
