# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What the root file systems contain. A change of this file rebuilds them (its hash is their stamp)."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

SUITE = "trixie"

BARE_PACKAGES = (
    "systemd systemd-sysv dbus libpam-systemd openssh-server sudo iproute2 iptables"
    " ca-certificates curl procps hostname kmod"
).split()
DOCKER_PACKAGES = ["docker.io", "docker-cli"]

# Written before the first package is configured: a root file system that is thrown away needs no fsync.
DPKG_OPTIONS = """\
force-unsafe-io
path-exclude /usr/share/doc/*
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/lintian/*
"""

# What a host that lives for seconds in a container has no use for: each costs time at every boot, or runs
# apt and cleaning jobs in the middle of a test.
MASKED_UNITS = """
apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer man-db.timer
systemd-tmpfiles-clean.timer
getty.target console-getty.service getty-static.service getty@.service serial-getty@.service
systemd-ask-password-console.path systemd-ask-password-wall.path
systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service systemd-resolved.service
systemd-timesyncd.service systemd-udevd.service systemd-udev-trigger.service systemd-hwdb-update.service
systemd-binfmt.service systemd-firstboot.service systemd-modules-load.service systemd-pstore.service
systemd-random-seed.service systemd-journal-catalog-update.service ldconfig.service systemd-update-done.service
systemd-machine-id-commit.service systemd-sysusers.service systemd-remount-fs.service
dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
sys-fs-fuse-connections.mount modprobe@.service e2scrub_reap.service sshd-keygen.service
""".split()

# nspawn mounts /proc/sys and the version 1 control groups read-only; dockerd needs both.
WRITABLE_SCRIPT = """\
#!/bin/sh
mount -o remount,rw /proc/sys
while read -r _ mount type _; do
  [ "$type" = cgroup ] && mount -o remount,bind,rw "$mount"
done </proc/self/mounts
exit 0
"""
WRITABLE_UNIT = """\
[Unit]
Description=Make /proc/sys and the control groups writable
DefaultDependencies=no
Before=basic.target docker.service containerd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/lab/writable

[Install]
WantedBy=sysinit.target
"""


def write(root: Path, path: str, text: str, mode: int = 0o644) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(text)
    file.chmod(mode)


def finish(root: Path) -> None:
    """Turns a freshly installed root into one that boots fast and knows nothing of the machine that made it."""
    for unit in MASKED_UNITS:
        link = root / "etc/systemd/system" / unit
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    write(root, "usr/local/lib/lab/writable", WRITABLE_SCRIPT, 0o755)
    write(root, "etc/systemd/system/lab-writable.service", WRITABLE_UNIT)
    wants = root / "etc/systemd/system/sysinit.target.wants/lab-writable.service"
    wants.parent.mkdir(exist_ok=True)
    wants.unlink(missing_ok=True)
    wants.symlink_to("/etc/systemd/system/lab-writable.service")

    # Empty, so that look-ups and `apt-get update` fail at once: there is no name server and no mirror.
    for path in ("etc/resolv.conf", "etc/apt/sources.list"):
        write(root, path, "")
    for path in ("etc/hostname", "etc/machine-id", "var/lib/dbus/machine-id", "etc/dpkg/dpkg.cfg.d/lab-build"):
        (root / path).unlink(missing_ok=True)
    for pattern in ("etc/ssh/ssh_host_*", "etc/apt/sources.list.d/*", "etc/apt/auth.conf.d/*", "var/log/*.log"):
        for file in root.glob(pattern):
            file.unlink()
    for path in ("var/cache/apt", "var/lib/apt/lists", "usr/share/locale", "usr/share/man"):
        shutil.rmtree(root / path, ignore_errors=True)
    for path in ("var/cache/apt/archives/partial", "var/lib/apt/lists/partial"):
        (root / path).mkdir(parents=True)
    # Newer than /usr: systemd skips everything that has ConditionNeedsUpdate.
    for path in ("etc/.updated", "var/.updated"):
        write(root, path, "")
        os.utime(root / path, (time.time() + 60, time.time() + 60))
