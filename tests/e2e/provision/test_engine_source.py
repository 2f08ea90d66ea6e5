# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Where Docker comes from: a wanted version of the host's package sources, the user's own files, or the image."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from tests.e2e.provision.rig import engine_process
from tests.lab.images import Images

PROGRAMS = ("dockerd", "docker", "docker-proxy", "containerd", "containerd-shim-runc-v2", "runc")


def unpack_debs(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xf", Images.current().debs, "-C", folder], check=True)
    return sorted(folder.glob("*.deb"))


def add_package_source(host) -> None:
    """Docker's packages in a folder of the host, as apt reads it."""
    stanzas = []
    for deb in unpack_debs(host.disk.root / "srv/debs"):
        fields = subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True, text=True).stdout
        digest = hashlib.sha256(deb.read_bytes()).hexdigest()
        stanzas.append(f"{fields}Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n")
    host.disk.write("srv/debs/Packages", "\n".join(stanzas))
    host.disk.write("etc/apt/sources.list.d/lab.list", "deb [trusted=yes] file:/srv/debs ./\n")


def make_archive(file: Path) -> Path:
    """Docker's programs as its archive has them, all in one folder."""
    top = file.parent / "docker"
    top.mkdir()
    root = Images.current().root("docker")
    for program in PROGRAMS:
        source = next(root / folder / program for folder in ("usr/sbin", "usr/bin") if (root / folder / program).exists())
        (top / program).symlink_to(source)
    subprocess.run(["tar", "-chf", file, "--use-compress-program=gzip -1", "-C", file.parent, "docker"], check=True)
    return file


def test_the_wanted_version_comes_from_the_package_sources(boot, manager):
    host = boot(image="bare")
    add_package_source(host)
    # In the place of the network, which would be tried for 15 seconds.
    host.disk.write("usr/local/sbin/curl", "#!/bin/sh\necho $* >>/run/curl-calls\nexit 22\n", 0o755)

    def wanted(version: str, fine: bool = True):
        return manager.provision(host, fine=fine, engine={"InstallURL": "", "Version": version})

    failing = "Error running provisioning: error installing docker: exit status 1:\n"
    done = wanted("27.5.1", fine=False)
    assert done.error.startswith(failing)
    assert "no package source of this host has Docker 27.5.1, and there is no key of Docker's own at https://download.docker.com/linux/ubuntu/gpg" in done.error
    assert "download.docker.com" not in host.exec("cat /etc/apt/sources.list.d/*").stdout

    host.exec("apt-mark hold docker.io")
    done = wanted("26.1.5", fine=False)
    assert done.error.startswith(failing)
    assert "held back on this host, which may be why: docker.io (apt-mark unhold lets it be installed)" in done.error
    assert host.exec("dpkg -l docker.io containerd runc 2>/dev/null | grep ^.i", check=False).stdout == ""
    host.exec("apt-mark unhold docker.io")

    assert wanted("26.1").report["changed"]
    assert manager.engine(host) == "OK"
    assert host.exec("dockerd --version; docker --version").stdout.count("Docker version 26.1.5") == 2
    again = wanted("27")
    assert "Docker 26.1.5+dfsg1 is on the host already and is used: --engine-version 27 is for hosts without Docker" in again.lines
    assert not again.report["changed"] and not again.report["restarted"]


def test_files_of_the_users_install_docker_without_a_network(boot, manager):
    host = boot(image="bare")
    assert host.exec("ip route show default").stdout == ""

    def install(*files: Path, fine: bool = True):
        return manager.provision(host, fine=fine, engine={"InstallURL": "", "InstallFiles": [str(file) for file in files]})

    script = manager.folder / "install it's.sh"
    script.write_text("#!/bin/sh\necho 'no room here' >&2; exit 7\n")
    done = install(script, fine=False)
    assert done.error.startswith("Error running provisioning: error installing docker: exit status 7:\nno room here\n")
    package = manager.folder / "docker.rpm"
    package.write_bytes(b"\xed\xab\xee\xdb\x03")
    done = install(package, fine=False)
    assert "docker.rpm is no package of this system, whose packages end in .deb" in done.error

    archive = make_archive(manager.folder / "docker-26.1.5.tgz")
    assert install(archive).report["changed"]
    assert manager.engine(host) == "OK"
    assert engine_process(host)[1][0] == "/usr/local/bin/dockerd"
    archive.unlink()  # not needed any more
    again = install(archive)
    assert not again.report["changed"] and not again.report["restarted"]
    assert host.exec("ls /var/tmp | grep dmachine", check=False).stdout == ""

    host.exec("systemctl stop docker; rm /etc/systemd/system/docker.service /usr/local/bin/*; systemctl daemon-reload")
    done = install(archive, fine=False)
    assert f'invalid value "{archive}" for --engine-install-file: no such file or directory' in done.error
    assert install(*unpack_debs(manager.folder / "debs")).report["changed"]
    assert manager.engine(host) == "OK"
    assert host.exec("ls /var/tmp | grep dmachine", check=False).stdout == ""


def test_a_host_with_docker_needs_no_download(boot, manager):
    host = boot()
    assert host.exec("ip route show default; ip -6 route show default; cat /etc/resolv.conf").stdout == ""
    for tool in ("curl", "wget", "apt-get", "apt", "dpkg", "apt-cache"):
        host.disk.write(f"usr/local/sbin/{tool}", f"#!/bin/sh\necho {tool} $* >>/run/tool-calls\nexit 1\n", 0o755)
    # Whatever the host itself begins: connections and look-ups.
    for protocol in ("tcp", "udp"):
        host.exec(f"iptables -A OUTPUT ! -o lo -p {protocol} -m conntrack --ctstate NEW -j DROP")
    manager.provision(host, engine={"InstallURL": "https://get.docker.com"})
    assert manager.engine(host) == "OK"
    assert host.exec("test -e /run/tool-calls", check=False).returncode != 0
    rules = [line.split() for line in host.exec("iptables -nvxL OUTPUT").stdout.splitlines() if "ctstate NEW" in line]
    assert [rule[0] for rule in rules] == ["0", "0"]
