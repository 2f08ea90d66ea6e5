# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The packages that Docker consists of, under the names that Docker itself and the distributions give them.

docker_package='docker|docker\.io|docker-(ce|ce-cli|ce-rootless-extras|cli|buildx|buildx-plugin|compose|compose-v2|compose-plugin|model-plugin)|moby-[a-z]+|containerd(\.io)?|runc'

# NAME VERSION of those that are installed.
docker_versions() {
  list_packages | grep -E "^($docker_package) " | sort
}

docker_packages() {
  docker_versions | cut -d' ' -f1
}

# What the user holds back of them, separated by blanks.
held_docker_packages() {
  held_packages | grep -Ex "$docker_package" | tr '\n' ' ' | sed 's/ $//'
}

# may_install NAME…: none of them is to stay uninstalled by the user's wish.
may_install() {
  held=" $(held_docker_packages) "
  for package in "$@"; do
    case $held in
      *" $package "*) list_packages | grep -q "^$package " || return ;;
    esac
  done
}

# Before 17.06 Docker's package had another name, under which nothing newer came.
superseded() {
  list_packages | grep -q '^docker-engine '
}
