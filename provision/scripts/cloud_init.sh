# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A first boot is not over before cloud-init's last stage: until then it may replace apt's sources or hold its locks.

cloud_init_runs() {
  case $(systemctl show -p ActiveState -p Job cloud-final.service 2>/dev/null) in
    *ActiveState=activating* | *Job=[1-9]*) return 0 ;;
  esac
  return 1
}

# Seen by files, since `cloud-init status --wait` costs half a second of Python when all is done, and never ends on some
# systems. result.json is the last thing cloud-init writes in each boot.
wait_cloud_init() {
  [ -e "$root/run/cloud-init/enabled" ] || return 0
  steps=0
  idle=0
  until [ -e "$root/run/cloud-init/result.json" ]; do
    steps=$((steps + 1))
    if [ "$steps" -gt $((cloud_init_limit * 4)) ]; then
      mark warn "cloud-init has not finished within $cloud_init_limit seconds, going on without it"
      return 0
    fi
    # Enabled but not under way (masked, failed, skipped): nothing to wait for. Asked every two seconds.
    if [ $((steps % 8)) -eq 0 ]; then
      if cloud_init_runs; then idle=0; else idle=$((idle + 1)); fi
      if [ "$idle" -ge 3 ]; then
        return 0
      fi
    fi
    sleep 0.25
  done
}
