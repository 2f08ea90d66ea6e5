# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Containers end with the engine unless it is told to leave them alone (live-restore), which a running engine can be: its
# daemon.json says so for the length of one restart.

daemon_json=/etc/docker/daemon.json
daemon_json_before=$daemon_json.dmachine-before # empty: there was none

engine_info() {
  docker --host unix:///var/run/docker.sock info --format "$1" 2>/dev/null
}

# set_live_restore true|false: makes the engine read its daemon.json again, which says so.
set_live_restore() {
  systemctl kill --kill-who=main --signal=HUP docker.service 2>/dev/null || return
  steps=0
  until [ "$(engine_info '{{.LiveRestoreEnabled}}')" = "$1" ]; do
    steps=$((steps + 1))
    [ "$steps" -lt 25 ] || return
    sleep 0.2
  done
}

# $live_restore_json is daemon.json with the key set; empty where the user has decided otherwise. An engine in swarm mode does
# not start with it.
keep_containers() {
  [ -n "$live_restore_json" ] && have docker || return 0
  # Each running container has such a process: most hosts have none, and need not start a docker client to say so.
  grep -qs '^containerd-shim' "$root"/proc/[0-9]*/comm || return 0
  [ "$(engine_info '{{.LiveRestoreEnabled}} {{.Swarm.LocalNodeState}}')" = 'false inactive' ] || return 0
  if [ -e "$root$daemon_json" ]; then
    cp -p "$root$daemon_json" "$root$daemon_json_before" || return 0
  else
    : >"$root$daemon_json_before"
  fi
  ensure_file "$daemon_json" 644 "$live_restore_json"
  set_live_restore true || restore_daemon_json
}

# Also after a run that was cut off in between. A key that is gone from the file changes nothing in a running engine.
restore_daemon_json() {
  [ -e "$root$daemon_json_before" ] || return 0
  if [ -e "$root$daemon_json" ]; then
    sed -i 's/"live-restore": true/"live-restore": false/' "$root$daemon_json"
    set_live_restore false
  fi
  if [ -s "$root$daemon_json_before" ]; then
    mv -f "$root$daemon_json_before" "$root$daemon_json"
  else
    rm -f "$root$daemon_json" && rm -f "$root$daemon_json_before"
  fi
}
