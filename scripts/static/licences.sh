# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The licences of all that is linked into the static files. Sourced by scripts/release, which sets sources and zig.

# collect_licences: dmachine's own and every library's, each below a line with its name.
collect_licences() {
  local lib=${zig%/zig}/lib
  licence dmachine "$root/LICENSE"
  licence OpenSSL "$sources/openssl/LICENSE.txt"
  licence libssh2 "$sources/libssh2/COPYING"
  licence curl "$sources/curl/COPYING"
  licence fmt "$sources/fmt/LICENSE.rst"
  licence pugixml "$sources/pugixml/LICENSE.md"
  licence "JSON for Modern C++" "$sources/nlohmann_json/LICENSE.MIT"
  licence "toml++" "$sources/tomlplusplus/usr/share/doc/libtomlplusplus-dev/copyright"
  licence musl "$lib/libc/musl/COPYRIGHT"
  licence "libc++, libc++abi, libunwind and compiler-rt of LLVM" "$lib/libcxx/LICENSE.TXT"
  licence "zig's compiler_rt" "${zig%/zig}/LICENSE"
}

licence() {
  [ -s "$2" ] || { say "no licence of $1 at $2" >&2; return 1; }
  printf '%s\n%s\n%s\n\n' "$(printf '%.0s=' {1..100})" "$1" "$(printf '%.0s=' {1..100})"
  cat "$2"
  printf '\n\n'
}
