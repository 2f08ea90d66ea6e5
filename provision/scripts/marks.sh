# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Lines for the client begin with a word that nothing else on this host can know; all others are log.

mark() {
  printf '%s %s\n' "$mark" "$*"
}

die() {
  mark fail "$*"
  exit 1
}

have() {
  command -v "$1" >/dev/null 2>&1
}
