# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Systems whose programs come with the image.

install_package() {
  echo "this system has no package manager that could install $*: it has to be in the image"
  return 1
}

engine_names() {
  true
}

package_suffix() {
  echo 'nothing: it has none'
}

refusal() {
  true
}

# Docker is upgraded with the image.
list_packages() {
  true
}

upgrade_packages() {
  true
}

remove_package() {
  true
}
