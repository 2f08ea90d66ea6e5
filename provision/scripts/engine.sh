# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Where dockerd is and how it does.

# Sets `dockerd` to the program that the packaged unit runs; fails while the engine is not installed (a client alone is not).
find_dockerd() {
  dockerd=
  unit=$(systemctl show -p FragmentPath docker.service 2>/dev/null)
  unit=$root${unit#FragmentPath=}
  [ -f "$unit" ] || return 1
  command=$(sed -n 's/^ExecStart=[-@:+!|]*//p' "$unit" | tail -n 1)
  for program in "${command%%[[:space:]]*}" "$(command -v dockerd)" /usr/bin/dockerd /usr/sbin/dockerd; do
    case $program in
      /*dockerd*)
        if [ -x "$root$program" ]; then
          dockerd=$program
          return 0
        fi
        ;;
    esac
  done
  return 1
}

# Sets `active`, `main_pid`, `outdated` (systemd has another version of the unit than the disk) and `in_force` (its
# command line).
ask_unit() {
  active=
  main_pid=0
  outdated=
  in_force=
  while IFS= read -r line; do
    case $line in
      ActiveState=*) active=${line#*=} ;;
      MainPID=*) main_pid=${line#*=} ;;
      NeedDaemonReload=*) outdated=${line#*=} ;;
      ExecStart=*) in_force=$line ;;
    esac
  done <<REPLY
$(systemctl show -p ActiveState -p MainPID -p NeedDaemonReload -p ExecStart docker.service 2>/dev/null)
REPLY
}

# The unit's main process itself listens on the port: another program there would be no engine.
listens() {
  for table in tcp tcp6; do
    [ -r "$root/proc/net/$table" ] || continue
    while read -r _ address _ state _ _ _ _ _ inode _; do
      case "$state $address" in
        "0A "*":$port_hex")
          # shellcheck disable=SC2010  # the targets of the links are wanted, and one process instead of one for each
          if ls -l "$root/proc/$main_pid/fd" 2>/dev/null | grep -qF "socket:[$inode]"; then
            return 0
          fi
          ;;
      esac
    done <"$root/proc/net/$table"
  done
  return 1
}

engine_serves() {
  ask_unit
  [ "$active" = active ] && [ "$main_pid" != 0 ] && listens
}

# It runs with the arguments it should have, or with those that a drop-in sorted after ours insists on.
engine_is_current() {
  engine_serves && [ "$outdated" = no ] || return 1
  [ "$(tr '\0' '\n' <"$root/proc/$main_pid/cmdline")" = "$dockerd
$engine_arguments" ] && return 0
  running=$(tr '\0' ' ' <"$root/proc/$main_pid/cmdline")
  case $in_force in
    *" argv[]=${running% } ;"*) return 0 ;;
  esac
  return 1
}
