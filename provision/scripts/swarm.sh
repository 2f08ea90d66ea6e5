# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A container of the retired swarm. One that is there stays: it may be another's, and it restarts by itself.

# swarm_container NAME IMAGE OPTIONS… -- COMMAND…
swarm_container() {
  name=$1
  image=$2
  shift 2
  docker container inspect "$name" >/dev/null 2>&1 && return 0
  # One that is on the host will do where the registry cannot be reached.
  docker pull -q "$image" || docker image inspect "$image" >/dev/null 2>&1 || die "Unable to pull image: $image"
  environment=$work/swarm-env
  (umask 077 && mkdir -p "$work" && printf '%s' "$swarm_environment" >"$environment") || die "writing $environment failed"
  docker create --name "$name" --restart always --env-file "$environment" "$@" || die "Error while creating container: $name"
  rm -rf "$work"
  docker start "$name" || die "Error while starting container: $name"
  mark changed "$name"
}
