# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every system that dmachine knows, as hosts that say they are it: a real systemd and a real dockerd, and the system's own
package tool played by a command that writes down how it was called and installs Docker."""

from __future__ import annotations

import pytest

from tests.e2e.provision.rig import DROP_IN, engine_process
from tests.lab import os_release
from tests.lab.install_script import InstallScripts

# os-release, and what dmachine calls it.
SYSTEMS = {
    **{f"ubuntu {version}": (os_release.ubuntu(version), "ubuntu(systemd)") for version in os_release.UBUNTU},
    **{f"debian {version}": (os_release.debian(version), "debian") for version in os_release.DEBIAN},
    "rhel 9": (os_release.other("rhel", "9.4", "Red Hat Enterprise Linux", "fedora"), "redhat"),
    "centos 10": (os_release.other("centos", "10", "CentOS Stream", "rhel fedora"), "centos"),
    "rocky 9": (os_release.other("rocky", "9.4", "Rocky Linux", "rhel centos fedora"), "rocky"),
    "almalinux 9": (os_release.other("almalinux", "9.4", "AlmaLinux", "rhel centos fedora"), "redhat"),
    "oracle 9": (os_release.other("ol", "9.4", "Oracle Linux Server", "fedora"), "ol"),
    "fedora 42": (os_release.other("fedora", "42", "Fedora Linux"), "fedora"),
    "amazon 2": (os_release.other("amzn", "2", "Amazon Linux", "centos rhel fedora"), "amzn"),
    "amazon 2023": (os_release.other("amzn", "2023", "Amazon Linux", "fedora"), "amzn"),
    "sles 15": (os_release.other("sles", "15.6", "SLES", "suse"), "SUSE"),
    "opensuse": (os_release.other("opensuse-leap", "15.6", "openSUSE Leap", "suse opensuse"), "SUSE"),
    "arch": (os_release.other("arch", "20260101", "Arch Linux"), "arch"),
    "flatcar": (os_release.other("flatcar", "4081.2.0", "Flatcar Container Linux", "coreos"), "coreOS"),
    "fedora coreos": (os_release.other("fedora", "42", "Fedora Linux") + "VARIANT_ID=coreos\n", "Fedora CoreOS"),
    "cos 117": (os_release.cos("117"), "cos"),
}

IMAGE_SYSTEMS = ("flatcar", "fedora coreos", "cos 117")

# In front of the host's own commands: dmachine's script puts the system's folders behind the PATH it finds.
TOOL = """\
#!/bin/sh
echo "${{0##*/}} $*" >>/run/package-calls
case "$*" in *install* | -Sy*) curl -fsS {script} | sh ;; esac
"""


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_with_docker_in_its_image(boot, manager, name):
    text, provisioner = SYSTEMS[name]
    host = boot(os_release=text)
    done = manager.provision(host)
    assert done.report["provisioner"] == provisioner
    assert manager.engine(host) == "OK"
    before = engine_process(host)
    again = manager.provision(host, keep=True)
    assert not again.report["changed"] and not again.report["restarted"]
    assert engine_process(host) == before
    drop_in = host.exec(f"cat {DROP_IN}").stdout
    assert ("--storage-driver overlay2" in drop_in) == (provisioner != "cos")
    assert drop_in.endswith("\nEnvironment=\n") == (provisioner not in ("coreOS", "Fedora CoreOS"))
    if provisioner == "cos":
        rules = host.exec("iptables -S INPUT").stdout.splitlines()
        assert rules.count("-A INPUT -p tcp -m tcp --dport 2376 -j ACCEPT") == 1


@pytest.mark.parametrize(
    "name, tool, call",
    [
        ("amazon 2023", "dnf", "dnf -y -q --allowerasing install docker"),
        ("amazon 2", "yum", "yum -y -q install docker"),
        ("almalinux 9", "dnf", "dnf -y -q --allowerasing install docker-ce docker-ce-cli containerd.io"),
        ("sles 15", "zypper", "zypper --non-interactive --quiet install --no-recommends -- docker"),
        ("arch", "pacman", "pacman -Sy --noconfirm --noprogressbar --needed docker"),
    ],
)
def test_a_system_whose_package_manager_brings_docker(boot, manager, name, tool, call):
    with InstallScripts() as scripts:
        command = TOOL.format(script=scripts.url("docker.io"))
        host = boot(image="bare", os_release=SYSTEMS[name][0],
                    prepare=lambda disk: disk.write(f"/usr/local/sbin/{tool}", command, 0o755))  # fmt: skip
        manager.provision(host, engine={"InstallURL": "https://get.docker.com"})
        assert scripts.requests == ["/docker.io", "/debs.tar"]
    assert host.exec("cat /run/package-calls").stdout.splitlines()[-1] == call
    assert manager.engine(host) == "OK"


@pytest.mark.parametrize("name", IMAGE_SYSTEMS)
def test_an_image_system_without_docker_is_told(boot, manager, name):
    host = boot(image="bare", os_release=SYSTEMS[name][0])
    done = manager.provision(host, fine=False, engine={"InstallURL": "https://get.docker.com"})
    assert "error installing docker: " in done.error and "it has to be in the image" in done.error
