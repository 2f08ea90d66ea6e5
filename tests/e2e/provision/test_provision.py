# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The results of provisioning on hosts that are up."""

from __future__ import annotations

import threading
import time

from tests.e2e.provision.rig import DROP_IN, engine_process
from tests.lab import os_release
from tests.lab.install_script import InstallScripts

LINES = [
    "Detecting the provisioner...",
    "Provisioning with ubuntu(systemd)...",
    "Installing Docker...",
    "Copying certs to the local machine directory...",
    "Copying certs to the remote machine...",
    "Setting Docker configuration on the remote daemon...",
]

PLAIN_DROP_IN = """\
[Service]
ExecStart=
ExecStart={dockerd} -H tcp://0.0.0.0:2376 -H unix:///var/run/docker.sock --storage-driver overlay2 --tlsverify \
--tlscacert /etc/docker/ca.pem --tlscert /etc/docker/server.pem --tlskey /etc/docker/server-key.pem \
--label provider=generic\x20
Environment=
"""


def test_a_host_with_docker_becomes_a_tls_host_and_a_second_run_changes_nothing(boot, manager):
    host = boot()
    before = host.exec("systemctl show -P NRestarts docker").stdout
    done = manager.provision(host)
    assert done.lines == LINES
    assert done.report["changed"] and done.report["restarted"]
    assert (done.report["commands"], done.report["reconnects"], done.report["issued"]) == (2, 0, 1)
    assert manager.engine(host) == "OK"
    assert host.exec(f"cat {DROP_IN}").stdout == PLAIN_DROP_IN.format(dockerd="/usr/bin/dockerd")
    modes = "stat -c '%a %U %n' /etc/docker/*.pem /etc/docker " + DROP_IN
    assert host.exec(modes).stdout.split("\n")[:-1] == [
        "644 root /etc/docker/ca.pem",
        "600 root /etc/docker/server-key.pem",
        "644 root /etc/docker/server.pem",
        "755 root /etc/docker",
        f"644 root {DROP_IN}",
    ]
    assert host.exec("hostname; cat /etc/hostname; grep 127.0.1.1 /etc/hosts || grep host0 /etc/hosts").stdout
    assert host.exec("docker version --format '{{.Server.Os}}'").stdout == "linux\n"  # the unix socket
    assert host.exec("systemctl is-enabled docker").stdout == "enabled\n"
    assert before == host.exec("systemctl show -P NRestarts docker").stdout == "0\n"

    started, _, _ = engine_process(host)
    files = "stat -c '%n %Z %i' /etc/docker/* /etc/hosts /etc/hostname " + DROP_IN
    looked = host.exec(files).stdout
    again = manager.provision(host, keep=True)
    assert not again.report["changed"] and not again.report["restarted"] and again.report["issued"] == 0
    assert engine_process(host)[0] == started
    assert host.exec(files).stdout == looked
    print("first run", done.report, "second run", again.report)


def test_new_certificates_mean_one_restart(boot, manager):
    host = boot()
    manager.provision(host)
    started, _, _ = engine_process(host)
    manager.issue_server(host, "renewed")
    done = manager.provision(host, keep=True, replace=True, server="renewed")
    assert done.report["restarted"] and done.report["issued"] == 1
    assert engine_process(host)[0] != started
    assert host.exec("cat /etc/docker/server.pem").stdout == (manager.folder / "renewed.pem").read_text()
    assert manager.engine(host) == "OK"


# Below a folder that lies on no overlay. Without what dockerd itself cannot bear there: a backslash (overlay2), % (26.1.5).
DATA_ROOT = "/var/lib/docker/it's a \"root\" ü $HOME"


def test_values_arrive_unchanged_and_nothing_of_them_is_executed(boot, manager):
    values = ["a b", "it's", 'say "hi"', "$HOME", "${PATH}", "$$", "`touch /tmp/oops`", "$(touch /tmp/oops)", "100%",
              "%h", "\\", "a\\nb", "two\nlines", "tab\there", " blanks around ", "ünïcödé", "", ";", "#x", "a=b",
              "http://u:p%40ss$word@proxy:3128"]  # fmt: skip
    engine = {
        "Env": [f"V{number}={value}" for number, value in enumerate(values)],
        "Labels": ["plain=1", "l=it's $X %h `id` \"q\" \\ b", "blank=a b"],
        "ArbitraryFlags": ["log-driver json-file", "log-opt tag={{.Name}} $x %i", f"graph={DATA_ROOT}", "live-restore"],
        "RegistryMirror": ["https://mirror.gcr.io"],
        "InsecureRegistry": ["reg1:5000"],
    }
    host = boot()
    manager.provision(host, engine=engine)
    _, words, variables = engine_process(host)
    assert [variables[f"V{number}"] for number in range(len(values))] == values
    assert words[words.index("--label") :] == [
        "--label", "plain=1", "--label", "l=it's $X %h `id` \"q\" \\ b", "--label", "blank=a b", "--label",
        "provider=generic", "--insecure-registry", "reg1:5000", "--registry-mirror", "https://mirror.gcr.io",
        "--log-driver", "json-file", "--log-opt", "tag={{.Name}} $x %i", f"--data-root={DATA_ROOT}", "--live-restore",
    ]  # fmt: skip
    assert host.exec("docker info --format '{{.DockerRootDir}}'").stdout == DATA_ROOT + "\n"
    assert host.exec("test ! -e /tmp/oops").returncode == 0
    assert "https://mirror.gcr.io/" in host.exec("docker info --format '{{.RegistryConfig.Mirrors}}'").stdout
    assert manager.engine(host) == "OK"
    again = manager.provision(host, engine=engine, keep=True)
    assert not again.report["changed"] and not again.report["restarted"]


def test_debians_own_layout_and_root_login(boot, manager):
    users = {"root": manager.users["ubuntu"]}
    host = boot(os_release=os_release.debian("12"), users=users)
    done = manager.provision(host, user="root")
    assert done.lines == [line.replace("ubuntu(systemd)", "debian") for line in LINES if "Installing" not in line]
    assert host.exec(f"cat {DROP_IN}").stdout == PLAIN_DROP_IN.format(dockerd="/usr/sbin/dockerd")
    assert manager.engine(host) == "OK"


def test_docker_that_waits_to_be_started(boot, manager):
    host = boot(docker_enabled=False)
    manager.provision(host)
    assert host.exec("systemctl is-enabled docker").stdout == "enabled\n"
    assert manager.engine(host) == "OK"
    host.reboot()
    host.wait_running()
    assert manager.engine(host) == "OK"


def test_provisioning_during_the_first_boot(boot, manager):
    """Docker may be starting while we stop it."""
    host = boot(wait=False)
    manager.provision(host)
    assert manager.engine(host) == "OK"
    host.wait_running()
    assert host.exec("systemctl is-active docker").stdout == "active\n"


def test_a_bare_host_gets_docker_from_the_script(boot, manager):
    host = boot(image="bare")
    with InstallScripts() as scripts:
        done = manager.provision(host, engine={"InstallURL": scripts.url("docker-ce")})
        assert scripts.requests == ["/docker-ce", "/debs.tar"]
        again = manager.provision(host, engine={"InstallURL": scripts.url("docker-ce")}, keep=True)
        assert scripts.requests == ["/docker-ce", "/debs.tar"]
    assert done.lines == LINES
    assert not again.report["changed"] and not again.report["restarted"]
    assert manager.engine(host) == "OK"
    assert host.exec("test ! -e /run/dmachine; systemctl list-units --all 'dmachine*' --no-legend").stdout == ""
    print("bare host", done.report)


def test_a_host_name_that_changes(boot, manager):
    host = boot()
    host.exec("hostname other; echo other >/etc/hostname")
    manager.provision(host)
    assert host.exec("hostname; cat /etc/hostname").stdout == "host0\nhost0\n"
    host.exec("hostname other; echo other >/etc/hostname; sed -i /host0/d /etc/hosts; echo 127.0.1.1 other >>/etc/hosts")
    manager.provision(host, keep=True)
    assert "\n127.0.1.1 host0\n" in host.exec("cat /etc/hosts").stdout
    assert host.exec("sudo -u ubuntu sudo -n true 2>&1").stdout == ""


def test_a_client_that_touches_the_socket_all_the_time(boot, manager):
    """Socket activation must not bring the engine up with old options."""
    host = boot()
    manager.provision(host)
    over = threading.Event()

    def touch() -> None:
        while not over.is_set():
            host.exec("timeout 5 docker version >/dev/null 2>&1", check=False)

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        for number in range(5):
            engine = {"Labels": [f"round={number}"]}
            done = manager.provision(host, engine=engine, keep=True)
            assert done.report["restarted"]
            assert f"round={number}" in engine_process(host)[1]
            assert manager.engine(host) == "OK"
    finally:
        over.set()
        toucher.join()


def test_runs_one_after_the_other_never_meet_the_start_limit(boot, manager):
    host = boot()
    for number in range(6):
        manager.provision(host, engine={"Labels": [f"round={number}"]}, keep=True)
    assert manager.engine(host) == "OK"


def test_bridge_options_take_effect(boot, manager):
    host = boot()
    manager.provision(host)
    address = "ip -o -4 addr show docker0"
    for bip in ("10.99.0.1/24", "10.98.0.1/24"):
        manager.provision(host, engine={"ArbitraryFlags": [f"bip={bip}"]}, keep=True)
        assert bip in host.exec(address).stdout
    # Back to none: the engine remembers the last network by itself; it has to run all the same.
    manager.provision(host, keep=True)
    assert manager.engine(host) == "OK"


def test_cloud_init_is_waited_for(boot, manager):
    unit = """\
[Unit]
Description=Stands for cloud-init's last stage
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'sleep 4; echo {} >/run/cloud-init/result.json'
"""
    host = boot()
    host.disk.write("etc/systemd/system/cloud-final.service", unit)
    host.exec("mkdir -p /run/cloud-init; touch /run/cloud-init/enabled; systemctl daemon-reload")
    host.exec("systemctl start --no-block cloud-final.service")
    begin = time.monotonic()
    manager.provision(host)
    assert time.monotonic() - begin > 3
    assert host.exec("test -e /run/cloud-init/result.json").returncode == 0
    begin = time.monotonic()
    manager.provision(host, keep=True)
    assert time.monotonic() - begin < 3


def test_another_port(boot, manager):
    host = boot()
    manager.provision(host, port=2377)
    assert manager.engine(host, port=2377) == "OK"
