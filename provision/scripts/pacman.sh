# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Facts of pacman.

install_package() {
  pacman -Sy --noconfirm --noprogressbar --needed "$@"
}

refusal() {
  if grep -q 'unable to lock database' "$1"; then
    echo busy
  elif grep -q 'failed retrieving file' "$1"; then
    echo unreachable
  fi
}

list_packages() {
  pacman -Q
}

# Told not to ask, it would install them all the same.
held_packages() {
  sed -n 's/^ *IgnorePkg *= *//p' "$root/etc/pacman.conf" 2>/dev/null | tr -s ' ' '\n'
}

release_hold() {
  echo 'taking it out of IgnorePkg in /etc/pacman.conf'
}

# Nothing but the newest.
list_candidates() {
  pacman -Si "$1" 2>/dev/null | sed -n 's/^Version *: *//p'
}

package_spec() {
  echo "$1"
}

refresh_packages() {
  pacman -Sy --noprogressbar
}

package_suffix() {
  echo .pkg.tar.zst
}

install_package_files() {
  pacman -U --noconfirm --noprogressbar --needed "$@"
}

upgrade_packages() {
  pacman -Sy --noconfirm --noprogressbar --needed "$@"
}

remove_package() {
  pacman -R --noconfirm "$1"
}
