# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Listings of fleets: few requests, true addresses, and no machine that holds up or hides another."""

from __future__ import annotations

import json

import pytest

from .fleet import add_machines

ZONE = "us-central1-a"
LISTS = "/compute/v1/projects/demo-project/zones/{}/{}"


def names_of(count: int, prefix: str = "vm") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def requests(cloud) -> list[str]:
    return [f"{call.method} {call.path}" for call in cloud.calls()]


@pytest.fixture
def program(paper_program):
    """With certificates, so that engines are asked."""
    paper_program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:1", "nowhere")
    paper_program.ok("rm", "-y", "nowhere")
    return paper_program


def rows(program, *words, **options) -> dict[str, dict]:
    found = json.loads(program.ok("ls", "--format", "json", *words, **options))
    return {row["name"]: row for row in found}


def test_a_fleet_costs_one_list_for_each_page(paper_cloud, program):
    names = names_of(501)
    add_machines(program.store, names, address="127.64.0.1")
    paper_cloud.add_instances(names, "127.64.0.2")
    found = rows(program)
    assert list(found) == names
    assert {(row["state"], row["url"]) for row in found.values()} == {("Running", "tcp://127.64.0.2:2376")}
    assert all("connection refused" in row["error"] for row in found.values())
    assert requests(paper_cloud) == ["GET " + LISTS.format(ZONE, "instances")] * 2
    assert len(paper_cloud.calls("oauth")) == 1


def test_a_dead_fleet_is_told_by_the_list_alone(paper_cloud, program):
    names = names_of(150)
    add_machines(program.store, names, address="127.64.0.1")
    paper_cloud.add_instances(names, None, status="TERMINATED")
    found = rows(program)
    assert {(row["state"], row["url"], row["error"], row["docker_version"]) for row in found.values()} == {
        ("Stopped", None, None, None)}
    assert requests(paper_cloud) == ["GET " + LISTS.format(ZONE, "instances")]


def test_gone_and_stopped_are_told_apart_by_one_more_list(paper_cloud, program):
    names = names_of(3)
    add_machines(program.store, names)
    paper_cloud.add_instances(names, "127.64.0.2")
    with paper_cloud.world.lock:
        project = paper_cloud.world.projects["demo-project"]
        del project.instances[ZONE, "vm-1"], project.disks[ZONE, "vm-1-disk"], project.instances[ZONE, "vm-2"]
    found = rows(program)
    absent = "The resource 'projects/demo-project/zones/us-central1-a/instances/{}' was not found"
    assert [found[name]["state"] for name in names] == ["Running", None, "Stopped"]
    assert found["vm-1"]["error"] == absent.format("vm-1")
    assert requests(paper_cloud) == ["GET " + LISTS.format(ZONE, "instances"), "GET " + LISTS.format(ZONE, "disks")]
    table = program.ok("ls").splitlines()
    assert table[2].split() == ["vm-1", "-", "google", "Unknown", *absent.format("vm-1").split()]


def test_one_zone_that_fails_is_no_other_zones_failure(paper_cloud, program):
    add_machines(program.store, ["a"])
    add_machines(program.store, ["b"], zone="europe-west1-b")
    paper_cloud.add_instances(["a"], "127.64.0.2")
    paper_cloud.add_instances(["b"], "127.64.0.3", zone="europe-west1-b")
    paper_cloud.faults.answer(400, "invalid", "no list of this zone", path=".*/us-central1-a/instances", times=None)
    found = rows(program)
    assert (found["b"]["state"], found["b"]["address"]) == ("Running", "127.64.0.3")
    assert (found["a"]["state"], found["a"]["error"]) == ("Error", "no list of this zone")


def test_without_the_right_to_list_each_is_asked(paper_cloud, program):
    names = names_of(20)
    add_machines(program.store, names)
    paper_cloud.add_instances(names, "127.64.0.2")
    paper_cloud.deny("compute.instances.list")
    assert {row["state"] for row in rows(program).values()} == {"Running"}
    assert len(requests(paper_cloud)) == 21


def test_a_cloud_that_refuses_us_makes_rows_of_errors(paper_cloud, program):
    names = names_of(3)
    add_machines(program.store, names, address="127.64.0.1")
    paper_cloud.add_instances(names, "127.64.0.2")
    paper_cloud.deny("compute.instances.list", "compute.instances.get")
    found = rows(program)
    assert {row["state"] for row in found.values()} == {"Error"}
    assert all("Required 'compute.instances.get' permission" in row["error"] for row in found.values())


def test_a_cloud_that_hangs_holds_up_no_other_machine(paper_cloud, program):
    program.ok("create", "-d", "none", "--url", "tcp://127.0.0.1:1", "quick")
    add_machines(program.store, ["slow"])
    add_machines(program.store, ["slower"], address="127.64.0.1")
    paper_cloud.faults.hang("before", times=None)
    found = rows(program, "-t", "3")
    assert found["quick"]["state"] == "Running"
    assert {found["slow"]["state"], found["slower"]["state"]} <= {"Error", "Timeout"}


def test_a_state_filter_asks_once(paper_cloud, program):
    names = names_of(150)
    add_machines(program.store, names)
    paper_cloud.add_instances(names[:5], "127.64.0.2")
    paper_cloud.add_instances(names[5:], None, status="TERMINATED")
    assert list(rows(program, "--filter", "state=running")) == names[:5]
    assert requests(paper_cloud) == ["GET " + LISTS.format(ZONE, "instances")]
    paper_cloud.forget_calls()
    assert program.ok("ls", "-q", "--filter", "state=Stopped", "--filter", "name=vm-1[0-4]$").split() == [
        "vm-10", "vm-11", "vm-12", "vm-13", "vm-14"]
    assert requests(paper_cloud) == ["GET " + LISTS.format(ZONE, "instances")]


def test_no_credentials_is_said_once_per_machine_and_asked_once(paper_cloud, program):
    names = names_of(30)
    add_machines(program.store, names)
    found = rows(program, environment={"GOOGLE_APPLICATION_CREDENTIALS": "/nonexistent.json"})
    assert {row["state"] for row in found.values()} == {"Error"}
    assert all("/nonexistent.json" in row["error"] for row in found.values())
    assert requests(paper_cloud) == []


def test_a_machine_nobody_can_read_is_a_row(paper_cloud, program):
    add_machines(program.store, ["good", "odd", "bad"])
    (program.store / "machines/bad/config.json").write_text('{"Driver":')
    odd = program.store / "machines/odd/config.json"
    odd.write_text(odd.read_text().replace('"us-central1-a"', "[1]"))
    (program.store / "machines/empty").mkdir()
    paper_cloud.add_instances(["good"], "127.64.0.2")
    found = rows(program)
    assert found["good"]["state"] == "Running"
    assert {found[name]["driver"] for name in ("odd", "bad", "empty")} == {"not found"}
    assert {found[name]["state"] for name in ("odd", "bad", "empty")} == {"Error"}
