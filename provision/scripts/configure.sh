# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Certificates and options of the engine, and its one restart.

stopped=no
refused=no
working_drop_in=

# Before the first file changes. A run that is cut off then leaves a stopped engine, never one that runs with other files
# than those on disk and looks fine to the next run. The socket unit goes too: any client that touches it would start the
# engine with what is on disk half-way.
stop_engine() {
  [ "$stopped" = no ] || return 0
  # What an engine that is up works with.
  ! engine_serves || working_drop_in=$(cat "$root$drop_in_path" 2>/dev/null && echo .)
  systemctl stop docker.service docker.socket 2>/dev/null || systemctl stop docker.service ||
    die 'stopping the Docker daemon failed'
  stopped=yes
}

has_certificates() {
  same /etc/docker/ca.pem "$ca_pem" && same /etc/docker/server.pem "$server_pem" && same /etc/docker/server-key.pem "$server_key_pem"
}

ensure_certificates() {
  mark phase certs
  restore_daemon_json
  ensure_folder /etc/docker
  has_certificates || {
    keep_containers
    stop_engine
  }
  ensure_file /etc/docker/ca.pem 644 "$ca_pem"
  ensure_file /etc/docker/server.pem 644 "$server_pem"
  ensure_file /etc/docker/server-key.pem 600 "$server_key_pem"
}

bridge_options() {
  grep -oE -e '--(bip|bip6|mtu|bridge|fixed-cidr|fixed-cidr-v6|default-gateway)[= ]+[^ ]+' | sort
}

# The engine keeps a docker0 that is there, whatever the new options say. Never taken from under containers (live-restore).
drop_outdated_bridge() {
  ip link show docker0 >/dev/null 2>&1 || return 0
  old=$(bridge_options 2>/dev/null <"$root$drop_in_path")
  [ "$old" != "$(printf '%s' "$drop_in" | bridge_options)" ] || return 0
  if [ -n "$(ip -o link show master docker0)" ]; then
    mark warn 'docker0 stays as it is while containers are attached to it'
    return 0
  fi
  ip link delete docker0
}

ensure_options() {
  mark phase config
  ensure_folder "${drop_in_path%/*}"
  if ! same "$drop_in_path" "$drop_in"; then
    stop_engine
    drop_outdated_bridge
  fi
  ensure_file "$drop_in_path" 644 "$drop_in"
}

restart_engine() {
  mark phase engine
  systemctl is-enabled --quiet docker.service 2>/dev/null || systemctl enable docker.service ||
    die 'enabling the Docker daemon failed'
  if [ "$stopped" = no ] && engine_is_current; then
    return 0
  fi
  systemctl daemon-reload
  # Else a few starts within a minute are refused, and within ten seconds those of the socket that the service requires.
  systemctl reset-failed docker.service docker.socket 2>/dev/null
  systemctl restart docker.service >/dev/null 2>&1 || refused=yes # the reasons are shown below
  mark restarted
  wait_engine
}

# An engine that was up before us runs on with the options that it had; what it was to get is in the machine's config.json.
bring_back() {
  [ -n "$working_drop_in" ] && [ "$working_drop_in" != "$drop_in." ] || return 0
  drop_in=${working_drop_in%.}
  ensure_file "$drop_in_path" 644 "$drop_in"
  keep_etc
  systemctl daemon-reload
  systemctl reset-failed docker.service docker.socket 2>/dev/null
  systemctl restart docker.service >/dev/null 2>&1 || return 0
  restore_daemon_json
  mark warn 'The Docker daemon does not start with the new options: it runs again with those it had'
}

# $1: why we gave up. The daemon's own words say more: those of its last start, or systemd's when it never came so far.
engine_is_down() {
  id=$(systemctl show -p InvocationID docker.service)
  lines=$(journalctl "_SYSTEMD_INVOCATION_ID=${id#*=}" -n 20 -o cat --no-pager 2>/dev/null)
  [ -n "$lines" ] || lines=$(journalctl -u docker.service -n 10 -o cat --no-pager 2>/dev/null)
  printf '%s\n' "$lines"
  for file in "$root${drop_in_path%/*}"/*.conf; do
    case $file in
      "$root$drop_in_path") ;;
      *) ! grep -qs '^ExecStart=.' "$file" || echo "${file#"$root"} sets ExecStart too: the last file in order wins" ;;
    esac
  done
  bring_back
  die "$1"
}

wait_engine() {
  steps=0
  until engine_serves; do
    case $active:$refused in
      failed:* | inactive:yes) engine_is_down "docker.service is $active" ;;
    esac
    steps=$((steps + 1))
    [ "$steps" -lt $((engine_limit * 5)) ] ||
      engine_is_down "after $engine_limit seconds docker.service is $active and does not listen on port $port"
    sleep 0.2
  done
}
