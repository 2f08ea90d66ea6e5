# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Facts of zypper.

# Exit statuses from 100 on are successes with news (zypper(8)): 102 wants a reboot, 106 left a repository out.
install_package() {
  zypper --non-interactive --quiet install --no-recommends -- "$@"
  status=$?
  [ "$status" -eq 0 ] || [ "$status" -ge 100 ]
}

refusal() {
  if grep -q 'System management is locked by' "$1"; then
    echo busy
  elif grep -Eq "Download \(curl\) error|Timeout exceeded|Valid metadata not found|Can't provide file" "$1"; then
    echo unreachable
  fi
}

prepare_packages() {
  export ZYPP_LOCK_TIMEOUT="$lock_limit"
}

list_packages() {
  rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\n'
}

held_packages() {
  zypper --quiet locks 2>/dev/null | sed -n 's/^[0-9]* *| *\([^ ]*\) *|.*/\1/p'
}

upgrade_packages() {
  zypper --non-interactive --quiet refresh
  zypper --non-interactive --quiet update --no-recommends -- "$@"
  status=$?
  [ "$status" -eq 0 ] || [ "$status" -ge 100 ]
}

remove_package() {
  zypper --non-interactive --quiet remove -- "$1"
}
