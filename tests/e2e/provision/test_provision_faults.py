# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Hosts and networks that get in the way."""

from __future__ import annotations

import json
import time

import pytest

from tests.e2e.provision.rig import engine_process
from tests.lab import os_release
from tests.lab.install_script import InstallScripts

# A POSIX lock as dpkg's and apt's own (struct flock of 64-bit Linux), held for some seconds.
HOLD = """\
perl -e 'use Fcntl; open(my $f, ">>", $ARGV[0]) or die; my $l = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0);
fcntl($f, F_SETLK, $l) or die $!; print "held\\n"; close(STDOUT); sleep($ARGV[1]);
open(my $done, ">", "/run/released")' {path} {seconds} >/run/held &
until grep -q held /run/held; do sleep 0.05; done
"""


class Scripts(InstallScripts):
    """The working script after some shell of the test's."""

    def __init__(self, first: str) -> None:
        super().__init__()
        self.first = first

    def script(self, name: str) -> str | None:
        text = super().script(name)
        return text.replace("set -e\n", "set -e\n" + self.first, 1) if text and name == "docker-ce" else text


@pytest.mark.parametrize("path", ["/var/lib/apt/lists/lock", "/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock"])
def test_locks_of_another_package_run_are_waited_out(boot, manager, path):
    host = boot(image="bare")
    host.exec(HOLD.format(path=path, seconds=6))
    with Scripts("apt-get -qq update >/dev/null\n") as scripts:
        manager.provision(host, engine={"InstallURL": scripts.url("docker-ce")})
    host.exec("test -e /run/released")
    assert manager.engine(host) == "OK"


def test_an_interrupted_dpkg_is_repaired(boot, manager):
    host = boot(image="bare")
    host.exec("cp /var/lib/dpkg/status /var/lib/dpkg/updates/0001; : >/var/lib/dpkg/updates/0001")
    with Scripts("apt-get -qq -y install >/dev/null\n") as scripts:
        manager.provision(host, engine={"InstallURL": scripts.url("docker-ce")})
    assert manager.engine(host) == "OK"


# Served in the place of an install script, and what the error says.
BAD_SCRIPTS = {
    "failing": ["exit status 1:\nReading package lists...\nE: The repository of this script is closed today"],
    "html": ["is not a script", "<!DOCTYPE html>"],
    "missing": ["404", "/missing failed"],
    "empty": ["/empty is not a script: it is empty"],
    "half": ["/half is no shell script, or not all of one (#!/bin/sh): "],
}


def test_an_install_script_that_fails_shows_its_last_lines(boot, manager):
    host = boot(image="bare")
    with InstallScripts() as scripts:
        for name, words in BAD_SCRIPTS.items():
            done = manager.provision(host, fine=False, engine={"InstallURL": scripts.url(name)})
            assert done.error.startswith("Error running provisioning: error installing docker: exit status ")
            assert [word for word in words if word not in done.error] == [], done.error
        manager.provision(host, engine={"InstallURL": scripts.url("broken-once")})
        assert scripts.requests.count("/broken-once") == 2
    assert manager.engine(host) == "OK"


def test_no_installing_wanted(boot, manager):
    host = boot(image="bare")
    done = manager.provision(host, fine=False)
    assert done.error.startswith("Error running provisioning: error installing docker: Docker is not on this host")
    assert done.seconds < 3


def test_a_clash_with_daemon_json_is_told_before_anything_changes(boot, manager):
    host = boot()
    host.disk.write("etc/docker/daemon.json", '{"storage-driver": "overlay2", "log-driver": "local"}\n', 0o600)
    started, _, _ = engine_process(host)
    done = manager.provision(host, fine=False)
    assert done.seconds < 2
    assert '/etc/docker/daemon.json on the host sets "storage-driver" (--storage-driver)' in done.error
    assert "--engine-storage-driver none" in done.error
    assert engine_process(host)[0] == started
    assert host.exec("ls /etc/docker").stdout == "daemon.json\n"
    manager.provision(host, engine={"StorageDriver": "none"})
    assert manager.engine(host) == "OK"


def test_options_that_the_engine_refuses_never_replace_those_it_works_with(boot, manager):
    host = boot()
    good = {"Labels": ["good=1"]}
    manager.provision(host, engine=good)
    before = engine_process(host)

    def refused(engine: dict) -> str:
        error = manager.provision(host, fine=False, keep=True, engine={**good, **engine}).error
        assert error.startswith("Error running provisioning: ") and len(error.splitlines()) < 24, error
        assert manager.engine(host) == "OK"
        return error

    # Known to be gone, by the engine's version.
    assert " does not take the engine option --cluster-store: it went with 23.0\n" in refused({"ArbitraryFlags": ["cluster-store=x"]})
    assert "--storage-driver overlay: it went with 24.0\noverlay2 does the same\n" in refused({"StorageDriver": "overlay"})
    # Refused by dockerd when it is asked.
    told = "Error running provisioning: the Docker daemon does not take its options: exit status "
    for option, words in {"no-such-option=1": "unknown flag: --no-such-option", "mtu=wide": "invalid argument",
                          "log-level=loud": "loud"}.items():  # fmt: skip
        error = refused({"ArbitraryFlags": [option]})
        assert error.startswith(told) and words in error
    assert "DOCKER_MIN_API_VERSION" in refused({"Env": ["DOCKER_MIN_API_VERSION=0.1"]})
    host.disk.write("etc/docker/daemon.json", "{")
    error = refused({"Labels": ["good=2"]})
    assert error.startswith(told) and "/etc/docker/daemon.json" in error
    assert engine_process(host) == before
    host.exec("rm /etc/docker/daemon.json")

    # Seen only at its start: then it goes on as it was.
    error = refused({"StorageDriver": "btrfs"})
    assert error.startswith("Error running provisioning: Unable to verify the Docker daemon is listening: docker.service is failed:\n")
    assert "btrfs" in error
    assert engine_process(host)[1] == before[1]
    again = manager.provision(host, keep=True, engine=good)
    assert not again.report["changed"] and not again.report["restarted"]


def test_a_new_host_whose_engine_cannot_start_is_mended_by_the_next_run(boot, manager):
    host = boot()
    done = manager.provision(host, fine=False, engine={"StorageDriver": "btrfs"})
    assert "docker.service is failed:\n" in done.error and "btrfs" in done.error
    print(done.error)
    manager.provision(host)
    assert manager.engine(host) == "OK"


def test_a_foreign_listener_on_the_port_is_not_taken_for_the_engine(boot, manager):
    host = boot()
    host.exec("systemd-run --quiet perl -MIO::Socket::INET -e "
              "'my $s = IO::Socket::INET->new(Listen=>1,LocalPort=>2376) or die; sleep 300'")  # fmt: skip
    done = manager.provision(host, fine=False)
    assert "address already in use" in done.error


def test_a_drop_in_that_wins_over_ours_is_named(boot, manager):
    host = boot()
    other = "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd --no-such-option\n"
    host.disk.write("etc/systemd/system/docker.service.d/docker.conf", other)
    done = manager.provision(host, fine=False)
    assert "/etc/systemd/system/docker.service.d/docker.conf sets ExecStart too" in done.error


def test_a_login_without_sudo_is_told(boot, manager):
    host = boot()
    host.exec("rm -f /etc/sudoers.d/*; sed -i '/^ubuntu/d' /etc/sudoers")
    done = manager.provision(host, fine=False)
    assert done.error.startswith("Error running provisioning: ubuntu cannot become root on the host: ")
    assert "password" in done.error


def test_an_unknown_system_is_told(boot, manager):
    host = boot(os_release=os_release.other("alpine", "3.20", "Alpine Linux"))
    done = manager.provision(host, fine=False)
    assert done.error.startswith('Error detecting OS: OS type not recognized: the host\'s os-release says ID="alpine"')


PHASES = ["cloud-init", "hostname", "install", "certs", "config", "engine"]


def cut_ssh(host) -> str:
    """Shell for the probe: ends all ssh sessions of the host, seen from its own namespaces."""
    inside = f"nsenter --target={host._leader()} --mount --pid -- pkill -KILL '^sshd-(session|auth)'"
    return f"{inside}; sleep 0.2"


@pytest.mark.parametrize("phase", PHASES)
def test_a_connection_that_is_cut_is_made_again(boot, manager, phase):
    host = boot()
    done = manager.provision(host, cut=phase, cut_command=cut_ssh(host))
    assert done.report["reconnects"] == 1 and done.report["issued"] == 1
    assert len(done.lines) == len(set(done.lines)) == 6
    assert manager.engine(host) == "OK"
    again = manager.provision(host, keep=True)
    assert not again.report["changed"]


@pytest.mark.parametrize("delay", [0, 1.5, 4])
def test_an_install_survives_the_loss_of_its_connection(boot, manager, delay):
    host = boot(image="bare")
    with Scripts("sleep 1\n") as scripts:
        engine = {"InstallURL": scripts.url("docker-ce")}
        done = manager.provision(host, engine=engine, cut="install", cut_command=f"sleep {delay}; {cut_ssh(host)}")
        assert scripts.requests.count("/docker-ce") == 1
    assert done.report["reconnects"] == 1
    assert manager.engine(host) == "OK"


def test_several_managers_at_once_take_turns(boot, manager):
    host = boot(image="bare")
    with InstallScripts() as scripts:
        manager.issue_server(host)
        engine = {"InstallURL": scripts.url("docker-ce")}
        started = [manager.start(host, engine=engine) for _ in range(3)]
        outcomes = [(process.communicate(timeout=120), process.returncode) for process, _ in started]
        assert [code for _, code in outcomes] == [0, 0, 0], outcomes
        assert scripts.requests.count("/docker-ce") == 1
    reports = [json.loads(report.read_text()) for _, report in started]
    assert sorted(report["restarted"] for report in reports) == [False, False, True]
    assert manager.engine(host) == "OK"


def test_curl_is_installed_where_nothing_can_download(boot, manager):
    host = boot(image="bare")
    host.exec("mv /usr/bin/curl /usr/bin/hidden")
    apt = "#!/bin/sh\necho $* >>/root/apt\ncase $* in *install*curl) mv /usr/bin/hidden /usr/bin/curl;; esac\n"
    host.disk.write("usr/local/sbin/apt-get", apt, 0o755)
    with InstallScripts() as scripts:
        manager.provision(host, engine={"InstallURL": scripts.url("docker-ce")})
    assert host.exec("cat /root/apt").stdout == "-q update\n-q -y --no-install-recommends install curl\n"
    assert manager.engine(host) == "OK"


def test_a_limit_names_the_phase_and_the_next_run_waits_for_the_work(boot, manager):
    host = boot(image="bare")
    with Scripts("echo beginning; sleep 8\n") as scripts:
        engine = {"InstallURL": scripts.url("docker-ce")}
        done = manager.provision(host, fine=False, engine=engine, limit=4)
        assert done.error.startswith("Error running provisioning: error installing docker: not done after ")
        assert "beginning" in done.error
        manager.provision(host, engine=engine)
        assert scripts.requests.count("/docker-ce") == 1
    assert manager.engine(host) == "OK"


def test_no_secret_is_seen_in_the_hosts_processes_or_in_our_output(boot, manager):
    host = boot()
    host.exec("systemd-run --quiet --unit=watch sh -c 'while :; do cat /proc/[0-9]*/cmdline >>/root/seen 2>/dev/null; done'")
    engine = {"Env": ["HTTP_PROXY=http://me:hunter2@proxy:3128"]}
    done = manager.provision(host, engine=engine, debug=True)
    host.exec("systemctl stop watch")
    seen = host.exec("cat /root/seen").stdout
    assert "sh\0-s" in seen
    key = (manager.folder / "server-key.pem").read_text().splitlines()[1]
    for secret in (key, "hunter2"):
        assert secret not in seen and secret not in done.out + done.error
