# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Docker from files that the user gave; they lie in $install_folder, which goes with this job.

install_by_files() {
  set -- "$install_folder"/*
  if [ -z "$install_folder" ] || [ ! -e "$1" ]; then
    echo 'Docker is not complete on this host: run provision again, which brings the files'
    return 1
  fi
  case $install_kind in
    script)
      check_script "$1" "${1##*/}" && patiently sh "$1"
      ;;
    packages)
      suffix=$(package_suffix)
      for file in "$@"; do
        case $file in
          *"$suffix") ;;
          *)
            echo "${file##*/} is no package of this system, whose packages end in $suffix"
            return 1
            ;;
        esac
      done
      patiently install_package_files "$@"
      ;;
    archive) install_archive "$1" ;;
  esac
}

static_unit='[Unit]
Description=Docker Application Container Engine
After=network-online.target firewalld.service
Wants=network-online.target

[Service]
Type=notify
ExecStart=/usr/local/bin/dockerd
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutStartSec=0
Restart=always
RestartSec=2
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity
Delegate=yes
KillMode=process
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
'

# Docker's archive of programs that need no libraries, all in its folder docker. The unit comes last: with it the engine counts as
# installed. https://docs.docker.com/engine/install/binaries/
install_archive() {
  unit=$root/etc/systemd/system/docker.service
  mkdir -p "$root/usr/local/bin" "${unit%/*}" &&
    tar -xzf "$1" -C "$root/usr/local/bin" --no-same-owner --strip-components=1 docker || return
  ! have groupadd || getent group docker >/dev/null || groupadd --system docker
  printf '%s' "$static_unit" >"$unit.new" && mv "$unit.new" "$unit" && systemctl daemon-reload
}
