# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Provisioning on real hosts: python3 -m tests.lab exec -- python3 -m pytest tests/e2e/provision"""
