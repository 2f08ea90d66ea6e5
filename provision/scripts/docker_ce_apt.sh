# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Docker's own repository of packages for Debian and Ubuntu, in the files that Docker's own script makes.

docker_ce_list=$root/etc/apt/sources.list.d/docker.list
docker_ce_key=$root/etc/apt/keyrings/docker.asc
repository_added=no

add_engine_repository() {
  # In whatever file: apt refuses a source that is named twice with different keys.
  ! grep -rqs 'download\.docker\.com' "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d" || return 0
  [ -e "$root/etc/ssl/certs/ca-certificates.crt" ] || patiently install_package ca-certificates || return
  have curl || have wget || patiently install_package curl || return
  codename=$(. "$root/etc/os-release" && echo "${UBUNTU_CODENAME:-${DEBIAN_CODENAME:-$VERSION_CODENAME}}")
  source=https://download.docker.com/linux/$docker_ce
  mkdir -p "${docker_ce_key%/*}" "${docker_ce_list%/*}" || return
  download_patiently "$source/gpg" "$docker_ce_key.new" && grep -q 'BEGIN PGP PUBLIC KEY BLOCK' "$docker_ce_key.new" || {
    rm -f "$docker_ce_key.new"
    echo "no package source of this host has Docker $engine_version, and there is no key of Docker's own at $source/gpg"
    return 1
  }
  mv "$docker_ce_key.new" "$docker_ce_key" && repository_added=yes &&
    echo "deb [arch=$(dpkg --print-architecture) signed-by=${docker_ce_key#"$root"}] $source $codename stable" >"$docker_ce_list"
}

drop_engine_repository() {
  [ "$repository_added" = no ] || rm -f "$docker_ce_list" "$docker_ce_key"
}
