# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Docker in the version that the user wants, by the package manager.

# 5:27.5.1-1~ubuntu.24.04~noble and 27.5.1_ce-150000.1 are 27.5.1.
upstream_version() {
  upstream=${1#*:}
  upstream=${upstream%%[-+~_]*}
}

# The newest of package $1 that is the wanted version, or one of it: 27.5 has 27.5.1. Sets `candidate`.
find_candidate() {
  for candidate in $(list_candidates "$1"); do
    upstream_version "$candidate"
    case $upstream. in
      "$engine_version".*) return 0 ;;
    esac
  done
  return 1
}

# Sets `engine_name` too.
find_engine() {
  refresh_packages
  for engine_name in $(engine_names); do
    ! find_candidate "$engine_name" || return 0
  done
  return 1
}

# A few of the newest, for the error.
known_versions() {
  for engine_name in $(engine_names); do
    for candidate in $(list_candidates "$engine_name"); do
      upstream_version "$candidate"
      echo "$upstream"
    done
  done | uniq | head -n 8 | tr '\n' ' '
}

install_version() {
  if ! patiently find_engine; then
    add_engine_repository || return
    patiently find_engine || {
      known=$(known_versions)
      known=${known:-none}
      drop_engine_repository
      echo "no package source of this host has Docker $engine_version; they have: ${known% }"
      return 1
    }
  fi
  set -- "$engine_name"
  specs=$(package_spec "$engine_name" "$candidate")
  case $engine_name in
    docker-ce)
      set -- "$@" containerd.io
      specs="$specs containerd.io"
      if find_candidate docker-ce-cli; then
        set -- "$@" docker-ce-cli
        specs="$specs $(package_spec docker-ce-cli "$candidate")"
      fi
      ;;
    docker.io) # which only recommends its client, where that is a package of its own
      [ -z "$(list_candidates docker-cli)" ] || specs="$specs docker-cli"
      ;;
  esac
  may_install "$@" || return
  # shellcheck disable=SC2086  # a list
  patiently install_package $specs
}
