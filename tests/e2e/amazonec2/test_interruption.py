# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A create that is stopped or killed at any point leaves nothing, at the latest after rm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

CREATE = ["create", "--driver", "amazonec2", "--amazonec2-request-spot-instance", "--amazonec2-security-group=own", "vm-1"]


def start(program):
    return program.start(*CREATE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_instance(cloud):
    deadline = time.monotonic() + 60
    while not cloud.state()["instances"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_takes_back_what_was_made(paper_cloud, paper_program, number):
    child = start(paper_program)
    wait_for_instance(paper_cloud)
    child.send_signal(number)
    child.communicate(timeout=60)
    assert child.returncode == -number
    assert paper_cloud.is_empty(), paper_cloud.state()
    assert os.listdir(paper_program.store / "machines") == []


def calls_of_a_create(cloud, program) -> list[str]:
    child = start(program)
    wait_for_instance(cloud)
    deadline = time.monotonic() + 60
    while cloud.actions()[-1] != "DescribeInstances":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    actions = cloud.actions()
    child.terminate()
    child.communicate(timeout=60)
    assert cloud.is_empty()
    cloud.forget_calls()
    return actions[:actions.index("DescribeInstances") + 1]


def forget_own_group(cloud):
    with cloud.world.lock:
        groups = cloud.region().groups
        for number in [number for number, group in groups.items() if group.name == "own"]:
            del groups[number]


def has_instance_for_good(program) -> bool:
    """Whether the driver's part of the create had come to its end, as after its last answer it may before the kill."""
    driver = json.loads((program.store / "machines/vm-1/config.json").read_text())["Driver"]
    return driver["InstanceId"] != "" and "PendingCreate" not in driver


@pytest.mark.parametrize("point", ["before", "done", "after"])
def test_sigkill_at_each_call(paper_cloud, paper_program, point):
    """Spot and a group of its own: the most that a create can leave."""
    actions = calls_of_a_create(paper_cloud, paper_program)
    assert "RunInstances" in actions and "CreateSecurityGroup" in actions
    forget_own_group(paper_cloud)
    seen: dict[str, int] = {}
    for action in actions:
        seen[action] = seen.get(action, 0) + 1
        gate = paper_cloud.faults.gate(point, action=action, nth=seen[action])
        child = start(paper_program)
        gate.wait(60)
        child.kill()
        child.communicate()
        gate.release()
        paper_cloud.faults.clear()
        groups = []
        if (paper_program.store / "machines/vm-1").exists():
            if has_instance_for_good(paper_program):
                groups = ["own"]  # stays, as in the reference
            # While what the dead create had sent may still be on its way into the cloud.
            result = paper_program.run("rm", "-f", "vm-1")
            assert (result.code, result.err) == (0, ""), (action, result)
        # Else a call of the dead create might come to the next one's gate.
        paper_cloud.wait_until_idle()
        assert paper_cloud.is_empty(), (action, paper_cloud.state())
        assert paper_cloud.state()["security_groups"] == groups, (action, paper_cloud.state())
        forget_own_group(paper_cloud)


def test_rm_stops_a_running_create_and_removes_what_it_made(paper_cloud, paper_program):
    child = start(paper_program)
    wait_for_instance(paper_cloud)
    result = paper_program.run("rm", "-y", "vm-1", timeout=90)
    assert (result.code, result.err) == (0, ""), result
    child.communicate(timeout=30)
    assert child.returncode != 0
    assert paper_cloud.is_empty()
    assert os.listdir(paper_program.store / "machines") == []


def test_a_session_that_expired_does_not_keep_a_machine_from_being_removed(paper_cloud, paper_program):
    session = paper_cloud.keys.add_session("role", "s", 3600)
    paper_program.environment = paper_cloud.environment(session)
    child = start(paper_program)
    wait_for_instance(paper_cloud)
    child.kill()
    child.communicate()
    paper_cloud.expire_sessions()
    paper_program.environment = paper_cloud.environment()  # today's keys
    result = paper_program.run("rm", "-y", "vm-1")
    assert (result.code, result.err) == (0, ""), result
    assert paper_cloud.is_empty(), paper_cloud.state()
