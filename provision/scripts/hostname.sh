# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# /etc/hosts comes first: sudo cannot look itself up under a new name that is not in there.

hosts_line() {
  hosts=$root/etc/hosts
  if grep -Eqs "^[^#]*[[:space:]]$machine_pattern([[:space:]]|\$)" "$hosts"; then
    return 0
  fi
  if grep -qs '^127\.0\.1\.1[[:space:]]' "$hosts"; then
    sed -i "s/^127\.0\.1\.1[[:space:]].*/127.0.1.1 $machine_name/" "$hosts" || return
  else
    if [ -s "$hosts" ] && [ -n "$(tail -c 1 "$hosts")" ]; then
      echo >>"$hosts" || return
    fi
    printf '127.0.1.1 %s\n' "$machine_name" >>"$hosts" || return
  fi
  mark changed /etc/hosts
}

running_name() {
  if [ "$(uname -n)" = "$machine_name" ]; then
    return 0
  fi
  if have hostname; then
    hostname "$machine_name" || return
  else
    printf '%s\n' "$machine_name" >"$root/proc/sys/kernel/hostname" || return
  fi
  mark changed hostname
}

set_hostname() {
  hosts_line || die 'writing /etc/hosts failed'
  running_name || die "the host does not take the name $machine_name"
  ensure_file /etc/hostname 644 "$machine_name
"
}
