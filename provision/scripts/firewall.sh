# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The host's own packet filter, where there is one. The cloud's is the driver's.

open_firewalld() {
  # shellcheck disable=SC2086  # "" or --permanent
  firewall-cmd --quiet $1 --query-port="$port/tcp" || {
    firewall-cmd --quiet $1 --add-port="$port/tcp" || die "firewalld does not open port $port"
    mark changed firewalld
  }
}

open_iptables() {
  iptables -w -C INPUT -p tcp -m tcp --dport "$port" -j ACCEPT 2>/dev/null && return 0
  iptables -w -A INPUT -p tcp -m tcp --dport "$port" -j ACCEPT || die "iptables does not open port $port"
  mark changed iptables
}

open_port() {
  if [ "$firewall" = iptables ]; then
    mark phase firewall
    open_iptables
  elif have firewall-cmd && systemctl is-active --quiet firewalld.service; then
    mark phase firewall
    open_firewalld ''
    open_firewalld --permanent
  fi
}
