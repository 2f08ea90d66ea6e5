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

# One run at a time on a host: a run whose connection was lost goes on until it next speaks, and other managers may come too.
take_turn() {
  have flock || return 0
  exec 9>"$root/run/dmachine.lock"
  if ! flock -n 9; then
    mark phase turn
    flock 9
  fi
}
