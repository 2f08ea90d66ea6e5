# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# For systems that forget /etc at each boot: what belongs there is kept on the disk, with a script that brings it back. Who
# runs the script at boot is the driver's part (google: the instance's startup-script).

# The folder is root's alone, since a key is in it.
keep_etc() {
  [ -n "$boot_script" ] || return 0
  (umask 077 && mkdir -p "$root$kept") && chmod 700 "$root$kept" || die "making $kept failed"
  ensure_folder "$kept/etc/docker"
  ensure_folder "$kept${drop_in_path%/*}"
  ensure_file "$kept/etc/docker/ca.pem" 644 "$ca_pem"
  ensure_file "$kept/etc/docker/server.pem" 644 "$server_pem"
  ensure_file "$kept/etc/docker/server-key.pem" 600 "$server_key_pem"
  ensure_file "$kept$drop_in_path" 644 "$drop_in"
  ensure_file "$kept/boot.sh" 600 "$boot_script"
}
