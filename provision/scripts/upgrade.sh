# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The newest Docker that the host's package sources have.

upgraded=no

# What is not installed is left to install_engine, which takes the newest.
upgrade_engine() {
  mark phase upgrade
  wait_for_earlier_job
  installed || return 0
  before=$(docker_versions)
  if superseded && [ "$install_url" = none ]; then
    die 'this Docker is no longer published and has to be replaced, but the install URL is "none"'
  fi
  run_job "$upgrade_job"
  if [ "$(docker_versions)" != "$before" ]; then
    upgraded=yes
    mark changed Docker
  fi
  held=$(docker_packages | grep -Fx "$(held_packages)" | tr '\n' ' ' | sed 's/ $//')
  [ -z "$held" ] || mark warn "held back on the host and not upgraded: $held"
}

# A package may leave the old program running.
runs_outdated() {
  ask_unit
  case $(readlink "$root/proc/$main_pid/exe") in
    *' (deleted)') return 0 ;;
  esac
  return 1
}

announce_restart() {
  old_program=no
  ! runs_outdated || old_program=yes
  if [ "$upgraded$old_program$stopped" = nonono ] && engine_is_current; then
    return 0
  fi
  mark phase restart
  [ "$old_program" = no ] || stop_engine
}
