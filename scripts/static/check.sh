# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What every file of the release must be. Sourced by scripts/release.

# check_static_file FILE: position-independent, without interpreter or library, RELRO with all symbols bound at start,
# no memory that is writable and executable, no path of this machine in it. Says the first thing that is wrong, and fails.
check_static_file() {
  local headers dynamic
  headers=$(readelf --wide --file-header --program-headers "$1")
  dynamic=$(readelf --wide --dynamic "$1")
  grep -q 'Type: *DYN' <<<"$headers" || fail_check "$1" "is not position-independent"
  ! grep -q 'INTERP' <<<"$headers" || fail_check "$1" "asks for an interpreter"
  ! grep -q '(NEEDED)' <<<"$dynamic" || fail_check "$1" "needs a shared library"
  grep -q 'GNU_RELRO' <<<"$headers" || fail_check "$1" "has no RELRO segment"
  grep -q 'BIND_NOW\|FLAGS.*NOW' <<<"$dynamic" || fail_check "$1" "does not bind its symbols at start"
  grep 'GNU_STACK' <<<"$headers" | grep -q ' RW  ' || fail_check "$1" "has an executable stack"
  ! grep ' LOAD ' <<<"$headers" | grep -q ' RWE ' || fail_check "$1" "has memory that is writable and executable"
  ! readelf --wide --dynamic "$1" | grep -q 'TEXTREL' || fail_check "$1" "relocates its code"
  ! grep -qaF -e "$root" "$1" || fail_check "$1" "holds the name of the folder it was built in"
}

fail_check() {
  say "$1 $2"
  exit 1
}
