# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# openSUSE has Docker in its main repository, SUSE Linux Enterprise in a module that belongs to the release.

add_engine_repository() {
  have SUSEConnect || return 0
  ! zypper --non-interactive --quiet search --match-exact docker >/dev/null 2>&1 || return 0
  release=$(. "$root/etc/os-release" && echo "$VERSION_ID")
  SUSEConnect -p "sle-module-containers/$release/$(uname -m)" || {
    echo "the module with Docker could not be added: is this host registered with SUSE Customer Center?"
    return 1
  }
}
