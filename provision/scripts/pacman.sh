# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Facts of pacman.

packages_sound() {
  true
}

repair_packages() {
  true
}

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

prepare_packages() {
  true
}

list_packages() {
  pacman -Q
}

held_packages() {
  true # pacman itself says what IgnorePkg holds
}

upgrade_packages() {
  pacman -Sy --noconfirm --noprogressbar --needed "$@"
}

remove_package() {
  pacman -R --noconfirm "$1"
}
