# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Container-Optimized OS: Docker in the image, /etc in memory, a packet filter that lets nothing but SSH in."""

from __future__ import annotations

import json
import time

from tests.e2e.google.test_main_path import docker

NAME = "runner-cos"
OPTIONS = [
    "--driver", "google", "--google-project=demo-project", "--google-zone=europe-north1-a",
    "--google-machine-image=cos-cloud/global/images/family/cos-stable",
    "--engine-registry-mirror=https://mirror.gcr.io", "--engine-label=kind=cos",
]
RULE = "-A INPUT -p tcp -m tcp --dport 2376 -j ACCEPT"


def until_config_answers(program, limit=60):
    end = time.monotonic() + limit
    while (result := program.run("config", NAME)).code != 0:
        assert time.monotonic() < end, result
        time.sleep(0.5)


def options_in_force(program):
    info = json.loads(docker(program, NAME, "info", "--format", "{{json .}}"))
    return sorted(info["Labels"]), info["RegistryConfig"]["Mirrors"]


def test_a_reboot_takes_nothing_away(cloud, program):
    result = program.run("create", *OPTIONS, NAME)
    assert (result.code, result.err) == (0, ""), result
    assert "Provisioning with cos..." in result.lines() and "Installing Docker..." not in result.lines()
    machine = cloud.instance(NAME).host.host
    before = options_in_force(program)
    assert before == (["kind=cos", "provider=google"], ["https://mirror.gcr.io/"])
    assert machine.exec("iptables -S INPUT").stdout.splitlines().count(RULE) == 1

    machine.exec("touch /etc/forgotten")
    machine.reset()
    machine.wait_running()
    until_config_answers(program)
    machine.exec("test ! -e /etc/forgotten")
    assert options_in_force(program) == before
    assert machine.exec("iptables -S INPUT").stdout.splitlines().count(RULE) == 1
    assert machine.exec("stat -c %a /etc/docker/server-key.pem /var/lib/dmachine").stdout.split() == ["600", "700"]

    started = machine.exec("systemctl show -P ActiveEnterTimestampMonotonic docker").stdout
    assert program.run("provision", NAME).code == 0
    assert machine.exec("systemctl show -P ActiveEnterTimestampMonotonic docker").stdout == started
    assert program.run("rm", "-y", NAME).code == 0
    assert cloud.is_empty()
