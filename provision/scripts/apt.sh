# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Facts of apt and dpkg. Each package manager has a file with these functions, as far as packages.sh does not do.

# No package of Docker was left half-way by a dpkg that was killed.
packages_sound() {
  ! awk '/^Package: / { docker = $2 ~ /^(docker|containerd|runc|moby)/ }
    /^Status: .* (unpacked|half-configured|half-installed)$/ && docker { found = 1; exit }
    END { exit !found }' "$root/var/lib/dpkg/status"
}

repair_packages() {
  dpkg --force-confdef --force-confold --configure -a
}

install_package() {
  apt-get -q update && apt-get -q -y --no-install-recommends install "$@"
}

# What an output tells of: busy (another package run holds a lock), interrupted, or unreachable (a mirror). The lines apt
# prints while it waits for a lock hold the same words, without the E.
refusal() {
  if grep -Eq '^(E|dpkg: error): .*(Could not get lock|Unable to lock directory|Unable to acquire the dpkg|locked by another process)' "$1"; then
    echo busy
  elif grep -q 'dpkg was interrupted' "$1"; then
    echo interrupted
  elif grep -Eq '^(E|W): (Failed to fetch|Some index files failed to download)' "$1"; then
    echo unreachable
  fi
}

# For every apt-get below us, those inside an install script too: wait for dpkg's lock, try mirrors again.
prepare_packages() {
  printf 'DPkg::Lock::Timeout "%s";\nAcquire::Retries "3";\nDpkg::Use-Pty "0";\n' "$lock_limit" >"$work/apt.conf"
  export APT_CONFIG="$work/apt.conf" DEBIAN_FRONTEND=noninteractive
}

# NAME VERSION of what is installed.
list_packages() {
  dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' | sed -n 's/^.i[^ ]* *//p'
}

# Also those that are not installed and are to stay so, which dpkg-query shows only when asked for.
held_packages() {
  dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' '*' 2>/dev/null | sed -n 's/^h[^ ]* *//p'
}

release_hold() {
  echo 'apt-mark unhold'
}

engine_names() {
  echo 'docker-ce docker.io'
}

list_candidates() {
  apt-cache madison "$1" 2>/dev/null | sed -n 's/^ *[^ ]* *| *\([^ ]*\) *|.* Packages$/\1/p'
}

refresh_packages() {
  apt-get -q update
}

package_suffix() {
  echo .deb
}

# Without asking for lists at first: the files may be all it takes, and the host without a network.
install_package_files() {
  apt-get -q -y --no-install-recommends install "$@" || install_package "$@"
}

upgrade_packages() {
  apt-get -q update && apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confdef \
    -o Dpkg::Options::=--force-confold install --only-upgrade "$@"
}

remove_package() {
  apt-get -q -y remove "$1"
}
