# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""upgrade: a newer package of Docker in a repository on the host itself."""

from __future__ import annotations

import pytest

from tests.e2e.provision.rig import engine_process
from tests.lab import os_release

# The installed package again, with a higher version: same files, same scripts.
NEWER_PACKAGE = """\
set -e
name={name} work=/srv/newer repository=/srv/repository
rm -rf $work; mkdir -p $work/DEBIAN $repository
dpkg -L $name | while IFS= read -r file; do
  if [ -L "$file" ] || [ -f "$file" ]; then cp -a --parents "$file" $work; fi
done
for part in postinst prerm postrm preinst conffiles triggers; do
  [ ! -f /var/lib/dpkg/info/$name.$part ] || cp /var/lib/dpkg/info/$name.$part $work/DEBIAN
done
dpkg-query -s $name | sed -e '/^Status:/d' -e '/^Conffiles:/,/^[A-Z]/{{/^Conffiles:/d;/^ /d}}' \
  -e 's/^Version: .*/&+newer/' >$work/DEBIAN/control
dpkg-deb --root-owner-group -Znone -b $work $repository/$name.deb >/dev/null
cd $repository
{{ cat $work/DEBIAN/control; echo "Filename: ./$name.deb"; echo "Size: $(stat -c %s $name.deb)"
   echo "SHA256: $(sha256sum $name.deb | cut -d' ' -f1)"; }} >Packages
echo 'deb [trusted=yes] file:/srv/repository ./' >/etc/apt/sources.list
rm -rf $work
"""

LINES = ["Waiting for SSH to be available...", "Detecting the provisioner...", "Upgrading docker..."]


@pytest.fixture
def machine(one):
    return one(os_release=os_release.debian("12"))


def version(host) -> str:
    return host.exec("dpkg-query -W -f '${Version}' docker.io").stdout


def logins(host) -> int:
    return host.journal().count("Accepted publickey")


def test_a_newer_package_is_installed_once_and_over_one_connection(machine):
    program, host = machine.program, machine.hosts["m"]
    host.exec(NEWER_PACKAGE.format(name="docker.io"), timeout_s=300)
    before, seen = version(host), logins(host)
    files = host.exec("cat /etc/docker/*.pem /etc/systemd/system/docker.service.d/*").stdout
    result = program.run("upgrade", "m")
    assert (result.code, result.err) == (0, ""), host.journal()[-3000:]
    assert result.lines() == [*LINES, "Restarting docker..."]
    assert version(host) == before + "+newer"
    assert logins(host) == seen + 1
    assert program.run("config", "m").code == 0
    assert host.exec("cat /etc/docker/*.pem /etc/systemd/system/docker.service.d/*").stdout == files
    assert not host.exec("ls /run/dmachine", check=False).stdout

    started = engine_process(host)[0]
    result = program.run("upgrade", "m")
    assert (result.code, result.err) == (0, "")
    assert result.lines() == LINES  # nothing to restart for
    assert engine_process(host)[0] == started


def test_what_the_user_holds_back_stays(machine):
    program, host = machine.program, machine.hosts["m"]
    host.exec(NEWER_PACKAGE.format(name="docker.io") + "apt-mark hold docker.io", timeout_s=300)
    before, started = version(host), engine_process(host)[0]
    result = program.run("upgrade", "m")
    assert (result.code, result.err) == (0, "")
    assert result.lines() == [*LINES, "held back on the host and not upgraded: docker.io"]
    assert (version(host), engine_process(host)[0]) == (before, started)


def test_a_broken_engine_is_mended(machine):
    program, host = machine.program, machine.hosts["m"]
    host.exec("systemctl stop docker.service docker.socket; rm /etc/docker/server.pem")
    result = program.run("upgrade", "m")
    assert (result.code, result.err) == (0, "")
    assert result.lines() == [*LINES, "Restarting docker..."]
    assert program.run("config", "m").code == 0


def test_a_failing_upgrade_says_why(machine):
    program, host = machine.program, machine.hosts["m"]
    host.exec(NEWER_PACKAGE.format(name="docker.io") + "printf x >>docker.io.deb", timeout_s=300)
    before = version(host)
    result = program.run("upgrade", "m")
    assert result.code == 1
    assert "error upgrading docker: exit status 100" in result.err
    assert version(host) == before
    assert program.run("config", "m").code == 0
