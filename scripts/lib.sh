# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What scripts/test and scripts/demo share. Sourced from the root of the tree.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/dev

# say TEXT: a line with the seconds since the start.
say() { printf '[%3ds] %s\n' "$SECONDS" "$*"; }

# missing_packages LIST…: the packages of the lists that are not installed.
missing_packages() {
  local name
  grep -hv '^#' "$@" | while read -r name; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
  done
}

# install_packages: what building and testing need. install_packages_of LIST…: what these lists name.
install_packages() { install_packages_of "$root/scripts/packages.txt" "$root/tests/lab/packages.txt"; }
install_packages_of() {
  local missing sudo=
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { say "missing packages, and neither root nor sudo: ${missing[*]}"; exit 1; }
    sudo=sudo
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

build_program() {
  say "building (preset dev)"
  (cd "$root" && cmake --preset dev "$@" >"$build.configure.log" 2>&1) ||
    { cat "$build.configure.log"; exit 1; }
  cmake --build "$build" --parallel "$(nproc)" --target "${target:-all}" | tail -n 1
}

# make_python: a virtual environment with the test-only Python packages, made anew when their list changes. Its
# interpreter is `python`; $DMACHINE_PYTHON names another that has them.
python=${DMACHINE_PYTHON:-$root/build/venv/bin/python}
make_python() {
  local venv=$root/build/venv stamp
  [ "$python" = "$venv/bin/python" ] || return 0
  stamp=$(sha256sum "$root/tests/requirements.txt" | cut -d ' ' -f 1)-$(/usr/bin/python3 -V | tr ' ' -)
  if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
    say "installing the tests' Python packages"
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$root/tests/requirements.txt"
    echo "$stamp" >"$venv/stamp"
  fi
}
