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

release_hold() {
  echo 'zypper removelock'
}

list_candidates() {
  zypper --non-interactive --quiet search --details --type package --match-exact "$1" 2>/dev/null |
    awk -F ' *[|] *' -v name="$1" '$2 == name { print $4 }' | sort -rV | uniq
}

refresh_packages() {
  zypper --non-interactive --quiet refresh
}

# The user vouches for his files: their key is not among the host's.
install_package_files() {
  zypper --non-interactive --quiet --no-gpg-checks install --no-recommends -- "$@"
  status=$?
  [ "$status" -eq 0 ] || [ "$status" -ge 100 ]
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
