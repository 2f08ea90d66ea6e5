# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The part of an upgrade that runs apart from the connection.

upgrade_job() {
  prepare_packages
  packages_sound || patiently repair_packages || return
  if superseded; then
    patiently remove_package docker-engine # images and containers stay in /var/lib/docker
    return
  fi
  held=" $(held_docker_packages) "
  set --
  for package in $(docker_packages); do
    case $held in
      *" $package "*) ;;
      *) set -- "$@" "$package" ;;
    esac
  done
  [ $# -eq 0 ] || patiently upgrade_packages "$@"
}
