# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Real Docker hosts on this machine: systemd, sshd and dockerd, thrown away in seconds. See README.md."""
