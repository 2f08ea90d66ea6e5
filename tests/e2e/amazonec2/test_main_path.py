# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""From AWS keys to a container and back to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import time

from tests.clouds.ec2 import EC2
from tests.e2e.google.test_main_path import ArgvWatcher, docker, in_order
from tests.e2e.program import Program
from tests.lab.images import Images
from tests.runner_replay.sites.real_hosts import SomeRealHosts

NAME = "runner-wm4hpnge-auto-scale-runner-1700000000-0a1b2c3d"
REGION = "ap-northeast-1"
AMI = "ami-08cc96be4321e5b1f"  # Ubuntu 22.04
LINES = [
    "Running pre-create checks...",
    "Creating machine...",
    f"({NAME}) Launching instance...",
    "Waiting for machine to be running, this may take a few minutes...",
    "Detecting operating system of created instance...",
    "Waiting for SSH to be available...",
    "Detecting the provisioner...",
    "Provisioning with ubuntu(systemd)...",
    "Installing Docker...",
    "Copying certs to the local machine directory...",
    "Copying certs to the remote machine...",
    "Setting Docker configuration on the remote daemon...",
    "Checking connection to Docker...",
    "Docker is up and running!",
]


def published_options(cloud) -> list[str]:
    """As a published how-to gives them to gitlab-runner, in its order; what the account has is put there first."""
    subnet = cloud.subnet(f"{REGION}a")
    cloud.add_group("gitlab-runner", 22, 2376)
    cloud.add_instance_profile("gitlab-runner")
    return [
        "--driver", "amazonec2", f"--amazonec2-access-key={cloud.user.key_id}", f"--amazonec2-secret-key={cloud.user.secret}",
        f"--amazonec2-ami={AMI}", "--amazonec2-instance-type=t2.micro", f"--amazonec2-region={REGION}", "--amazonec2-zone=a",
        f"--amazonec2-vpc-id={subnet.vpc}", f"--amazonec2-subnet-id={subnet.id}", "--amazonec2-use-private-address=true",
        "--amazonec2-tags=runner-manager-name,gitlab-aws-autoscaler,gitlab,true,gitlab-runner-autoscale,true",
        "--amazonec2-security-group=gitlab-runner", "--amazonec2-security-group-readonly=true",
        "--amazonec2-iam-instance-profile=gitlab-runner", "--amazonec2-request-spot-instance=true",
        "--engine-insecure-registry=192.0.2.3:19081",
    ]


def test_the_published_configuration_works_through_a_proxy(tmp_path):
    with EC2(SomeRealHosts(), region=REGION) as cloud, cloud.proxy() as proxy:
        environment = {"SSL_CERT_FILE": str(cloud.ca_file), **cloud.credentials.nothing(), "HTTPS_PROXY": proxy.url,
                       "HTTP_PROXY": proxy.url, "NO_PROXY": "169.254.169.254,localhost"}
        program = Program(tmp_path / "store", environment, "docker-machine")
        result = program.run("--bugsnag-api-token=no-report", "create", *published_options(cloud), NAME)
        assert (result.code, result.err) == (0, ""), result
        in_order(LINES, result.lines())
        assert set(proxy.connections) == {f"ec2.{REGION}.amazonaws.com:443"}
        instance = cloud.instance(NAME)
        assert instance.tags["gitlab"] == "true"
        assert instance.tags["Name"] == instance.tags["dmachine-machine"] == NAME
        state = cloud.state()
        assert len(state["spot_requests"]) == len(state["volumes"]) == 1

        assert "192.0.2.3:19081" in docker(program, NAME, "info")
        docker(program, NAME, "import", str(Images.current().image_tar), "box")
        assert docker(program, NAME, "run", "--rm", "box", "/bin/busybox", "echo", "hello") == "hello\n"

        cloud.forget_calls()
        for words in (["config"], ["url"], ["ip"], ["inspect"], ["env", "--shell", "sh"]):
            program.ok(*words, NAME)
        assert cloud.actions() == []  # a machine that answers needs no cloud
        assert program.run("stop", NAME).code == 0  # as gitlab-runner does with a one-time spot machine
        assert program.ok("rm", "-y", NAME).endswith(f"Successfully removed {NAME}\n")
        assert cloud.is_empty(), cloud.state()
        assert os.listdir(program.store / "machines") == []


def test_stop_start_restart_kill(cloud, program):
    create = program.run("create", "--driver", "amazonec2", f"--amazonec2-ami={ubuntu(cloud)}", "vm-1")
    assert create.code == 0, create
    assert program.run("stop", "vm-1").code == 0
    assert program.ok("status", "vm-1") == "Stopped\n"
    assert program.run("url", "vm-1").err == "Host is not running\n"
    assert json.loads((program.store / "machines/vm-1/config.json").read_text())["Driver"]["IPAddress"] == ""
    assert program.run("start", "vm-1").code == 0
    assert program.run("ssh", "vm-1", "true").code == 0
    assert program.ok("ip", "vm-1").strip() == cloud.instance("vm-1").public_ip
    assert program.run("restart", "vm-1").code == 0
    assert program.run("kill", "vm-1").code == 0
    assert program.run("rm", "-y", "vm-1").code == 0
    assert cloud.is_empty(), cloud.state()


def ubuntu(cloud) -> str:
    """The newest of 22.04: what the lab's hosts can be."""
    images = [one for one in cloud.region().images.values()
              if one.owner == "099720109477" and "22.04-amd64" in one.name and not one.deprecated]
    return max(images, key=lambda one: one.created).id


def test_an_address_that_changed_behind_our_back_is_noticed(cloud, program):
    assert program.run("create", "--driver", "amazonec2", f"--amazonec2-ami={ubuntu(cloud)}", "vm-1").code == 0
    before = program.ok("ip", "vm-1")
    cloud.stop_by_itself("vm-1")
    deadline = time.monotonic() + 60
    while program.ok("status", "vm-1") != "Stopped\n":
        assert time.monotonic() < deadline
    assert program.run("start", "vm-1").code == 0
    assert program.ok("ip", "vm-1") != before
    assert program.ok("url", "vm-1") == f"tcp://{program.ok('ip', 'vm-1').strip()}:2376\n"


def test_no_secret_in_output_or_argv(cloud, program, tmp_path):
    """Keys by a role that a profile names: two secrets more."""
    session = cloud.keys.add_session("tester-role", "s", 3600)
    program.environment = cloud.environment(session)
    user_data = tmp_path / "user-data"
    user_data.write_text("#cloud-config\n# planted-user-data\n")
    watcher = ArgvWatcher()
    watcher.start()
    said = ""
    for words in (["create", "--driver", "amazonec2", f"--amazonec2-ami={ubuntu(cloud)}", f"--amazonec2-userdata={user_data}",
                   NAME], ["config", NAME], ["inspect", NAME, "-f", "{{.Name}}"], ["ls"], ["stop", NAME], ["rm", "-y", NAME]):
        result = program.run("--debug", *words)
        assert result.code == 0, result
        said += result.out + result.err
    argv = watcher.finish().decode(errors="replace")
    assert NAME in argv  # the watcher saw something
    assert "RunInstances" in said
    secrets = cloud.secrets()
    assert session.secret in secrets and session.token in secrets
    for secret in [*secrets, "planted-user-data", "Signature="]:
        assert secret not in said
        assert secret not in argv


def test_twenty_creates_at_once_into_an_account_without_the_group(tmp_path):
    """Four instances are real hosts, the others are addresses that refuse: those creates are stopped by TERM."""
    hosts = SomeRealHosts()
    hosts.limit = 4
    with EC2(hosts) as cloud:
        cloud.settings.invisible_calls = {"*": 1}
        program = Program(tmp_path / "store", cloud.environment(), "docker-machine")
        names = [f"many-{i}" for i in range(20)]
        options = ["create", "--driver", "amazonec2", f"--amazonec2-ami={ubuntu(cloud)}"]
        children = {name: program.start(*options, name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT) for name in names}
        deadline = time.monotonic() + 240
        while len(cloud.state()["instances"]) < 20 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(cloud.state()["instances"]) == 20
        assert len(cloud.state()["security_groups"]) == 1
        for name in hosts.booted:
            output = children[name].communicate(timeout=240)[0]
            assert children[name].returncode == 0, output
        others = set(names) - set(hosts.booted)
        for name in others:
            children[name].terminate()
        for name in others:
            children[name].communicate(timeout=120)
        removals = [program.start("rm", "-y", name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                    for name in hosts.booted]
        assert [child.wait(120) for child in removals] == [0] * len(removals)
        assert cloud.is_empty(), cloud.state()
        assert os.listdir(program.store / "machines") == []


def test_ls_asks_once_for_all_machines(tmp_path):
    """Of an account and region; who has the same keys."""
    with EC2() as cloud:
        program = Program(tmp_path / "store", cloud.environment(), "docker-machine")
        for i in range(5):
            folder = program.store / "machines" / f"m{i}"
            folder.mkdir(parents=True)
            (folder / "config.json").write_text(json.dumps({
                "ConfigVersion": 3, "DriverName": "amazonec2", "HostOptions": {}, "Name": f"m{i}", "Driver": {
                    "MachineName": f"m{i}", "StorePath": str(program.store), "Region": "us-east-1", "RetryCount": 5,
                    "AccessKey": cloud.user.key_id, "SecretKey": cloud.user.secret, "InstanceId": f"i-0123456789abcde0{i}"}}))
        result = program.run("ls")
        assert result.code == 0, result
        assert [line.split()[0] for line in result.lines()[1:]] == [f"m{i}" for i in range(5)]
        assert cloud.actions() == ["DescribeInstances"]
