# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every system that dmachine knows, as hosts that say they are it: a real systemd and a real dockerd, what the system's file
layout does not allow, and its own package tool played by a command that writes down how it was called."""

from __future__ import annotations

import pytest

from tests.e2e.provision.rig import DROP_IN, Manager, engine_process
from tests.e2e.provision.systems import PACKAGE_TOOLS, SYSTEMS
from tests.lab.host import Host
from tests.lab.install_script import InstallScripts

ORDINARY = [name for name, system in SYSTEMS.items() if not system.image]
IMAGES = [name for name, system in SYSTEMS.items() if system.image]

# In front of the host's own commands: dmachine's script puts the system's folders behind the PATH it finds.
CALLED = """\
#!/bin/sh
echo "${0##*/} $*" >>/run/package-calls
"""
TOOL = CALLED + """\
case "$*" in *install* | -Sy*) curl -fsS {script} | sh ;; esac
"""


def check(host, manager, system) -> None:
    """It becomes a Docker host, and a second run changes nothing; no package tool is needed for either."""
    done = manager.provision(host)
    assert done.report["provisioner"] == system.provisioner
    assert manager.engine(host) == "OK"
    before = engine_process(host)
    again = manager.provision(host, keep=True)
    assert not again.report["changed"] and not again.report["restarted"]
    assert engine_process(host) == before
    drop_in = host.exec(f"cat {DROP_IN}").stdout
    assert ("--storage-driver overlay2" in drop_in) == (system.provisioner != "cos")
    assert drop_in.endswith("\nEnvironment=\n") == (system.provisioner not in ("coreOS", "Fedora CoreOS"))
    assert host.exec("systemctl is-enabled docker").stdout == "enabled\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One host for all systems that allow everything, with package tools that may not be called."""
    manager = Manager(tmp_path_factory.mktemp("systems"))
    with Host("shared", users=manager.users) as host:
        for tool in PACKAGE_TOOLS:
            host.disk.write(f"/usr/local/sbin/{tool}", CALLED + "exit 1\n", 0o755)
        host.start()
        host.wait_running()
        yield host, manager


@pytest.mark.parametrize("name", ORDINARY)
def test_a_system_with_docker_on_it(shared, name):
    host, manager = shared
    host.exec(f"rm -rf {DROP_IN} /etc/docker/*.pem; systemctl disable -q docker; systemctl daemon-reload")
    host.disk.write("/etc/os-release", SYSTEMS[name].os_release)
    check(host, manager, SYSTEMS[name])
    assert host.exec("cat /run/package-calls", check=False).stdout == ""


@pytest.mark.parametrize("name", IMAGES)
def test_a_system_whose_image_has_docker_and_little_else(boot, manager, name):
    system = SYSTEMS[name]
    is_cos = system.provisioner == "cos"

    def prepare(disk) -> None:
        if is_cos:
            disk.write("/etc/docker/daemon.json", '{"storage-driver": "overlay2", "live-restore": true}\n')
        else:  # the socket brings the engine up, nothing else does
            links = disk.root / "etc/systemd/system/sockets.target.wants"
            links.mkdir(parents=True, exist_ok=True)
            (links / "docker.socket").symlink_to("/usr/lib/systemd/system/docker.socket")

    host = boot(os_release=system.os_release, volatile_etc=is_cos, prepare=prepare, docker_enabled=is_cos)
    host.exec(system.limits)
    assert host.exec("touch /usr/bin/x", check=False).returncode != 0
    check(host, manager, system)
    if is_cos:
        manager.provision(host, keep=True, port=2377)
        manager.provision(host, keep=True, port=2377)
        rules = host.exec("iptables -S INPUT").stdout.splitlines()
        for port in (2376, 2377):
            assert rules.count(f"-A INPUT -p tcp -m tcp --dport {port} -j ACCEPT") == 1
    else:
        host.reboot()
        host.wait_running()
        assert manager.engine(host) == "OK"


@pytest.mark.parametrize("name", ["Amazon Linux 2023", "Amazon Linux 2", "AlmaLinux 9", "SLES 15", "Arch Linux"])
def test_a_system_whose_package_manager_brings_docker(boot, manager, name):
    system = SYSTEMS[name]
    with InstallScripts() as scripts:
        command = TOOL.replace("{script}", scripts.url("docker.io"))
        host = boot(image="bare", os_release=system.os_release,
                    prepare=lambda disk: disk.write(f"/usr/local/sbin/{system.tool.split()[0]}", command, 0o755))  # fmt: skip
        manager.provision(host, engine={"InstallURL": "https://get.docker.com"})
        assert scripts.requests == ["/docker.io", "/debs.tar"]
    assert host.exec("cat /run/package-calls").stdout.splitlines()[-1] == system.tool
    assert manager.engine(host) == "OK"


def test_an_image_system_without_docker_is_told(boot, manager):
    host = boot(image="bare")
    for name in IMAGES:
        host.disk.write("/etc/os-release", SYSTEMS[name].os_release)
        done = manager.provision(host, fine=False, engine={"InstallURL": "https://get.docker.com"})
        assert "error installing docker: " in done.error and "it has to be in the image" in done.error
