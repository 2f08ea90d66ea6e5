# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Files are compared and written whole.

# same PATH CONTENT. The dot keeps final newlines, which $(…) drops.
same() {
  [ -f "$root$1" ] && [ "$(cat "$root$1" && echo .)" = "$2." ]
}

# ensure_file PATH MODE CONTENT. No reader sees half a file or a key under a loose mode; printf is the shell's own, so that
# nothing shows in the list of processes.
ensure_file() {
  new=$root$1.dmachine-new
  if ! same "$1" "$3"; then
    (umask 077 && rm -f "$new" && printf '%s' "$3" >"$new") && chmod "$2" "$new" && mv -f "$new" "$root$1" ||
      die "writing $1 failed"
    mark changed "$1"
  elif [ "$(stat -c %a "$root$1")" != "$2" ]; then
    chmod "$2" "$root$1"
  fi
}

# ensure_folder PATH
ensure_folder() {
  (umask 022 && mkdir -p "$root$1") || die "(re)creating $1 directory failed"
}
