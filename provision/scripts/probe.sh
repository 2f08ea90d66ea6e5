# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the client must know before it can write the apply script. Changes nothing, needs no root. $ask_engine: whether it has
# to know the engine's version, which costs a look at a large program.
for file in /etc/os-release /usr/lib/os-release; do
  if [ -r "$file" ]; then
    sed 's/^/os /' "$file"
    echo
    break
  fi
done
uid=$(id -u)
echo "uid $uid"
if [ -d /run/systemd/system ]; then
  echo 'systemd yes'
fi
# The folder, or the one that it will be in.
until [ -e "$data_root" ] || [ "${data_root%/*}" = "$data_root" ]; do
  data_root=${data_root%/*}
done
echo "data-fs $(stat -f -c %T "${data_root:-/}" 2>/dev/null)"
if [ "$ask_engine" = yes ] && find_dockerd; then
  # Docker version 26.1.5+dfsg1, build 411e817
  echo "engine $("$dockerd" --version 2>/dev/null | sed -n 's/^Docker version \([^,]*\).*/\1/p')"
fi
config=/etc/docker/daemon.json
if [ -r "$config" ]; then
  sed 's/^/daemon-json /' "$config"
elif [ "$uid" != 0 ]; then
  sudo -n sed 's/^/daemon-json /' "$config" 2>/dev/null </dev/null
fi
echo
echo 'probe done'
