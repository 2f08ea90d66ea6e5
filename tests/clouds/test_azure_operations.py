# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Long operations, locks, what follows from what: boots, power, deletions, evictions, capacity, quotas."""

import threading
import time

import pytest

from tests.clouds.azure import Azure, Settings
from tests.clouds.azure_client import LOCATION, Arm, address, network, security_group
from tests.clouds.test_azure_strict import changed

VM = "rg/virtualMachines/vm1"


def power(arm, name="vm1"):
    view = arm.get(f"rg/virtualMachines/{name}/instanceView").body
    return [one["code"] for one in view["statuses"]][-1]


def await_true(condition, what):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.02)
    raise TimeoutError(what)


@pytest.mark.parametrize("style, headers", [
    ("async", {"Azure-AsyncOperation"}), ("location", {"Location"}), ("both", {"Azure-AsyncOperation", "Location"}),
    ("body", set()), ("sync", set())])
def test_three_ways_to_end(arm, style, headers):
    arm.cloud.settings.styles["*"] = style
    arm.cloud.settings.operation_seconds["*"] = 0.1
    arm.put("rg", {"location": LOCATION})
    answer = arm.call("PUT", "rg/networkSecurityGroups/g", security_group())
    assert answer.status == 201 and headers == {"Azure-AsyncOperation", "Location"} & set(answer.headers)
    assert answer.body["properties"]["provisioningState"] == ("Succeeded" if style == "sync" else "Updating")
    arm.done(answer)
    await_true(lambda: arm.get("rg/networkSecurityGroups/g").body["properties"]["provisioningState"] == "Succeeded", style)
    assert arm.call("PUT", "rg/networkSecurityGroups/g", security_group()).status == 200
    await_true(lambda: not arm.cloud.state()["running_operations"], "the second write")
    arm.done(arm.call("DELETE", "rg/networkSecurityGroups/g"))
    await_true(lambda: arm.get("rg/networkSecurityGroups/g").status == 404, "the deletion")


@pytest.mark.parametrize("style", ["async", "location"])
def test_a_failure_comes_in_an_answer_of_200_or_as_itself(arm, style):
    arm.cloud.settings.styles["*"] = style
    arm.cloud.fail_operation("networkSecurityGroups/write", "AnotherOperationInProgress", "once more", keep=False)
    arm.put("rg", {"location": LOCATION})
    answer = arm.put("rg/networkSecurityGroups/g", security_group())
    assert answer.status == (200 if style == "async" else 409)
    assert answer.body["error"] == {"code": "AnotherOperationInProgress", "message": "once more"}
    assert arm.get("rg/networkSecurityGroups/g").status == 404
    arm.cloud.settings.styles.clear()
    assert arm.put("rg/networkSecurityGroups/g", security_group()).body["status"] == "Succeeded"


def test_what_failed_may_stay(arm):
    arm.cloud.fail_operation("publicIPAddresses/write", "InternalServerError")
    arm.put("rg", {"location": LOCATION})
    assert arm.put("rg/publicIPAddresses/a", address()).body["status"] == "Failed"
    assert arm.get("rg/publicIPAddresses/a").body["properties"]["provisioningState"] == "Failed"
    assert arm.put("rg/publicIPAddresses/a", address()).body["status"] == "Succeeded"


@pytest.mark.parametrize("as_date", [False, True])
def test_who_polls_before_retry_after_is_seen(azure, as_date):
    arm = Arm(azure)
    azure.settings.retry_after, azure.settings.retry_after_as_date = 2, as_date
    azure.settings.operation_seconds["networkSecurityGroups/write"] = 0.5
    arm.put("rg", {"location": LOCATION})
    url = arm.call("PUT", "rg/networkSecurityGroups/g", security_group()).headers["Azure-AsyncOperation"]
    arm.raw("GET", url.partition(str(azure.port))[2], headers={"Authorization": f"Bearer {arm.token}"})
    found = azure.judge.take()
    assert len(found) == 1 and "before the time that Retry-After" in found[0].what and found[0].side == "client"


def test_a_poll_has_to_bring_the_whole_url(azure):
    arm = Arm(azure)
    arm.put("rg", {"location": LOCATION})
    url = arm.call("PUT", "rg/networkSecurityGroups/g", security_group()).headers["Azure-AsyncOperation"]
    assert len(url) > 800
    path = url.partition(str(azure.port))[2].partition("&s=")[0]
    assert arm.raw("GET", path, headers={"Authorization": f"Bearer {arm.token}"}).status == 400
    assert arm.raw("GET", path).status == 401
    assert [one.side for one in azure.judge.take()] == ["client"]


def test_operations_may_be_elsewhere(azure):
    arm = Arm(azure)
    azure.settings.operation_host = f"localhost:{azure.port}"
    arm.put("rg", {"location": LOCATION})
    answer = arm.call("PUT", "rg/networkSecurityGroups/g", security_group())
    assert answer.headers["Azure-AsyncOperation"].startswith(f"https://localhost:{azure.port}/")


@pytest.mark.parametrize("as_429, status, code", [(False, 409, "AnotherOperationInProgress"), (True, 429, "RetryableError")])
def test_one_write_at_a_time(arm, as_429, status, code):
    arm.make_network()
    arm.cloud.settings.busy_as_429 = as_429
    arm.cloud.settings.operation_seconds["subnets/write"] = 0.4
    first = arm.call("PUT", "rg/virtualNetworks/net/subnets/a", {"properties": {"addressPrefix": "10.0.0.0/24"}})
    for method, path, body in (("PUT", "/subnets/b", {"properties": {"addressPrefix": "10.0.1.0/24"}}),
                               ("PUT", "", network()), ("DELETE", "/subnets/inner", None), ("DELETE", "", None)):
        answer = arm.call(method, "rg/virtualNetworks/net" + path, body)
        assert (answer.status, answer.code) == (status, code)
    arm.done(first)
    assert arm.put("rg/virtualNetworks/net/subnets/b", {"properties": {"addressPrefix": "10.0.1.0/24"}}).status == 200


def test_what_is_not_ready_cannot_be_used(arm):
    arm.make_network()
    arm.cloud.settings.operation_seconds["publicIPAddresses/write"] = 0.4
    arm.put("rg/networkSecurityGroups/vm1-firewall", security_group())
    first = arm.call("PUT", "rg/publicIPAddresses/vm1-ip", address())
    answer = arm.call("PUT", "rg/networkInterfaces/vm1-nic", arm.nic())
    assert answer.status == 429 and answer.body["error"]["details"][0]["code"] == "ReferencedResourceNotProvisioned"
    arm.done(first)
    assert arm.put("rg/networkInterfaces/vm1-nic", arm.nic()).body["status"] == "Succeeded"


def test_power_codes(arm):
    arm.make()
    assert power(arm) == "PowerState/running"
    arm.cloud.settings.operation_seconds["virtualMachines/*"] = 0.3
    for verb, during, after in (("powerOff", "stopping", "stopped"), ("start", "starting", "running"),
                                ("deallocate", "deallocating", "deallocated"), ("powerOff", "deallocated", "deallocated"),
                                ("start", "starting", "running"), ("restart", "running", "running")):
        answer = arm.call("POST", f"{VM}/{verb}")
        assert answer.status == 202 and power(arm) == f"PowerState/{during}"
        arm.done(answer)
        assert power(arm) == f"PowerState/{after}"
    assert arm.call("POST", VM + "/powerOff", skipShutdown="true").status == 202
    assert arm.call("POST", VM + "/explode").status in (404, 405, 501)
    arm.cloud.judge.take()


def test_a_static_address_is_there_at_once_and_stays(arm):
    arm.make_parts()
    before = arm.get("rg/publicIPAddresses/vm1-ip").body["properties"]["ipAddress"]
    arm.put(VM, arm.machine())
    assert arm.cloud.machine("vm1").host.ip == before
    arm.post(VM + "/deallocate")
    arm.post(VM + "/start")
    assert arm.cloud.machine("vm1").host.ip == before == arm.get("rg/publicIPAddresses/vm1-ip").body["properties"]["ipAddress"]


def test_a_dynamic_address_lives_with_its_machine(arm):
    arm.cloud.settings.legacy = True
    arm.make_network()
    arm.put("rg/networkSecurityGroups/vm1-firewall", security_group())
    arm.put("rg/publicIPAddresses/vm1-ip", {"location": LOCATION, "properties": {"publicIPAllocationMethod": "Dynamic"}})
    arm.put("rg/networkInterfaces/vm1-nic", arm.nic())
    shown = lambda: arm.get("rg/publicIPAddresses/vm1-ip").body["properties"].get("ipAddress")  # noqa: E731
    assert shown() is None
    arm.put(VM, arm.machine())
    first = shown()
    assert first == arm.cloud.machine("vm1").host.ip
    arm.post(VM + "/powerOff")
    assert shown() == first
    arm.post(VM + "/deallocate")
    assert shown() is None
    arm.post(VM + "/start")
    assert shown() == arm.cloud.machine("vm1").host.ip != first


@pytest.mark.parametrize("reach", ["public", "private"])
def test_where_a_host_is_to_be_found(arm, reach):
    arm.cloud.settings.reach = reach
    arm.make()
    arm.put("rg/networkInterfaces/vm2-nic", changed(arm.nic(), "properties/ipConfigurations/0/properties/publicIPAddress", None))
    arm.put("rg/virtualMachines/vm2", arm.machine("vm2"))
    inside = lambda name: arm.get(f"rg/networkInterfaces/{name}-nic").body["properties"]["ipConfigurations"][0][  # noqa: E731
        "properties"]["privateIPAddress"]
    assert inside("vm2") == arm.cloud.machine("vm2").host.ip  # no public address at all
    outside = arm.get("rg/publicIPAddresses/vm1-ip").body["properties"]["ipAddress"]
    assert arm.cloud.machine("vm1").host.ip == (outside if reach == "public" else inside("vm1"))


def test_the_host_knows_user_key_and_data(arm):
    arm.make_parts()
    arm.put(VM, changed(arm.machine(), "properties/osProfile/customData", "IyEvYmluL3NoCg=="))
    host = arm.cloud.machine("vm1").host
    assert list(host.users) == ["docker-user"] and host.metadata == {"user-data": "#!/bin/sh\n"} and host.image == "ubuntu-2404"
    assert "customData" not in arm.get(VM).body["properties"]["osProfile"]


@pytest.mark.parametrize("honoured", [True, False])
def test_delete_options(arm, honoured):
    arm.cloud.settings.honour_delete_options = honoured
    arm.make()
    assert arm.delete(VM, forceDeletion="true").status == 200
    state = arm.cloud.state()
    assert (state["disks"], state["interfaces"], list(state["addresses"])) == (
        ([], [], []) if honoured else (["vm1-os-disk"], ["vm1-nic"], ["vm1-ip"]))
    for path in ("networkInterfaces/vm1-nic", "publicIPAddresses/vm1-ip", "networkSecurityGroups/vm1-firewall",
                 "disks/vm1-os-disk"):
        assert arm.delete(f"rg/{path}").status in (200, 204)
    assert arm.cloud.is_empty()


def test_delete_while_it_is_being_made(arm):
    arm.make_parts()
    gate = threading.Event()
    boot = arm.cloud.cloud.hosts.boot

    def slow(*arguments, **more):
        gate.wait(30)
        return boot(*arguments, **more)
    arm.cloud.cloud.hosts.boot = slow
    made = arm.call("PUT", VM, arm.machine())
    assert power(arm) == "PowerState/starting"
    again = arm.call("PUT", VM, arm.machine())  # the same once more: the same operation
    assert again.headers["Azure-AsyncOperation"] == made.headers["Azure-AsyncOperation"]
    assert arm.call("PUT", VM, arm.machine(priority="Spot")).status == 409
    gone = arm.call("DELETE", VM)
    assert arm.call("DELETE", VM).headers["Location"] == gone.headers["Location"]
    assert arm.call("PUT", VM, arm.machine()).code == arm.call("POST", VM + "/start").code == "OperationNotAllowed"
    gate.set()
    assert arm.done(made).body["error"]["code"] == "OperationPreempted"
    arm.done(gone)
    assert arm.get(VM).status == 404 and arm.cloud.state()["disks"] == []
    assert all(host.events[-1] == "destroy" for host in arm.cloud.cloud.hosts.hosts)


@pytest.mark.parametrize("code", ["AllocationFailed", "ZonalAllocationFailed", "OverconstrainedAllocationRequest"])
def test_no_capacity_shows_late_and_keeps_the_interface(arm, code):
    arm.cloud.exhaust(code=code)
    arm.cloud.settings.reservation_seconds = 0.5
    assert arm.make().body["error"]["code"] == code
    assert arm.get(VM).body["properties"]["provisioningState"] == "Failed"
    view = arm.get(VM + "/instanceView").body["statuses"]
    assert [one["code"] for one in view] == [f"ProvisioningState/failed/{code}"]
    arm.delete(VM)
    assert arm.delete("rg/networkInterfaces/vm1-nic").code == "NicReservedForAnotherVm"
    await_true(lambda: arm.delete("rg/networkInterfaces/vm1-nic").status == 200, "the reservation's end")


def test_no_capacity_shows_at_once(arm):
    arm.cloud.exhaust(LOCATION, "Standard_D2s_v3")
    answer = arm.make()
    assert (answer.status, answer.code) == (409, "SkuNotAvailable") and arm.get(VM).status == 404
    skus = arm.get("/providers/Microsoft.Compute/skus", S_filter=f"location eq '{LOCATION}'").body["value"]
    assert [one["name"] for one in skus if one["restrictions"]] == ["Standard_D2s_v3"]
    assert arm.put(VM, changed(arm.machine(), "properties/hardwareProfile/vmSize", "Standard_D4s_v5")).body["status"] == "Succeeded"


@pytest.mark.parametrize("quota, spot", [("cores", False), ("standardDSv3Family", False), ("lowPriorityCores", True)])
def test_quotas(arm, quota, spot):
    arm.cloud.settings.quotas[quota] = 3
    more = {"priority": "Spot"} if spot else {}
    assert arm.make(**more).body["status"] == "Succeeded"
    answer = arm.make("vm2", **more)
    assert (answer.status, answer.code) == (409, "OperationNotAllowed") and "Current Limit: 3, Current Usage: 2" in answer.message
    usages = arm.get(f"/providers/Microsoft.Compute/locations/{LOCATION}/usages").body["value"]
    assert {one["name"]["value"]: (one["currentValue"], one["limit"]) for one in usages}[quota] == (2, 3)


def test_quota_of_addresses(arm):
    arm.cloud.settings.quotas["PublicIPAddresses"] = 1
    arm.put("rg", {"location": LOCATION})
    arm.put("rg/publicIPAddresses/a", address())
    assert arm.put("rg/publicIPAddresses/b", address()).code == "PublicIPCountLimitReached"


@pytest.mark.parametrize("policy", ["Deallocate", "Delete"])
def test_eviction(arm, policy):
    arm.make(priority="Spot", evictionPolicy=policy, billingProfile={"maxPrice": -1})
    host = arm.cloud.machine("vm1").host
    arm.cloud.evict("vm1")
    if policy == "Delete":
        assert arm.get(VM).status == 404
        await_true(lambda: host.events[-1] == "destroy", "the host to go")
        arm.delete("rg/networkSecurityGroups/vm1-firewall")
        assert arm.cloud.is_empty()
    else:
        assert power(arm) == "PowerState/deallocated" and host.events[-1] == "stop"
        arm.post(VM + "/start")
        assert power(arm) == "PowerState/running"


def test_a_spot_machine_may_be_evicted_by_request(arm):
    arm.make()
    assert arm.call("POST", VM + "/simulateEviction").code == "OperationNotAllowed"
    arm.make("vm2", priority="Spot")
    assert arm.call("POST", "rg/virtualMachines/vm2/simulateEviction").status == 204
    assert power(arm, "vm2") == "PowerState/deallocated"


def test_a_machine_vanishes(arm):
    arm.make()
    arm.cloud.vanish("vm1")
    assert arm.get(VM).status == 404 and arm.cloud.state()["disks"] == []


def test_a_group_goes_with_all_that_is_in_it(arm):
    arm.make()
    arm.cloud.settings.operation_seconds["resourceGroups/delete"] = 0.3
    answer = arm.call("DELETE", "rg")
    assert answer.status == 202 and "Location" in answer.headers
    assert arm.put("rg/availabilitySets/a", {"location": LOCATION}).code == "ResourceGroupBeingDeleted"
    assert arm.put("rg", {"location": LOCATION}).code == "ResourceGroupBeingDeleted"
    arm.done(answer)
    assert arm.get("rg").status == 404 and arm.cloud.is_empty()


def test_registration(arm):
    arm.cloud.unregister("Microsoft.Network")
    arm.cloud.settings.operation_seconds["providers/register"] = 0.2
    arm.put("rg", {"location": LOCATION})
    assert arm.put("rg/publicIPAddresses/a", address()).code == "MissingSubscriptionRegistration"
    state = lambda: arm.get("/providers/Microsoft.Network").body["registrationState"]  # noqa: E731
    assert state() == "NotRegistered"
    assert arm.call("POST", "/providers/Microsoft.Network/register", version="2025-04-01").body["registrationState"] == "Registering"
    await_true(lambda: state() == "Registered", "the registration")
    assert arm.put("rg/publicIPAddresses/a", address()).body["status"] == "Succeeded"
    assert arm.get("/providers/Microsoft.Nothing").status == 404


def test_what_a_test_brought_is_not_left_over(azure):
    azure.put("mine", {"location": LOCATION})
    azure.put("mine/virtualNetworks/net", network())
    azure.put("mine/networkSecurityGroups/shared", security_group())
    arm = Arm(azure)
    assert azure.is_empty() and azure.state()["groups"] == azure.state()["networks"] == azure.state()["subnets"] == []
    assert arm.get("mine/virtualNetworks/net/subnets/inner").status == 200
    assert azure.calls()[0].path.endswith("/subnets/inner")  # the console is no client


def test_twenty_at_once_on_one_network_and_set():
    """Who asks again when the network is busy gets there; nothing is left."""
    with Azure(settings=Settings(operation_seconds={"subnets/write": 0.05})) as cloud:
        Arm(cloud).make_network()
        Arm(cloud).put("rg/availabilitySets/set", {"location": LOCATION, "sku": {"name": "Aligned"}})
        errors = []

        def live(number):
            arm, name = Arm(cloud), f"vm{number}"
            try:
                subnet = {"properties": {"addressPrefix": f"10.{number}.0.0/24"}}
                await_true(lambda: arm.put(f"rg/virtualNetworks/net/subnets/s{number}", subnet).status == 200, "the subnet")
                await_true(lambda: arm.call("PUT", f"rg/networkInterfaces/{name}-nic", changed(
                    changed(arm.nic(name), "properties/networkSecurityGroup", None),
                    "properties/ipConfigurations/0/properties", {"subnet": {
                        "id": arm.id(f"rg/virtualNetworks/net/subnets/s{number}")}})).status < 300, "the interface")
                made = arm.put(f"rg/virtualMachines/{name}", arm.machine(name, availabilitySet={
                    "id": arm.id("rg/availabilitySets/set")}))
                assert made.body["status"] == "Succeeded", made.body
                assert arm.delete(f"rg/virtualMachines/{name}").status == 200
            except BaseException as error:  # noqa: BLE001
                errors.append(error)
        threads = [threading.Thread(target=live, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert errors == [] and cloud.is_empty()
        assert Arm(cloud).delete("rg/availabilitySets/set").status == 200
