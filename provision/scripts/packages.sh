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

# Where engine packages are not in the system's own repositories.
add_engine_repository() {
  true
}
