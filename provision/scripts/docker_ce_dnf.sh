# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Docker's own repository of packages, for Fedora, RHEL and its rebuilds.

repository_added=no

add_engine_repository() {
  repository=$root/etc/yum.repos.d/docker-ce.repo
  [ ! -e "$repository" ] || return 0
  repository_added=yes
  # The major release alone: $releasever may be a minor one, for which there is no folder.
  release=$(. "$root/etc/os-release" && echo "${VERSION_ID%%.*}")
  mkdir -p "${repository%/*}" &&
    cat >"$repository.new" <<REPOSITORY &&
[docker-ce-stable]
name=Docker CE Stable - \$basearch
baseurl=https://download.docker.com/linux/$docker_ce/$release/\$basearch/stable
enabled=1
gpgcheck=1
gpgkey=https://download.docker.com/linux/$docker_ce/gpg
REPOSITORY
    mv "$repository.new" "$repository"
}

drop_engine_repository() {
  [ "$repository_added" = no ] || rm -f "$repository"
}
