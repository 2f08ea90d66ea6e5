# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Facts of dnf, and of yum where there is no dnf yet. It passes over what its versionlock plugin holds.

# podman's docker wrapper and runc are in the way of Docker's own packages.
install_package() {
  if have dnf; then
    dnf -y -q --allowerasing install "$@"
  else
    yum -y -q install "$@"
  fi
}

# Both wait by themselves for each other, but not for an rpm at work.
refusal() {
  if grep -Eq "can't create transaction lock|Existing lock .*yum\.pid|holding the (yum|rpm) lock" "$1"; then
    echo busy
  elif grep -Eq 'Failed to download|Errors? during download|Curl error|Cannot find a valid baseurl|No more mirrors to try' "$1"; then
    echo unreachable
  fi
}

list_packages() {
  rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\n'
}

upgrade_packages() {
  if have dnf; then
    dnf -y -q --refresh upgrade "$@"
  else
    yum -q clean expire-cache
    yum -y -q update "$@"
  fi
}

remove_package() {
  if have dnf; then
    dnf -y -q remove "$1"
  else
    yum -y -q remove "$1"
  fi
}
