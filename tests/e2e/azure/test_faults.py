# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever fails or dies, and whenever: after rm nothing of the machine is left, and nothing else is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

CREATE = ["create", "--driver", "azure", "vm-1"]
WRITES_OF_A_CREATE = 6  # group, network, security group, address, interface, machine


def start(program, *more):
    return program.start(*CREATE[:-1], *more, "vm-1", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def nothing_left(cloud, program):
    assert cloud.is_empty(), cloud.state()
    machines = program.store / "machines"
    assert not machines.exists() or [name for name in os.listdir(machines) if not name.startswith(".")] == []


@pytest.mark.parametrize("after_work", [False, True])
@pytest.mark.parametrize("nth", range(1, WRITES_OF_A_CREATE + 1))
def test_a_write_that_is_refused_for_good(paper_cloud, paper_program, nth, after_work):
    paper_cloud.fail_write(nth, 403, "AuthorizationFailed", "planted refusal 4711", after_work=after_work)
    result = paper_program.run(*CREATE)
    assert result.code == 1, result
    assert "planted refusal 4711" in result.err
    paper_cloud.faults.clear()
    assert paper_program.run("rm", "-f", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)
    assert paper_cloud.state()["networks"] == []


@pytest.mark.parametrize("operation", ["virtualNetworks/write", "networkSecurityGroups/write", "publicIPAddresses/write",
                                       "networkInterfaces/write", "virtualMachines/write"])
def test_an_operation_that_fails(paper_cloud, paper_program, operation):
    paper_cloud.settings.reservation_seconds = 3
    paper_cloud.settings.operation_seconds = {"*": 0.05}
    paper_cloud.fail_operation(operation, "InternalExecutionError", "planted failure 4712")
    result = paper_program.run(*CREATE)
    assert result.code == 1, result
    assert "planted failure 4712" in result.err
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)


@pytest.mark.parametrize("operation", ["virtualMachines/delete", "networkInterfaces/delete", "networkSecurityGroups/delete"])
def test_a_removal_that_fails_is_told_and_can_be_repeated(paper_cloud, paper_program, operation):
    paper_cloud.settings.honour_delete_options = False
    paper_cloud.settings.operation_seconds = {"*": 0.05}
    child = start(paper_program)
    wait_for(lambda: paper_cloud.state()["machines"] and not paper_cloud.state()["running_operations"])
    child.kill()
    child.communicate()
    paper_cloud.fail_operation(operation, "InternalExecutionError", "planted failure 4713", times=None)
    result = paper_program.run("rm", "-y", "vm-1")
    assert result.code == 1, result
    assert "planted failure 4713" in result.err
    paper_cloud.cloud.operations.forget_failures()
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_takes_back_what_was_made(paper_cloud, paper_program, number):
    child = start(paper_program)
    wait_for(lambda: paper_cloud.state()["machines"])
    child.send_signal(number)
    child.communicate(timeout=90)
    assert child.returncode == -number
    nothing_left(paper_cloud, paper_program)


def test_rm_stops_a_running_create_and_removes_what_it_made(paper_cloud, paper_program):
    child = start(paper_program)
    wait_for(lambda: paper_cloud.state()["machines"])
    result = paper_program.run("rm", "-y", "vm-1", timeout=90)
    assert (result.code, result.err) == (0, ""), result
    child.communicate(timeout=30)
    assert child.returncode != 0
    nothing_left(paper_cloud, paper_program)


@pytest.mark.parametrize("style", ["async", "location", "body"])
def test_operations_of_each_style_that_take_their_time(paper_cloud, paper_program, style):
    """Polled as the service asks: the simulation complains of whoever comes earlier."""
    paper_cloud.settings.styles = {"*": style}
    paper_cloud.settings.operation_seconds = {"*": 0.3}
    paper_cloud.settings.retry_after = 1
    child = start(paper_program)
    wait_for(lambda: paper_cloud.state()["machines"] and not paper_cloud.state()["running_operations"])
    child.terminate()
    child.communicate(timeout=90)
    nothing_left(paper_cloud, paper_program)


def test_what_the_user_brought_survives(paper_cloud, paper_program):
    paper_cloud.put("mine", {"location": "westus"})
    paper_cloud.put("mine/virtualNetworks/net", {"location": "westus", "properties": {
        "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}})
    paper_cloud.put("mine/virtualNetworks/net/subnets/sub", {"properties": {"addressPrefix": "10.1.0.0/16"}})
    child = start(paper_program, "--azure-vnet=mine:net", "--azure-subnet=sub")
    wait_for(lambda: paper_cloud.state()["machines"])
    child.terminate()
    child.communicate(timeout=90)
    nothing_left(paper_cloud, paper_program)
    gone = [call.path for call in paper_cloud.calls() if call.method == "DELETE" and "/virtualNetworks/" in call.path]
    assert gone == []


@pytest.mark.parametrize("point", ["before", "done", "after"])
@pytest.mark.parametrize("kind", ["virtualNetworks", "networkSecurityGroups", "publicIPAddresses", "networkInterfaces",
                                  "virtualMachines"])
def test_a_create_that_is_killed_at_a_write(paper_cloud, paper_program, kind, point):
    """`before`: the request never arrived; `done`: it did its work, unanswered; `after`: it was answered."""
    gate = paper_cloud.faults.gate(point, method="PUT", path=rf".*/{kind}/[^/]+$")
    child = start(paper_program)
    gate.wait(60)
    child.kill()
    child.communicate()
    gate.release(drop=True)
    paper_cloud.faults.clear()
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    nothing_left(paper_cloud, paper_program)
    assert paper_cloud.state()["networks"] == []
