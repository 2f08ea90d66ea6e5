# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The configurations of docs/gitlab-runner*.md work, and the policies beside them allow what the life of a machine takes."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docs import permissions
from tests.docs.blocks import ROOT, Block, blocks
from tests.docs.placeholders import CLOUDS
from tests.e2e.program import BINARY, Program
from tests.runner_replay.invoke import Reading
from tests.runner_replay.runner import FakeRunner
from tests.runner_replay.steps import REACHED_SSH
from tests.runner_replay.store import new_name

GLOBAL_KEYS = {"concurrent", "check_interval", "shutdown_timeout", "runners", "machine"}
RUNNER_KEYS = {"name", "url", "token", "executor", "limit", "environment", "docker", "machine"}
MACHINE_KEYS = {"MachineDriver", "MachineName", "MachineOptions", "MachineOptionsWithName", "IdleCount", "IdleCountMin",
                "IdleScaleFactor", "IdleTime", "MaxBuilds", "MaxGrowthRate", "MaxRemovalAttempts", "autoscaling"}
AUTOSCALING_KEYS = {"Periods", "Timezone", "IdleCount", "IdleCountMin", "IdleScaleFactor", "IdleTime"}
DRAIN_KEYS = {"enabled", "concurrency", "max_retries", "retry_backoff"}
WHOLE = blocks("toml google", "toml amazonec2", "toml azure")


def runners(block: Block) -> list[dict]:
    return tomllib.loads(block.text).get("runners", [])


@pytest.mark.parametrize("block", WHOLE + blocks("toml part"), ids=lambda block: block.id)
def test_its_keys_are_gitlab_runner_s(block):
    document = tomllib.loads(block.text)
    assert set(document) <= GLOBAL_KEYS
    assert set(document.get("machine", {}).get("shutdown_drain", {})) <= DRAIN_KEYS
    for runner in runners(block):
        machine = runner["machine"]
        assert (set(runner) <= RUNNER_KEYS, runner["executor"]) == (True, "docker+machine")
        assert set(machine) <= MACHINE_KEYS and machine["MachineName"].count("%s") == 1
        assert isinstance(machine.get("IdleScaleFactor", 0.0), float)
        for period in machine.get("autoscaling", []):
            assert set(period) <= AUTOSCALING_KEYS and all(len(one.split()) == 7 for one in period["Periods"])
            assert isinstance(period.get("IdleScaleFactor", 0.0), float)


@pytest.mark.parametrize("block", blocks("toml part"), ids=lambda block: block.id)
def test_its_options_are_known(block, tmp_path):
    for runner in runners(block):
        words = ["--" + option for option in runner["machine"]["MachineOptions"]]
        result = Program(tmp_path / "store").run("create", "--driver", runner["machine"]["MachineDriver"], *words, "--help")
        assert (result.code, result.err) == (0, ""), result


def live(runner: FakeRunner, driver: str, options: list[str], name: str) -> None:
    """A create as far as an instance that never answers lets it come; then every other verb, and the removal."""
    child = runner.start_create(driver, options, name)
    assert child.wait_line(REACHED_SSH, 60), child.call.report()
    child.send(9)
    child.wait(10)
    for words in (["status", name], ["ls"], ["ip", name], ["stop", name], ["kill", name]):
        runner.run(words, Reading.LINES)
    for verb, line in (("start", "was started"), ("restart", "Waiting for SSH")):
        child = runner.start([verb, name], Reading.LINES)
        child.wait_line(line, 20)
        child.send(9)
        child.wait(10)
    removal = runner.remove(name)
    assert removal.code == 0, removal.report()


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.id)
def test_a_machine_of_it_lives_within_the_policy(block, tmp_path):
    driver = block.kind.split()[1]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker-machine").symlink_to(BINARY)
    (tmp_path / "home").mkdir()
    with CLOUDS[driver]() as (cloud, fill):
        runner = FakeRunner(tmp_path / "bin", tmp_path / "store", {"HOME": str(tmp_path / "home"), "USER": "r", **cloud.environment()})
        for section in runners(block):
            machine = section["machine"]
            assert machine["MachineDriver"] == driver
            options = [fill(option) for option in machine["MachineOptions"]]
            live(runner, driver, options, new_name(machine["MachineName"]))
        assert cloud.is_empty()
        wanted = permissions.CALLS[driver](cloud.calls())
    assert wanted - permissions.policy(driver) == set(), "the page's policy does not allow it"


def test_the_policy_of_aws_is_all_actions_of_the_client():
    """Its client has every action that the driver may ever ask for, by name."""
    source = (ROOT / "drivers/amazonec2/client.cpp").read_text()
    quotas = (ROOT / "drivers/amazonec2/service_quotas.cpp").read_text()
    actions = {f"ec2:{name}" for name in re.findall(r'"((?:Describe|Run|Create|Delete|Import|Start|Stop|Reboot|Terminate|Cancel|Authorize)[A-Z]\w+)"', source)}
    actions |= {f"servicequotas:{name}" for name in re.findall(r'"(Get\w+Quota)"', quotas)}
    assert actions | {"ec2:CreateTags"} == permissions.policy("amazonec2")


@pytest.mark.parametrize(("driver", "pattern"), [
    ("google", r'"(compute\.\w+\.\w+)"'), ("amazonec2", r'"((?:ec2|servicequotas):\w+)"'), ("azure", r'"(Microsoft\.\w+/[\w/]+/(?:read|write|delete|action))"'),
])
def test_permissions_that_the_driver_names_are_on_the_page(driver, pattern):
    """Such as doctor asks for; those that only some options take stand in a table."""
    name = "aws" if driver == "amazonec2" else driver
    page = (ROOT / f"docs/gitlab-runner-{name}.md").read_text()
    named = {found for file in (ROOT / "drivers" / driver).rglob("*.cpp") for found in re.findall(pattern, file.read_text())}
    assert {one for one in named if one not in page} == set()


def test_every_page_opens_with_what_the_reader_can_do():
    for page in ROOT.glob("docs/gitlab-runner*.md"):
        assert re.match(r"# [^\n]+\n\nAfter this page ", page.read_text()), page
