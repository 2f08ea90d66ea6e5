# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The compiler of the static release. Sourced by scripts/release after scripts/lib.sh.

# install_zig FOLDER: the pinned zig in a virtual environment there, made anew when the pin changes. Sets `zig`.
install_zig() {
  local stamp
  stamp=$(sha256sum "$root/scripts/static/zig.txt" | cut -d ' ' -f 1)
  if [ "$(cat "$1/stamp" 2>/dev/null)" != "$stamp" ]; then
    say "installing the compiler"
    rm -rf "$1"
    python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check --no-compile --require-hashes -r "$root/scripts/static/zig.txt"
    echo "$stamp" >"$1/stamp"
  fi
  zig=$("$1/bin/python" -c 'import os, ziglang; print(os.path.dirname(ziglang.__file__))')/zig
}

# make_tools FOLDER TARGET: cc, c++, ar and ranlib for zig's TARGET, as build systems want to call them. No path of this
# machine may reach the program, or two builds would differ: what __FILE__ and debug information say is mapped. -O2 also
# in the trial compiles of configuration, else zig makes a second C library for them.
make_tools() {
  local tool
  mkdir -p "$1"
  for tool in cc c++; do
    cat >"$1/$tool" <<EOF
#!/bin/sh
exec "$zig" $tool -target $2 -O2 -ffile-prefix-map="$root"=. -ffile-prefix-map="${zig%/zig}"=zig "\$@"
EOF
  done
  for tool in ar ranlib; do
    printf '#!/bin/sh\nexec "%s" %s "$@"\n' "$zig" "$tool" >"$1/$tool"
  done
  chmod +x "$1"/*
}
