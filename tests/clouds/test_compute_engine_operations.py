# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Operations: their time, waiting for them, how they fail, and repeated requests; what befalls instances."""

import time
import uuid

import pytest

from tests.clouds.api_client import REGION, ZONE, Api, firewall, instance
from tests.clouds.common.hosts import AddressOnlyHosts
from tests.clouds.compute_engine import ComputeEngine, JudgeError


def test_an_operation_takes_the_set_time(api):
    api.engine.settings.operation_seconds = {"insert": 0.5, "*": 0.0}
    begun = time.monotonic()
    accepted = api.call("POST", f"zones/{ZONE}/instances", instance()).body
    path = f"zones/{ZONE}/operations/{accepted['name']}"
    assert accepted["status"] == "RUNNING" and "endTime" not in accepted
    assert api.get().body["status"] in ("PROVISIONING", "STAGING")
    assert api.call("GET", path).body["progress"] == 0
    done = api.call("POST", path + "/wait").body
    assert 0.5 <= time.monotonic() - begun < 2
    assert done["status"] == "DONE" and done["progress"] == 100 and "endTime" in done
    assert api.get().body["status"] == "RUNNING"


def test_wait_may_answer_early(api):
    api.engine.settings.operation_seconds = {"*": 0.6}
    api.engine.settings.wait_limit = 0.1
    operation = api.call("POST", f"zones/{ZONE}/instances", instance())
    answers = 0
    while api.done(operation)["status"] == "RUNNING":
        answers += 1
    assert 1 <= answers <= 6


def test_an_operation_is_known_only_in_its_scope(api):
    operation = api.call("POST", "global/firewalls", firewall()).body["name"]
    assert api.call("GET", f"global/operations/{operation}").status == 200
    for scope in (f"zones/{ZONE}", f"regions/{REGION}"):
        assert api.call("GET", f"{scope}/operations/{operation}").status == 404
        assert api.call("POST", f"{scope}/operations/{operation}/wait").status == 404


def test_a_failed_operation_undoes_itself(api):
    api.engine.fail_operation("insert", "QUOTA_EXCEEDED", "Quota 'CPUS' exceeded.", http=(403, "FORBIDDEN"))
    done = api.insert()
    assert done["error"] == {"errors": [{"code": "QUOTA_EXCEEDED", "message": "Quota 'CPUS' exceeded."}]}
    assert (done["status"], done["httpErrorStatusCode"], done["httpErrorMessage"]) == ("DONE", 403, "FORBIDDEN")
    assert api.get().status == 404 and api.engine.is_empty()
    assert "error" not in api.insert()


def test_a_failed_operation_may_leave_its_effect(api):
    api.engine.fail_operation("insert", "INTERNAL_ERROR", keep=True)
    assert api.insert()["error"]["errors"][0]["code"] == "INTERNAL_ERROR"
    assert api.get().body["status"] == "RUNNING" and not api.engine.is_empty()


def test_a_failed_delete_leaves_everything(api):
    api.insert()
    api.engine.fail_operation("delete", "INTERNAL_ERROR", nth=1)
    assert "error" in api.done(api.call("DELETE", f"zones/{ZONE}/instances/vm1"))
    assert api.get().body["status"] == "RUNNING"
    assert "error" not in api.done(api.call("DELETE", f"zones/{ZONE}/instances/vm1"))
    assert api.engine.is_empty()


def test_a_zone_can_be_sold_out(api):
    api.engine.exhaust(ZONE)
    done = api.insert()
    assert done["error"]["errors"][0]["code"] == "ZONE_RESOURCE_POOL_EXHAUSTED" and done["httpErrorStatusCode"] == 503
    assert api.engine.is_empty()
    assert "error" not in api.insert(zone="us-central1-b")


def test_a_region_can_be_sold_out(api):
    api.engine.exhaust(machine_type="e2-small")
    properties = instance()
    del properties["name"], properties["disks"][0]["initializeParams"]["diskName"]
    properties["machineType"] = "e2-small"
    properties["disks"][0]["initializeParams"]["diskType"] = "pd-standard"
    done = api.done(api.call("POST", f"regions/{REGION}/instances/bulkInsert", {
        "count": "1", "minCount": "1", "perInstanceProperties": {"vm1": {}}, "instanceProperties": properties}))
    assert done["error"]["errors"][0]["code"] == "VM_MIN_COUNT_NOT_REACHED" and api.engine.is_empty()


def test_a_repeated_request_is_one_request(api):
    where, first = f"zones/{ZONE}/instances", str(uuid.uuid4())
    made = api.call("POST", where, instance(), requestId=first).body
    again = api.call("POST", where, instance(), requestId=first)
    assert (again.status, again.body["name"]) == (200, made["name"])
    assert api.call("POST", where, instance(), requestId=str(uuid.uuid4())).status == 409
    second = str(uuid.uuid4())
    gone = api.call("DELETE", f"{where}/vm1", requestId=second).body
    api.done(api.call("DELETE", f"{where}/vm1", requestId=second))
    after = api.call("DELETE", f"{where}/vm1", requestId=second)
    assert (after.status, after.body["name"], after.body["status"]) == (200, gone["name"], "DONE")
    assert api.call("DELETE", f"{where}/vm1", requestId=str(uuid.uuid4())).status == 404


@pytest.mark.parametrize("text", ["1", "00000000-0000-0000-0000-000000000000", "{00000000-0000-4000-8000-000000000000}"])
def test_a_request_id_is_a_uuid(api, text):
    assert "requestId" in api.call("DELETE", f"zones/{ZONE}/instances/vm1", requestId=text).message


def test_a_request_id_belongs_to_one_request(api):
    used = str(uuid.uuid4())
    api.done(api.call("POST", "global/firewalls", firewall(), requestId=used))
    assert api.call("POST", "global/firewalls", firewall("other"), requestId=used).status == 400
    refused = str(uuid.uuid4())
    assert api.call("POST", "global/firewalls", firewall(), requestId=refused).status == 409
    assert api.call("POST", "global/firewalls", firewall(), requestId=refused).status == 409  # failures are not kept


def test_a_rule_under_change_is_not_ready(api):
    api.done(api.call("POST", "global/firewalls", firewall()))
    api.engine.settings.operation_seconds = {"*": 0.3}
    rule = api.call("GET", "global/firewalls/docker-machines").body
    first = api.call("PUT", "global/firewalls/docker-machines", rule)
    assert api.call("PUT", "global/firewalls/docker-machines", rule).reason == "resourceNotReady"
    api.done(first)
    assert "error" not in api.done(api.call("PUT", "global/firewalls/docker-machines", rule))


def test_a_rule_is_there_once_its_insert_is_accepted(api):
    api.engine.settings.operation_seconds = {"*": 0.3}
    assert api.call("POST", "global/firewalls", firewall()).status == 200
    assert api.call("POST", "global/firewalls", firewall()).status == 409
    assert api.call("GET", "global/firewalls/docker-machines").status == 200


def test_two_deletes_at_once_both_succeed(api):
    api.insert()
    api.engine.settings.operation_seconds = {"delete": 0.2}
    first, second = (api.call("DELETE", f"zones/{ZONE}/instances/vm1") for _ in range(2))
    assert api.get().body["status"] == "STOPPING"
    assert "error" not in api.done(first) and "error" not in api.done(second)
    assert api.engine.is_empty()


def test_a_slow_second_delete_spares_the_next_instance_of_the_name(api):
    api.insert()
    api.engine.settings.operation_seconds = {"delete": 0.1}
    first = api.call("DELETE", f"zones/{ZONE}/instances/vm1")
    api.engine.settings.operation_seconds = {"delete": 0.4}
    second = api.call("DELETE", f"zones/{ZONE}/instances/vm1")
    api.done(first)
    api.insert()
    api.done(second)
    assert api.get().body["status"] == "RUNNING" and list(api.engine.state()["disks"]) == ["vm1-disk"]


def test_an_instance_deleted_while_it_boots_leaves_no_host():
    class SlowHosts(AddressOnlyHosts):
        def boot(self, name, **more):
            time.sleep(0.3)
            return super().boot(name, **more)

    hosts = SlowHosts()
    with ComputeEngine(hosts) as engine:
        api = Api(engine)
        inserted = api.call("POST", f"zones/{ZONE}/instances", instance())
        api.done(api.call("DELETE", f"zones/{ZONE}/instances/vm1"))
        assert api.get().status == 404
        api.done(inserted)
        assert engine.is_empty()
    assert hosts.hosts[0].events == ["boot", "destroy"]


def test_a_host_that_does_not_boot_fails_the_operation_and_the_test():
    class BrokenHosts:
        def boot(self, name, **more):
            raise RuntimeError("no kernel")

    with pytest.raises(JudgeError, match="no kernel"), ComputeEngine(BrokenHosts()) as engine:
        assert Api(engine).insert()["error"]["errors"][0]["code"] == "INTERNAL_ERROR"
        assert engine.is_empty()


def test_a_preempted_instance_is_terminated_and_keeps_its_disk(api):
    api.insert()
    api.engine.preempt("vm1")
    assert api.get().body["status"] == "TERMINATED"
    assert api.engine.instance("vm1").host.events == ["boot", "stop"]
    assert list(api.engine.state()["disks"]) == ["vm1-disk"]
    api.done(api.call("POST", f"zones/{ZONE}/instances/vm1/start"))
    assert api.get().body["status"] == "RUNNING"


@pytest.mark.parametrize("keep_disks", [False, True])
def test_an_instance_can_vanish(api, keep_disks):
    api.insert()
    api.engine.vanish("vm1", keep_disks=keep_disks)
    assert api.get().status == 404
    assert api.call("GET", f"zones/{ZONE}/disks/vm1-disk").status == (200 if keep_disks else 404)


def test_the_guest_agent_reads_both_kinds_of_key(api):
    keys = "\n".join(["a:ssh-rsa AAAA a", "b:ssh-ed25519 BBBB", "root:ssh-rsa AAAA r", "x.y:ssh-rsa AAAA", "c:nonsense", ""])
    api.done(api.call("POST", f"zones/{ZONE}/instances", instance(metadata={"items": [
        {"key": "ssh-keys", "value": keys}, {"key": "sshKeys", "value": "a:ssh-rsa CCCC old"}]})))
    assert api.engine.instance("vm1").host.users == {"a": ["ssh-rsa AAAA a", "ssh-rsa CCCC old"], "b": ["ssh-ed25519 BBBB"]}


@pytest.mark.parametrize("items, users", [
    ({}, ["ubuntu", "project"]), ({"block-project-ssh-keys": "TRUE"}, ["ubuntu"]), ({"enable-oslogin": "TRUE"}, []),
    ({"sshKeys": "old:ssh-rsa AAAA"}, ["ubuntu", "old"]),
])
def test_keys_of_the_project_and_os_login(api, items, users):
    api.engine.set_project_metadata(ssh_keys="project:ssh-rsa AAAA p")
    api.done(api.call("POST", f"zones/{ZONE}/instances", instance(metadata={"items": [
        {"key": "ssh-keys", "value": "ubuntu:ssh-rsa AAAA u"}, *({"key": k, "value": v} for k, v in items.items())]})))
    assert list(api.engine.instance("vm1").host.users) == users


def test_os_login_of_the_project_can_be_switched_off_for_one_instance(api):
    api.engine.set_project_metadata(enable_oslogin="TRUE")
    assert api.call("GET", "").body["commonInstanceMetadata"]["items"] == [{"key": "enable-oslogin", "value": "TRUE"}]
    api.insert("vm1")
    body = instance("vm2")
    body["metadata"]["items"].append({"key": "enable-oslogin", "value": "FALSE"})
    api.done(api.call("POST", f"zones/{ZONE}/instances", body))
    assert [list(api.engine.instance(name).host.users) for name in ("vm1", "vm2")] == [[], ["ubuntu"]]


def test_an_instance_without_external_address_has_none(api):
    api.done(api.call("POST", f"zones/{ZONE}/instances", instance(networkInterfaces=[{"network": "global/networks/default"}])))
    interface = api.get().body["networkInterfaces"][0]
    assert "accessConfigs" not in interface and interface["networkIP"] == api.engine.instance("vm1").host.ip
