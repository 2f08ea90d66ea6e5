# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What most package managers have in common. A family's own file comes behind this one and defines anew what it does otherwise.

# No package of Docker was left half-way. Most transactions that are cut off need no repair before the next.
packages_sound() {
  true
}

repair_packages() {
  true
}

# Before the first package command of a job.
prepare_packages() {
  true
}

# The packages that the user wants to stay as they are, where the package manager does not see to that itself.
held_packages() {
  true
}

# What lifts such a wish, for the error when it is in the way.
release_hold() {
  echo 'releasing it there'
}

# The engine's packages, in the order of our liking.
engine_names() {
  echo docker
}

# Versions of package $1 that can be had, the newest first, and what install_package wants for one of them.
list_candidates() {
  true
}

package_spec() {
  echo "$1=$2"
}

# Before those are listed.
refresh_packages() {
  true
}

# Of files of packages.
package_suffix() {
  echo .rpm
}

install_package_files() {
  install_package "$@"
}

# Where engine packages are not in the system's own repositories.
add_engine_repository() {
  true
}

# Takes that back, where it did not help.
drop_engine_repository() {
  true
}
