# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Facts of pacman, which itself says what IgnorePkg holds.

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

upgrade_packages() {
  pacman -Sy --noconfirm --noprogressbar --needed "$@"
}

remove_package() {
  pacman -R --noconfirm "$1"
}
