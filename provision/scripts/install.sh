# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Docker, unless it is there.

job_unit=dmachine-install.service

# systemd-run can hand over files, and forget a unit that failed, since version 236.
can_detach() {
  have systemd-run || return 1
  version=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 236 ]
}

# A shell that outlives this connection. Its script is its input.
detached_shell() {
  if can_detach; then
    systemd-run --quiet --collect "--unit=$job_unit" --wait --pipe -- /bin/sh -s
  elif have setsid; then
    setsid /bin/sh -s
  else
    /bin/sh -s
  fi
}

# An earlier attempt, whose connection was lost, may still be at work: its folder tells.
wait_for_earlier_job() {
  while [ -d "$work" ] && systemctl is-active --quiet "$job_unit"; do
    sleep 0.5
  done
}

installed() {
  find_dockerd && packages_sound
}

# run_job SCRIPT: by a shell that outlives the connection, its output shown as it comes.
run_job() {
  rm -rf "$work"
  (umask 077 && mkdir -p "$work") || die "making $work failed"
  : >"$work/install.log"
  # The environment goes along (a proxy may be in it), as input rather than as arguments, which others could read.
  {
    export -p
    printf '%s\n' "$1"
  } | detached_shell >"$work/install.log" 2>&1 &
  job=$!
  tail -s 0.1 -c +1 -f --pid="$job" "$work/install.log"
  wait "$job"
  status=$?
  rm -rf "$work"
  [ "$status" -eq 0 ] || die "exit status $status"
}

install_engine() {
  mark phase install
  wait_for_earlier_job
  if installed; then
    [ -z "$install_folder" ] || rm -rf "$install_folder"
    return 0
  fi
  [ "$install_url" != none ] || die 'Docker is not on this host, and the install URL is "none"'
  run_job "$install_job"
  find_dockerd || die 'Docker is still not there'
  mark changed Docker
}
