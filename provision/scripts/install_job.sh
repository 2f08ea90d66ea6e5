# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The part that may take minutes. It runs apart from the connection and survives its loss, with its output in a file.

# patiently COMMAND…: again while another package run holds the locks, once more after repairing an interrupted one, and
# twice more when a mirror fails.
patiently() {
  give_up=$(($(date +%s) + lock_limit))
  repaired=no
  unreachable=0
  pause=1
  while :; do
    seen=$(wc -c <"$work/install.log")
    "$@" && return 0
    status=$?
    tail -c "+$((seen + 1))" "$work/install.log" >"$work/try.log"
    case $(refusal "$work/try.log") in
      busy)
        if [ "$(date +%s)" -ge "$give_up" ]; then
          echo "Failed to obtain lock: another package run has held it for $lock_limit seconds"
          return 100
        fi
        sleep "$pause"
        [ "$pause" -ge 5 ] || pause=$((pause + 1))
        ;;
      interrupted)
        [ "$repaired" = no ] || return "$status"
        repaired=yes
        repair_packages
        ;;
      unreachable)
        [ "$unreachable" -lt 2 ] || return "$status"
        unreachable=$((unreachable + 1))
        sleep $((unreachable * 2))
        ;;
      *) return "$status" ;;
    esac
  done
}

download() {
  if have curl; then
    curl -fsSL --retry 5 --retry-connrefused --connect-timeout 10 --max-time 120 -o "$2" -- "$1"
  else
    wget -q --tries=5 --timeout=30 -O "$2" -- "$1"
  fi
}

# download_patiently URL FILE. curl itself does not repeat a failed name look-up, the usual fault of a young host.
download_patiently() {
  for pause in 1 2 4 8 0; do
    download "$1" "$2" && return 0
    status=$?
    [ "$status" != 22 ] || return "$status" # the server's own no (curl)
    sleep "$pause"
  done
  return "$status"
}

# check_script FILE ORIGIN. Proxies and captive portals answer with pages, and a script that breaks off may do harm half-way.
check_script() {
  found=$(head -n 1 "$1" | head -c 200 | tr -cd '[:print:]')
  if [ ! -s "$1" ]; then
    echo "$2 is not a script: it is empty"
  elif [ "$(head -c 2 "$1")" != '#!' ]; then
    echo "$2 is not a script (it does not begin with #!): $found"
  elif ! complaint=$(sh -n "$1" 2>&1); then
    echo "$2 is no shell script, or not all of one ($found): ${complaint##*"$1": }"
  else
    return 0
  fi
  return 1
}

install_by_script() {
  have curl || have wget || patiently install_package curl || return
  script=$work/install-script
  download_patiently "$install_url" "$script" || {
    echo "downloading $install_url failed"
    return 1
  }
  check_script "$script" "$install_url" || return
  patiently sh "$script"
}

install_missing() {
  prepare_packages
  if ! packages_sound; then
    patiently repair_packages || return
    find_dockerd && return 0
  fi
  if [ -n "$install_kind" ]; then
    by='the install of the files given'
    install_by_files || return
  elif [ -n "$engine_version" ]; then
    by='the package manager'
    install_version || return
  elif [ "$install_url" = "$default_install_url" ] && [ -n "$engine_packages" ]; then
    by='the package manager'
    # shellcheck disable=SC2086  # a list
    may_install $engine_packages && patiently add_engine_repository && patiently install_package $engine_packages || return
  else
    by='the install script'
    install_by_script || return
  fi
  find_dockerd || {
    echo "$by ended well, but there is no docker.service with a dockerd"
    return 1
  }
}

install_job() {
  install_missing
  status=$?
  [ -z "$install_folder" ] || rm -rf "$install_folder"
  [ "$status" -ne 0 ] || return 0
  held=$(held_docker_packages)
  [ -z "$held" ] || echo "held back on this host, which may be why: $held ($(release_hold) lets it be installed)"
  return "$status"
}
