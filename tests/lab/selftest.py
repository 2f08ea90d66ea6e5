# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The lab's own test, with times: python3 -m tests.lab selftest. Makes its worlds itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.lab import cgroups, images, lab, namespaces, network, os_release, sources, world
from tests.lab.cloud_hosts import CloudHosts, release_of
from tests.lab.host import Host, wait_until
from tests.lab.install_script import InstallScripts


def timed(what: str, start: float) -> None:
    print(f"{time.monotonic() - start:7.2f} s  {what}", flush=True)


class Inside(unittest.TestCase):
    """Runs in a world."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.scratch = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.key = cls.scratch / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", cls.key], check=True)
        cls.users = {"ubuntu": [cls.key.with_suffix(".pub").read_text()]}

    def setUp(self) -> None:
        self.addCleanup(timed, self.id().rpartition(".")[2].replace("_", " "), time.monotonic())

    def ssh(self, host: Host, command: str, user: str = "ubuntu", check: bool = True, stdin=subprocess.DEVNULL) -> str:
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
        words = [word for option in options for word in ("-o", option)]
        done = subprocess.run(
            ["ssh", "-i", self.key, *words, f"{user}@{host.ip}", command],
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if check:
            self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def run_busybox(self, host: Host) -> None:
        with images.Images.current().image_tar.open("rb") as tar:
            self.ssh(host, "sudo docker import - busybox:lab", stdin=tar)
        start = time.monotonic()
        self.assertEqual(self.ssh(host, "sudo docker run --rm busybox:lab echo hello"), "hello\n")
        timed("docker run over ssh", start)

    def test_a_docker_host_boots_runs_a_container_and_goes(self) -> None:
        start = time.monotonic()
        with Host("docker-host", users=self.users) as host:
            host.start()
            host.wait_ssh()
            timed("docker host: boot to ssh", start)
            self.assertEqual(host.wait_running(), "running")
            timed("docker host: boot to `running`, dockerd up", start)
            self.assertEqual(self.ssh(host, "sudo id -u; hostname; . /etc/os-release; echo $ID $VERSION_ID").split(),
                             ["0", "docker-host", "ubuntu", "22.04"])  # fmt: skip
            self.assertEqual(host.exec("docker info --format '{{.Driver}}'").stdout, "overlay2\n")
            self.run_busybox(host)
            old = host.ip
            start = time.monotonic()
            host.stop()
            timed("stop", start)
            self.assertFalse(host.running)
            start = time.monotonic()
            self.assertNotEqual(host.start(new_ip=True), old)
            host.wait_ssh()
            timed("start again, new address, to ssh", start)
            self.assertIn("busybox", self.ssh(host, "sudo docker images"))
            start = time.monotonic()
            host.reboot()
            host.wait_ssh()
            timed("reboot to ssh", start)
            address, start = host.ip, time.monotonic()
            self.ssh(host, "sudo systemctl reboot", check=False)
            boot = "cat /proc/1/stat"
            wait_until(lambda: host.running and host.exec(boot, check=False).stdout, 20, "the reboot from inside")
            host.wait_ssh()
            self.assertEqual(host.ip, address)
            start = time.monotonic()
        timed("destroy", start)
        self.assertFalse(host.directory.exists())
        self.assertEqual(list(network.NAMESPACES.iterdir()), [])
        self.assertNotIn(str(host.directory), Path("/proc/self/mounts").read_text())
        groups = [path / cgroups.TOP / world.name() / "docker-host" for path in cgroups.hierarchies()]
        self.assertEqual([group for group in groups if group.exists()], [])

    def test_the_install_script_brings_a_bare_host_to_docker(self) -> None:
        with Host("bare-host", image="bare", users=self.users) as host, InstallScripts() as scripts:
            host.start()
            host.wait_ssh()
            self.assertEqual(self.ssh(host, "type docker dockerd", check=False).count("not found"), 2)
            start = time.monotonic()
            self.ssh(host, f"curl -fsSL {scripts.url('docker-ce')} | sh")
            timed("install script on a bare host", start)
            self.assertIn("/usr/bin/dockerd", self.ssh(host, "systemctl show -P ExecStart docker"))
            self.assertEqual(self.ssh(host, "sudo systemctl restart docker; systemctl is-active docker"), "active\n")
            self.run_busybox(host)
            failed = self.ssh(host, f"curl -fsSL {scripts.url('failing')} | sh; echo status $?")
            self.assertIn("closed today", failed)
            self.assertIn("status 1", failed)
            self.assertIn("status 22", self.ssh(host, f"curl -fsSL {scripts.url('missing')}; echo status $?"))
            self.assertIn("<html>", self.ssh(host, f"curl -fsSL {scripts.url('html')}"))
            self.assertIn("status 18", self.ssh(host, f"curl -fsSL {scripts.url('broken-off')}; echo status $?"))
            self.assertIn("/docker-ce", scripts.requests)

    def test_package_tools_and_look_ups_inside_fail_fast(self) -> None:
        with Host("alone", image="bare", users=self.users) as host:
            host.start()
            host.wait_ssh()
            start = time.monotonic()
            for command in (
                "sudo apt-get update",
                "sudo apt-get install -y nothing-such",
                "getent hosts example.com",
                "curl -sS --max-time 20 http://example.com",
                "curl -sS --max-time 20 http://192.0.2.1",
            ):
                self.ssh(host, command, check=False)
            timed("apt-get update, install, three look-ups that cannot work", start)
            self.assertLess(time.monotonic() - start, 5)

    def test_docker_not_enabled_waits_to_be_started(self) -> None:
        debian = os_release.debian("12")
        with Host("prepared", users=self.users, os_release=debian, docker_enabled=False) as host:
            host.start()
            host.wait_running()
            units = "systemctl is-active docker.service docker.socket containerd.service"
            self.assertEqual(host.exec(units, check=False).stdout.split(), ["inactive"] * 3)
            self.assertIn("/usr/sbin/dockerd", host.exec("systemctl show -P ExecStart docker").stdout)
            host.exec("systemctl enable --now docker; test ! -e /usr/bin/dockerd; docker info")

    def test_keys_and_sshd_are_as_asked_for(self) -> None:
        other = self.scratch / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
        keys = {"root": self.users["ubuntu"]}
        with Host("plain", image="bare", users=keys, host_keys=["rsa"], sshd_options=["MaxSessions 1"]) as host:
            host.start()
            host.wait_ssh()
            self.assertEqual(self.ssh(host, "id -un", user="root"), "root\n")
            scan = subprocess.run(["ssh-keyscan", host.ip], capture_output=True, text=True).stdout
            self.assertEqual({line.split()[1] for line in scan.splitlines() if not line.startswith("#")}, {"ssh-rsa"})
            self.assertIn("maxsessions 1\n", self.ssh(host, "sshd -T", user="root"))
            host.update_keys({"late": self.users["ubuntu"], "root": [other.with_suffix(".pub").read_text()]})
            self.assertEqual(self.ssh(host, "sudo id -un", user="late"), "root\n")
            self.assertIn("Permission denied", self.ssh(host, "id", user="root", check=False))

    def test_a_simulated_cloud_boots_stops_resets_and_deletes(self) -> None:
        hosts = CloudHosts(docker=False)
        script = {
            "startup-script": "#!/bin/sh\necho ran >>/var/startup\n",
            "user-data": "#!/bin/sh\necho once >>/var/once\n",
        }
        image = "ubuntu-os-cloud/global/images/ubuntu-2004-focal-v20210510"
        instance = hosts.boot("vm", users=self.users, metadata=script, image=image)
        instance.host.wait_running()
        self.assertIn("20.04", self.ssh(instance.host, "cat /etc/os-release"))
        before = instance.ip
        instance.reset()
        instance.host.wait_running()
        self.assertEqual(instance.ip, before)
        instance.stop()
        self.assertNotEqual(instance.start(), before)
        instance.host.wait_running()
        self.assertEqual(self.ssh(instance.host, "cat /var/startup /var/once"), "ran\nran\nran\nonce\n")
        instance.destroy()
        instance.destroy()

    def test_the_metadata_address_reaches_the_world(self) -> None:
        guest = Host("guest", image="bare", users=self.users)
        with InstallScripts(network.METADATA_ADDRESS) as metadata, guest as host:
            host.start()
            host.wait_ssh()
            self.assertIn("closed today", self.ssh(host, f"curl -fsS {metadata.url('failing')}"))

    def test_eight_hosts_at_once(self) -> None:
        start = time.monotonic()

        def boot(number: int) -> Host:
            host = Host(f"one-of-eight-{number}", users=self.users)
            host.start()
            host.wait_ssh()
            return host

        with ThreadPoolExecutor(8) as pool:
            hosts = list(pool.map(boot, range(8)))
            timed("8 docker hosts at once: to ssh", start)
            self.assertEqual(list(pool.map(lambda host: host.wait_running(), hosts)), ["running"] * 8)
            timed("8 docker hosts at once: to `running`", start)
            list(pool.map(self.run_busybox, hosts))
            start = time.monotonic()
            list(pool.map(lambda host: host.destroy(), hosts))
            timed("8 hosts destroyed", start)


class Outside(unittest.TestCase):
    """Runs on the machine, and looks at what a world leaves there."""

    def test_names_of_images_choose_the_release(self) -> None:
        for image, release in {
            "ubuntu-os-cloud/global/images/ubuntu-2004-focal-v20210510": os_release.ubuntu("20.04"),
            "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64": os_release.ubuntu("24.04"),
            "ubuntu-os-cloud/global/images/family/ubuntu-minimal-2204-lts": os_release.ubuntu("22.04"),
            "debian-cloud/global/images/debian-12-bookworm-v20240101": os_release.debian("12"),
            "cos-cloud/global/images/family/cos-stable": os_release.cos("117"),
            "cos-cloud/global/images/family/cos-109-lts": os_release.cos("109"),
            "my-own-image": os_release.ubuntu("22.04"),
        }.items():
            self.assertEqual(release_of(image), release, image)

    def test_the_mirror_is_the_one_of_the_machine(self) -> None:
        one_line = "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main contrib\n"
        stanza = "Types: deb deb-src\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n"
        third_party = "deb https://a.example/linux/debian bookworm stable\ndeb https://b.example/ stable main\n"
        for files, expected in (
            ({"sources.list": one_line}, "http://mirror.example/debian"),
            ({"sources.list.d/debian.sources": "# ours\n" + stanza}, "http://mirror.example/debian"),
            ({"sources.list.d/debian.sources": "Enabled: no\n" + stanza}, sources.DEFAULT_MIRROR),
            ({"sources.list.d/debian.list.disabled": one_line}, sources.DEFAULT_MIRROR),
            ({"sources.list": "# " + one_line + third_party}, sources.DEFAULT_MIRROR),
            ({"sources.list": "deb http://archive.ubuntu.example/ubuntu noble main\n"}, sources.DEFAULT_MIRROR),
            ({}, sources.DEFAULT_MIRROR),
        ):
            with tempfile.TemporaryDirectory() as directory, unittest.mock.patch.dict(os.environ):
                os.environ.pop("DMACHINE_LAB_MIRROR", None)
                for name, text in files.items():
                    file = Path(directory, name)
                    file.parent.mkdir(exist_ok=True)
                    file.write_text(text)
                self.assertEqual(sources.mirror(Path(directory)), expected, files)

    def test_worlds_run_side_by_side_and_give_the_exit_code(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(lambda _: subprocess.run(in_a_world("one-host")).returncode, range(2)))
        self.assertEqual(codes, [5, 5])

    def test_a_killed_world_leaves_nothing(self) -> None:
        outer = subprocess.Popen(in_a_world("one-host-waits"), stdout=subprocess.PIPE, text=True)
        assert outer.stdout
        name = outer.stdout.readline().strip()
        groups = [path / cgroups.TOP / name for path in cgroups.hierarchies()]
        self.assertTrue(all(group.exists() for group in groups), name)
        inhabitants = members(groups)
        self.assertGreater(len(inhabitants), 5)
        outer.send_signal(signal.SIGKILL)
        outer.wait()
        outer.stdout.close()
        wait_until(lambda: not members(groups), 10, "the hosts of a killed world to die")
        self.assertEqual([process for process in inhabitants if Path(f"/proc/{process}").exists()], [])
        self.assertEqual(lab.run(["true"]), 0)  # the next world sweeps up
        self.assertEqual([group for group in groups if group.exists()], [])

    def test_nothing_stays_mounted(self) -> None:
        self.assertNotIn(str(images.cache_dir()), Path("/proc/self/mounts").read_text())


def in_a_world(program: str) -> list[str]:
    python = [sys.executable, "-m"]
    return [*python, "tests.lab", "exec", "--", *python, "tests.lab.selftest", program]


def members(groups: list[Path]) -> set[int]:
    result = set()
    for group in groups:
        for file in group.rglob("cgroup.procs"):
            try:
                result |= {int(line) for line in file.read_text().split()}
            except OSError:
                pass  # removed while we looked
    return result


def one_host(wait: bool) -> int:
    """A small program for a world of its own."""
    with Host("one", image="bare") as host:
        host.start()
        host.wait_running()
        if wait:
            print(world.name(), flush=True)
            signal.pause()
    return 5


def run(tests: list[unittest.TestSuite]) -> bool:
    return unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(tests)).wasSuccessful()


def main(words: list[str]) -> int:
    """`words`: tests to run inside a world, all by default."""
    os.chdir(namespaces.ROOT)
    if words in (["one-host"], ["one-host-waits"]):
        return one_host(words == ["one-host-waits"])
    if lab.inside():
        names = words or ["Inside"]
        outcome = run([unittest.defaultTestLoader.loadTestsFromName(name, sys.modules[__name__]) for name in names])
        return 0 if outcome else 1
    start = time.monotonic()
    built = images.ensure()
    timed(f"images ready; when they were built: {built.figures}", start)
    command = [sys.executable, "-m", "tests.lab.selftest", *words]
    if code := lab.run(command):
        return code
    passed = run([unittest.defaultTestLoader.loadTestsFromTestCase(Outside)])
    timed("all", start)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
