# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""From a client secret to a container and back to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest

from tests.clouds.azure import Azure
from tests.e2e.google.test_main_path import ArgvWatcher, docker, in_order
from tests.e2e.program import Program
from tests.lab.images import Images
from tests.runner_replay.sites.google import SomeRealHosts

NAME = "runner-wm4hpnge-auto-scale-runner-1700000000-0a1b2c3d"
# As a published how-to gives them to gitlab-runner, in this order; who asks comes from the fixture.
PLACE = ["--azure-resource-group=runners", "--azure-location=japaneast",
         "--azure-image=Canonical:UbuntuServer:18.04-LTS:latest"]
LINES = [
    "Running pre-create checks...",
    f"({NAME}) Completed machine pre-create checks.",
    "Creating machine...",
    f'({NAME}) Querying existing resource group.  name="runners"',
    f'({NAME}) Creating resource group.  name="runners" location="japaneast"',
    f'({NAME}) Creating network interface.  name="{NAME}-nic"',
    f'({NAME}) Creating virtual machine.  name="{NAME}" location="japaneast" size="Standard_D2s_v5" '
    'username="docker-user" osImage="Canonical:UbuntuServer:18.04-LTS:latest"',
    "Waiting for machine to be running, this may take a few minutes...",
    "Waiting for SSH to be available...",
    "Provisioning with ubuntu(systemd)...",
    "Docker is up and running!",
]


def options(cloud) -> list[str]:
    client_id, secret = cloud.credentials.service_principal()
    return ["--driver", "azure", f"--azure-subscription-id={cloud.subscription}", f"--azure-client-id={client_id}",
            f"--azure-client-secret={secret}", *PLACE]


def create(cloud, program, name=NAME, *more, **environment):
    return program.run("--bugsnag-api-token=no-report", "create", *options(cloud), *more, name, **environment)


def test_the_published_configuration_works_in_an_empty_subscription(cloud, program):
    # Flags alone say who asks: the environment names the simulation, nothing else.
    program.environment = cloud.location() | {"AZURE_SUBSCRIPTION_ID": ""}
    result = create(cloud, program)
    assert (result.code, result.err) == (0, ""), result
    in_order(LINES, result.lines())
    assert len(cloud.token_calls()) == 1
    config = json.loads((program.store / "machines" / NAME / "config.json").read_text())
    assert config["Driver"]["Location"] == "japaneast"
    assert "PendingCreate" not in config["Driver"]

    docker(program, NAME, "import", str(Images.current().image_tar), "box")
    assert docker(program, NAME, "run", "--rm", "box", "/bin/busybox", "echo", "hello") == "hello\n"
    assert program.ok("ssh", NAME, "hostname").strip() == NAME

    cloud.forget_calls()
    for words in (["config"], ["url"], ["ip"], ["inspect"], ["env", "--shell", "sh"]):
        program.ok(*words, NAME)
    assert [call.path for call in cloud.calls(None)] == []  # a machine that answers needs no cloud

    assert program.ok("rm", "-y", NAME).endswith(f"Successfully removed {NAME}\n")
    assert len(cloud.token_calls()) == 1
    assert cloud.is_empty(), cloud.state()
    assert cloud.state()["networks"] == []
    assert os.listdir(program.store / "machines") == []


def test_the_same_by_variables_only(cloud, program):
    program.environment = cloud.environment(tenant=False) | {
        "AZURE_RESOURCE_GROUP": "runners", "AZURE_LOCATION": "japaneast",
        "AZURE_IMAGE": "Canonical:UbuntuServer:18.04-LTS:latest"}
    result = program.run("create", "--driver", "azure", NAME)
    assert (result.code, result.err) == (0, ""), result
    assert program.run("config", NAME).code == 0
    assert program.ok("rm", "-y", NAME).endswith(f"Successfully removed {NAME}\n")
    assert cloud.is_empty(), cloud.state()


def test_stop_start_restart_kill(cloud, program):
    assert create(cloud, program).code == 0
    assert f'({NAME}) Stopping virtual machine.  vm="{NAME}"' in program.ok("stop", NAME)
    assert program.ok("status", NAME) == "Stopped\n"
    assert program.run("url", NAME).err == "Host is not running\n"
    assert program.run("stop", NAME).err == f'Machine "{NAME}" is already stopped.\n'
    assert program.run("start", NAME).code == 0
    assert program.run("ssh", NAME, "true").code == 0
    assert program.run("restart", NAME).code == 0
    assert program.run("kill", NAME).code == 0
    assert program.ok("status", NAME) == "Stopped\n"
    assert program.run("rm", "-y", NAME).code == 0
    assert cloud.is_empty(), cloud.state()


def test_no_secret_in_output_or_argv(cloud, program):
    watcher = ArgvWatcher()
    watcher.start()
    said = ""
    # Who asks comes from the environment: what stands on our own command line is the user's doing.
    for words in (["create", "--driver", "azure", *PLACE, NAME], ["config", NAME], ["inspect", NAME, "-f", "{{.Name}}"],
                  ["status", NAME], ["stop", NAME], ["rm", "-y", NAME]):
        result = program.run("--debug", *words)
        assert result.code == 0, result
        said += result.out + result.err
    argv = watcher.finish().decode(errors="replace")
    assert NAME in argv
    assert "api-version" in said
    secrets = cloud.secrets()
    assert len(secrets) > 3
    for secret in secrets:
        assert secret not in said
        assert secret not in argv


@pytest.mark.parametrize("kind", ["certificate", "federated", "metadata", "app_service"])
def test_other_ways_to_log_in(paper_cloud, tmp_path, kind):
    program = Program(tmp_path / "store", getattr(paper_cloud, f"{kind}_environment")(), "docker-machine")
    words = ["--azure-use-managed-identity"] if kind == "metadata" else []
    child = program.start("create", "--driver", "azure", *PLACE, *words, "vm-1", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    while not paper_cloud.state()["machines"] and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    made = paper_cloud.state()["machines"]
    child.terminate()
    output = child.communicate(timeout=90)[0]
    assert made, output
    assert len(paper_cloud.token_calls()) == 1
    assert paper_cloud.is_empty(), paper_cloud.state()


def test_twenty_creates_and_removes_at_once_on_one_network_and_set(tmp_path):
    """Six machines are real hosts, the others are addresses that refuse: those creates are stopped by TERM."""
    hosts = SomeRealHosts()
    hosts.limit = 6
    with Azure(hosts) as cloud:
        cloud.settings.operation_seconds = {"*": 0.1}
        program = Program(tmp_path / "store", cloud.environment(), "docker-machine")
        words = ["create", "--driver", "azure", *PLACE, "--azure-availability-set=fleet"]
        names = [f"many-{i}" for i in range(20)]
        children = {name: program.start(*words, name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT) for name in names}
        deadline = time.monotonic() + 240
        while len(cloud.state()["machines"]) < 20 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(cloud.state()["machines"]) == 20
        good = []
        for name in hosts.booted:
            output = children[name].communicate(timeout=240)[0]
            assert children[name].returncode == 0, output
            good.append(name)
        for name in set(names) - set(good):
            children[name].terminate()
        for name in good:
            assert program.run("config", name).code == 0
        removals = [program.start("rm", "-y", name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for name in good]
        for name in set(names) - set(good):
            children[name].communicate(timeout=120)
        assert [child.wait(120) for child in removals] == [0] * len(good)
        assert cloud.is_empty(), cloud.state()
        assert os.listdir(program.store / "machines") == []
