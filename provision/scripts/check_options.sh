# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# dockerd itself is asked whether it takes its options and daemon.json, before an engine that works is touched.

render_drop_in() {
  drop_in="[Service]
ExecStart=
ExecStart=$dockerd$drop_in_rest"
}

# Since 23.0 dockerd can do just this; it reads the certificates too, which are not in their place yet. Before that it at
# least reads its options before it prints its help. Sets `reply`.
ask_dockerd() {
  certs=$work/check
  (umask 077 && mkdir -p "$certs" && printf '%s' "$ca_pem" >"$certs/ca.pem" && printf '%s' "$server_pem" >"$certs/server.pem" &&
    printf '%s' "$server_key_pem" >"$certs/server-key.pem") || die "making $certs failed"
  reply=$(dockerd_with --tlscacert "$certs/ca.pem" --tlscert "$certs/server.pem" --tlskey "$certs/server-key.pem" --validate 2>&1)
  status=$?
  case $status:$reply in
    0:*) ;;
    *'unknown flag: --validate'*)
      reply=$(dockerd_with --help 2>&1)
      status=$?
      ;;
  esac
  rm -rf "$work"
  return "$status"
}

# Not where nothing would change, nor where all options are our own.
check_options() {
  [ "$own_options" = yes ] || return 0
  ! has_certificates || ! same "$drop_in_path" "$drop_in" || return 0
  mark phase check
  ask_dockerd && return 0
  printf '%s\n' "$reply"
  die "exit status $status"
}
