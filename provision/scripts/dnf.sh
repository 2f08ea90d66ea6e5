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

# Three generations of the plugin: 0:docker-ce-27.5.1-1.*, docker-ce-3:27.5.1-1.*, and name = "docker-ce".
held_packages() {
  sed -n -e 's/^[0-9][0-9]*:\(.*\)-[^-]*-[^-]*$/\1/p' -e 's/^\([^!#].*\)-[0-9][0-9]*:[^-]*-[^-]*$/\1/p' \
    -e 's/^name *= *"\(.*\)"$/\1/p' "$root/etc/yum/pluginconf.d/versionlock.list" \
    "$root/etc/dnf/plugins/versionlock.list" "$root/etc/dnf/versionlock.toml" 2>/dev/null
}

release_hold() {
  echo 'versionlock delete'
}

engine_names() {
  echo 'docker-ce moby-engine docker'
}

list_candidates() {
  if have dnf; then dnf -q list --showduplicates "$1"; else yum -q list --showduplicates "$1"; fi 2>/dev/null |
    awk -v name="$1" '{ split($1, part, "."); if (part[1] == name && NF >= 3) print $2 }' | sort -rV
}

# Without the epoch, which dnf wants in front of the version and yum in front of the name.
package_spec() {
  echo "$1-${2#*:}"
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
