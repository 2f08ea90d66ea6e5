# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A create that is stopped takes back what it made; rm beside it stops it. (SIGKILL at every call: tests/runner_replay, part D.)"""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

CREATE = ["create", "--driver", "google", "--google-project=demo-project", "vm-1"]


def start(program):
    return program.start(*CREATE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_instance(cloud):
    deadline = time.monotonic() + 60
    while not cloud.state()["instances"] or cloud.state()["running_operations"]:
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


def test_the_second_signal_ends_it_with_everything_saved(paper_cloud, paper_program):
    child = start(paper_program)
    wait_for_instance(paper_cloud)
    paper_cloud.settings.operation_seconds = {"*": 5}
    child.terminate()
    deadline = time.monotonic() + 30
    while not any(call.method == "DELETE" for call in paper_cloud.calls()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.terminate()
    assert child.wait(10) == -signal.SIGTERM
    child.communicate()
    assert (paper_program.store / "machines/vm-1/config.json").exists()
    assert paper_program.run("rm", "-y", "vm-1").code == 0
    assert paper_cloud.is_empty(), paper_cloud.state()


def test_rm_stops_a_running_create_and_removes_what_it_made(paper_cloud, paper_program):
    child = start(paper_program)
    wait_for_instance(paper_cloud)
    result = paper_program.run("rm", "-y", "vm-1", timeout=90)
    assert (result.code, result.err) == (0, ""), result
    child.communicate(timeout=30)
    assert child.returncode != 0
    assert paper_cloud.is_empty()
    assert os.listdir(paper_program.store / "machines") == []


def test_a_create_whose_folder_is_gone_undoes_itself(paper_cloud, paper_program):
    gate = paper_cloud.faults.gate("done", method="POST", path=r".*/instances$")
    child = start(paper_program)
    gate.wait(60)
    os.rename(paper_program.store / "machines/vm-1", paper_program.store / "gone")
    gate.release()
    child.communicate(timeout=90)
    assert child.returncode == 1
    assert paper_cloud.is_empty(), paper_cloud.state()


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGHUP])
def test_quit_and_hangup_change_nothing(paper_cloud, paper_program, number):
    child = start(paper_program)
    wait_for_instance(paper_cloud)
    child.send_signal(number)
    time.sleep(0.5)
    assert child.poll() is None
    child.terminate()
    child.communicate(timeout=60)
    assert paper_cloud.is_empty()


def test_closed_pipes_change_nothing(paper_cloud, paper_program):
    child = start(paper_program)
    wait_for_instance(paper_cloud)
    child.stdout.close()
    child.stderr.close()
    time.sleep(0.5)
    assert child.poll() is None
    child.terminate()
    child.wait(60)
    assert paper_cloud.is_empty()
