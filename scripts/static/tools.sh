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

# make_tools FOLDER TARGET: cc, c++, ar, ranlib and link (put before a command that links) for zig's TARGET, as build systems want to call them. No path of this
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
  # Twenty-seven thousand addresses have to be filled in at each start, most of them in tables that one command never reads.
  # Packed (DT_RELR) their list is 5 KiB in place of 640, which every process had in memory. zig's compiler does not pass
  # the option on; so its linker is called again as the compiler says that it called it, and with the option.
  cat >"$1/link" <<EOF
#!/bin/sh
said=\$(ZIG_VERBOSE_LINK=1 "\$@" 2>&1) || { printf '%s\n' "\$said" >&2; exit 1; }
command=\$(printf '%s\n' "\$said" | grep '^ld\.lld ' | tail -n 1)  # it may have linked twice
[ -n "\$command" ] || { echo "link: the compiler does not say how it links" >&2; exit 1; }
exec "$zig" \$command --pack-dyn-relocs=relr
EOF
  chmod +x "$1"/*
}
