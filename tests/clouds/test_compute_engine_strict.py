# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every rule of the simulated API, shown to refuse what breaks it, in the real API's form."""

import copy
import json

import pytest

from tests.clouds.api_client import REGION, ZONE, Api, firewall, instance

DISK = "disks/0/"
PARAMS = "disks/0/initializeParams/"
NIC = "networkInterfaces/0/"


def changed(body, path, value):
    """The body with the field at `a/0/b` replaced; a value of None takes the field away."""
    body = copy.deepcopy(body)
    *way, last = path.split("/")
    inner = body
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return body


BAD_INSTANCES = [
    ("name", "Vm_1", "invalid", "Invalid value for field 'resource.name': 'Vm_1'. Must be a match of regex"),
    ("name", "v" * 64, "invalid", "Must be a match of regex"),
    ("name", None, "required", "Required field 'resource.name' not specified"),
    ("nmae", "x", "invalid", "Unknown name \"nmae\" at 'resource': Cannot find field."),
    ("machineType", None, "required", "'resource.machineType'"),
    ("machineType", "e2-small", "invalid", "The URL is malformed."),
    ("machineType", f"zones/{ZONE}/machineTypes/e9-huge", "invalid", "'e9-huge' does not exist in zone"),
    ("machineType", "zones/us-east1-b/machineTypes/e2-small", "invalid", "must be in the zone"),
    ("machineType", f"https://example.com/compute/v1/projects/p/zones/{ZONE}/machineTypes/e2-small", "invalid", "malformed"),
    (PARAMS + "sourceImage", None, "required", "sourceImage"),
    (PARAMS + "sourceImage", "ubuntu-2204", "invalid", "The URL is malformed."),
    (PARAMS + "sourceImage", "projects/ubuntu-os-cloud/global/images/nope", "invalid", "image resource cannot be found"),
    (PARAMS + "sourceImage", "projects/ubuntu-os-cloud/global/images/family/nope", "invalid", "cannot be found"),
    (PARAMS + "sourceImage", "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-arm64", "invalid", "architecture"),
    (PARAMS + "diskType", f"zones/{ZONE}/diskTypes/floppy", "invalid", "diskType resource cannot be found"),
    (PARAMS + "diskType", "pd-ssd", "invalid", "malformed"),
    (PARAMS + "diskSizeGb", "9", "invalid", "smaller than the image size"),
    (PARAMS + "diskSizeGb", "ten", "invalid", "Invalid value at 'resource.disks[0].initialize_params.disk_size_gb' (TYPE_INT64)"),
    (PARAMS + "diskSizeGb", "99999999", "invalid", "must be between"),
    (PARAMS + "diskName", "a" * 64, "invalid", "Must be a match of regex"),
    (PARAMS + "provisionedIops", "3000", "invalid", "cannot be specified for disk type"),
    (DISK + "autoDelete", "yes", "invalid", "Invalid value at 'resource.disks[0].auto_delete' (TYPE_BOOL), \"yes\""),
    (DISK + "boot", False, "invalid", "boot disk"),
    (DISK + "source", f"zones/{ZONE}/disks/x", "invalid", "Exactly one of source and initializeParams"),
    ("disks", [], "required", "disks"),
    ("disks", [{"boot": True, "source": f"zones/{ZONE}/disks/none"}], "invalid", "disk resource cannot be found"),
    (NIC + "network", "global/networks/nope", "invalid", "network resource cannot be found"),
    (NIC + "subnetwork", f"regions/{REGION}/subnetworks/nope", "invalid", "subnetwork resource cannot be found"),
    (NIC + "subnetwork", "regions/us-east1/subnetworks/default", "invalid", "not in the region"),
    (NIC + "accessConfigs", [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.77"}], "invalid", "was not found in region"),
    (NIC + "accessConfigs", [{"type": "ONE_TO_ONE_NAT", "natIP": "front"}], "invalid", "valid IPv4"),
    ("networkInterfaces", [], "required", "networkInterfaces"),
    ("serviceAccounts/0/email", "who@example.com", "invalid", "does not exist"),
    ("serviceAccounts/0/scopes", [""], "invalid", "Invalid access scope"),
    ("serviceAccounts/0/scopes", ["logging.write"], "invalid", "Invalid access scope"),
    ("tags", {"items": ["Bad_Tag"]}, "invalid", "tags.items[0]"),
    ("tags", {"items": ["a", "a"]}, "invalid", "Duplicate tags"),
    ("labels", {"Key": "v"}, "invalid", "Label key 'Key' violates format constraints"),
    ("labels", {"": "v"}, "invalid", "Label key '' violates"),
    ("labels", {"k": "V"}, "invalid", "Label value 'V' violates format constraints"),
    ("labels", {"k": "v" * 64}, "invalid", "at most 63"),
    ("labels", {f"k{n}": "v" for n in range(65)}, "invalid", "limit of 64"),
    ("labels", {"k": 1}, "invalid", "TYPE_STRING"),
    ("metadata", {"items": [{"key": "a b", "value": ""}]}, "invalid", "metadata.items[0].key"),
    ("metadata", {"items": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, "invalid", "Metadata has duplicate keys: a"),
    ("metadata", {"items": [{"key": "a", "value": "x" * 262145}]}, "invalid", "too large"),
    ("scheduling", {"preemptible": True, "onHostMaintenance": "MIGRATE"}, "invalid", "OnHostMaintenance"),
    ("scheduling", {"preemptible": True, "automaticRestart": True}, "invalid", "AutomaticRestart"),
    ("scheduling", {"onHostMaintenance": "NEVER"}, "invalid", "Must be one of"),
    ("scheduling", {"instanceTerminationAction": "DELETE"}, "invalid", "only specify instanceTerminationAction for Spot"),
    ("minCpuPlatform", "Intel 8088", "invalid", "not a CPU platform"),
    ("guestAccelerators", [{"acceleratorType": f"zones/{ZONE}/acceleratorTypes/abacus", "acceleratorCount": 1}], "invalid",
     "acceleratorType resource cannot be found"),
]


@pytest.mark.parametrize("path, value, reason, text", BAD_INSTANCES, ids=lambda value: str(value)[:40])
def test_an_instance_that_breaks_a_rule_is_refused(shared_rude, path, value, reason, text):
    answer = shared_rude.call("POST", f"zones/{ZONE}/instances", changed(instance(), path, value))
    assert (answer.status, answer.reason) == (400, reason) and text in answer.message
    assert shared_rude.engine.is_empty()


def test_an_accelerator_cannot_migrate(shared_rude):
    body = instance(scheduling={}, guestAccelerators=[
        {"acceleratorType": f"zones/{ZONE}/acceleratorTypes/nvidia-l4", "acceleratorCount": 1}])
    answer = shared_rude.call("POST", f"zones/{ZONE}/instances", body)
    assert answer.status == 400 and "live migration" in answer.message


BAD_FIREWALLS = [
    ("name", "Docker", "invalid"), ("name", None, "required"), ("network", "global/networks/nope", "invalid"),
    ("allowed", [], "invalid"), ("denied", [{"IPProtocol": "udp"}], "invalid"), ("allowed", [{"ports": ["1"]}], "required"),
    ("allowed", [{"IPProtocol": "tpc"}], "invalid"), ("allowed", [{"IPProtocol": "tcp", "ports": ["90-80"]}], "invalid"),
    ("allowed", [{"IPProtocol": "tcp", "ports": ["70000"]}], "invalid"), ("allowed", [{"IPProtocol": "icmp", "ports": ["1"]}], "invalid"),
    ("sourceRanges", ["0.0.0.0"], None), ("sourceRanges", ["10.0.0.1/8"], "invalid"), ("sourceRanges", ["all"], "invalid"),
    ("targetTags", ["Bad"], "invalid"), ("direction", "UP", "invalid"), ("priority", 65536, "invalid"),
    ("destinationRanges", ["10.0.0.0/8"], "invalid"), ("targetTgas", ["a"], "invalid"),
]


@pytest.mark.parametrize("path, value, reason", BAD_FIREWALLS, ids=lambda value: str(value)[:40])
def test_a_rule_that_breaks_a_rule_is_refused(shared_rude, path, value, reason):
    answer = shared_rude.call("POST", "global/firewalls", changed(firewall(), path, value))
    if reason is None:
        assert shared_rude.done(answer)["status"] == "DONE"  # a bare address is a range of one
        shared_rude.done(shared_rude.call("DELETE", "global/firewalls/docker-machines"))
    else:
        assert (answer.status, answer.reason) == (400, reason)


@pytest.fixture(scope="module")
def shared_rude():
    """One engine for all the refusals: they leave nothing behind."""
    from tests.clouds.compute_engine import ComputeEngine
    with ComputeEngine() as engine:
        engine.judge.enforce = False
        yield Api(engine)
        assert [str(found) for found in engine.judge.take() if found.side == "server"] == []


@pytest.mark.parametrize("method, path, status, reason, text", [
    ("GET", "zones/mars-a/instances", 400, "invalid", "Invalid value for field 'zone': 'mars-a'. Unknown zone."),
    ("GET", "regions/mars/addresses/a", 400, "invalid", "Unknown region."),
    ("GET", f"zones/{ZONE}/instances/none", 404, "notFound",
     f"The resource 'projects/demo-project/zones/{ZONE}/instances/none' was not found"),
    ("DELETE", f"zones/{ZONE}/instances/none", 404, "notFound", "was not found"),
    ("DELETE", f"zones/{ZONE}/instances/Bad_Name", 400, "invalid",
     "Invalid value 'Bad_Name'. Values must match the following regular expression: "
     "'[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?|[1-9][0-9]{0,19}'"),
    ("GET", f"zones/{ZONE}/disks/none", 404, "notFound", "disks/none' was not found"),
    ("GET", f"zones/{ZONE}/machineTypes/none", 404, "notFound", "was not found"),
    ("GET", f"zones/{ZONE}/diskTypes/none", 404, "notFound", "was not found"),
    ("GET", "global/firewalls/docker-machines", 404, "notFound",
     "The resource 'projects/demo-project/global/firewalls/docker-machines' was not found"),
    ("GET", f"zones/{ZONE}/operations/operation-1", 404, "notFound", "was not found"),
    ("GET", "global/networks/none", 404, "notFound", "was not found"),
    ("GET", f"regions/{REGION}/addresses/none", 404, "notFound", "was not found"),
    ("POST", f"zones/{ZONE}/instances/none/stop", 404, "notFound", "was not found"),
])
def test_what_is_not_there_is_told_apart_from_what_cannot_be(shared_rude, method, path, status, reason, text):
    answer = shared_rude.call(method, path)
    assert (answer.status, answer.reason) == (status, reason) and text in answer.message


def test_projects_are_kept_apart(rude):
    assert rude.call("GET", "", project="other-project").status == 404
    refused = rude.call("GET", "", project="ubuntu-os-cloud")
    assert (refused.status, refused.message) == (
        403, "Required 'compute.projects.get' permission for 'projects/ubuntu-os-cloud'")
    assert rude.call("GET", "global/images/family/debian-12", project="debian-cloud").status == 200
    rude.engine.add_project("second-project")
    rude.insert()
    assert rude.call("GET", f"zones/{ZONE}/instances/vm1", project="second-project").status == 404


def test_a_permission_can_be_missing(rude):
    rude.engine.deny("compute.projects.get", "compute.instances.delete")
    answer = rude.call("GET", "")
    assert (answer.status, answer.reason) == (403, "forbidden")
    rude.insert()
    assert rude.call("DELETE", f"zones/{ZONE}/instances/vm1").status == 403


def test_bodies_and_queries_are_read_strictly(rude):
    where = f"/compute/v1/projects/demo-project/zones/{ZONE}/instances"
    headers = {"Authorization": f"Bearer {rude.token}", "Content-Type": "application/json"}
    assert rude.raw("POST", where, b"{", headers).reason == "parseError"
    assert rude.raw("POST", where, b'{"name":"a","name":"b"}', headers).reason == "parseError"
    assert rude.raw("POST", where, b"", headers).reason == "required"
    form = headers | {"Content-Type": "text/plain"}
    assert rude.raw("POST", where, json.dumps(instance()).encode(), form).reason == "badContent"
    assert rude.call("POST", f"zones/{ZONE}/instances/vm1/stop", {"a": 1}).reason == "badRequest"
    assert "Cannot bind query parameter" in rude.call("GET", "", nonsense="1").message
    assert rude.call("GET", "", alt="xml").status == 400
    lost = rude.raw("GET", "/compute/v1/planets", None, headers)
    assert lost.status == 404 and lost.body.startswith("<!DOCTYPE html>")
    assert rude.engine.is_empty()


def test_a_post_without_length_is_refused_as_google_does(engine):
    import socket
    import ssl
    tls = ssl.create_default_context(cafile=str(engine.ca_file))
    with tls.wrap_socket(socket.create_connection(("127.0.0.1", engine.port)), server_hostname="127.0.0.1") as link:
        link.sendall(b"POST /compute/v1/projects/demo-project/x HTTP/1.1\r\nHost: a\r\n\r\n")
        assert link.recv(100).startswith(b"HTTP/1.1 411 Length Required")


def test_a_chunked_body_is_read(engine, api):
    import http.client
    import ssl
    tls = ssl.create_default_context(cafile=str(engine.ca_file))
    connection = http.client.HTTPSConnection("127.0.0.1", engine.port, context=tls)
    body = json.dumps(instance()).encode()
    connection.request("POST", f"/compute/v1/projects/demo-project/zones/{ZONE}/instances", iter([body[:7], body[7:]]),
                       {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_a_name_is_given_once(rude):
    rude.insert()
    again = rude.call("POST", f"zones/{ZONE}/instances", instance())
    assert (again.status, again.reason) == (409, "alreadyExists")
    assert again.message == f"The resource 'projects/demo-project/zones/{ZONE}/instances/vm1' already exists"
    disk_taken = rude.call("POST", f"zones/{ZONE}/instances", changed(instance("vm2"), PARAMS + "diskName", "vm1-disk"))
    assert (disk_taken.status, disk_taken.reason) == (409, "alreadyExists") and "disks/vm1-disk" in disk_taken.message
    rude.done(rude.call("POST", "global/firewalls", firewall()))
    assert rude.call("POST", "global/firewalls", firewall()).status == 409


def test_a_disk_in_use_stays(rude):
    rude.insert()
    refused = rude.call("DELETE", f"zones/{ZONE}/disks/vm1-disk")
    assert (refused.status, refused.reason) == (400, "resourceInUseByAnotherResource")
    assert "is already being used by 'projects/demo-project/zones/us-central1-a/instances/vm1'" in refused.message
    taken = changed(instance("vm2"), "disks", [{"boot": True, "source": f"zones/{ZONE}/disks/vm1-disk"}])
    assert rude.call("POST", f"zones/{ZONE}/instances", taken).reason == "resourceInUseByAnotherResource"


def test_a_kept_disk_is_found_and_used_again(api):
    body = changed(instance(), DISK + "autoDelete", False)
    api.done(api.call("POST", f"zones/{ZONE}/instances", body))
    api.done(api.call("DELETE", f"zones/{ZONE}/instances/vm1"))
    assert list(api.engine.state()["disks"]) == ["vm1-disk"] and not api.engine.is_empty()
    again = changed(instance(), "disks", [{"boot": True, "autoDelete": True, "source": f"zones/{ZONE}/disks/vm1-disk"}])
    assert "error" not in api.done(api.call("POST", f"zones/{ZONE}/instances", again))
    assert api.engine.instance("vm1").host.image.startswith("ubuntu-os-cloud/")
    api.done(api.call("DELETE", f"zones/{ZONE}/instances/vm1"))
    assert api.engine.is_empty()


@pytest.mark.parametrize("method, field, body, text", [
    ("setMetadata", "metadata", {"items": []}, "Supplied fingerprint does not match current metadata fingerprint."),
    ("setTags", "tags", {"items": ["a"]}, "Supplied fingerprint does not match current tags fingerprint."),
    ("setLabels", None, {"labels": {"a": "b"}}, "Labels fingerprint either invalid or resource labels have changed"),
])
def test_a_stale_fingerprint_is_refused(api, method, field, body, text):
    api.insert()
    read = api.get().body
    mark = {"fingerprint": read[field]["fingerprint"]} if field else {"labelFingerprint": read["labelFingerprint"]}
    path = f"zones/{ZONE}/instances/vm1/{method}"
    assert api.call("POST", path, body).status == 412  # none at all
    api.done(api.call("POST", path, body | mark))
    stale = api.call("POST", path, body | mark)
    assert (stale.status, stale.reason, stale.message) == (412, "conditionNotMet", text)


def test_a_static_address_is_lent_to_one(rude):
    rude.engine.add_address("front", "203.0.113.9")
    body = changed(instance(), NIC + "accessConfigs", [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.9"}])
    rude.done(rude.call("POST", f"zones/{ZONE}/instances", body))
    assert rude.call("GET", f"regions/{REGION}/addresses/front").body["status"] == "IN_USE"
    assert rude.call("DELETE", f"regions/{REGION}/addresses/front").reason == "resourceInUseByAnotherResource"
    other = changed(body, "name", "vm2")
    other["disks"][0]["initializeParams"]["diskName"] = "vm2-disk"
    assert rude.call("POST", f"zones/{ZONE}/instances", other).reason == "invalidResourceUsage"
    rude.done(rude.call("POST", f"zones/{ZONE}/instances/vm1/stop"))
    assert rude.engine.state()["instances"]["vm1"]["nat_ip"] == "203.0.113.9"
    rude.done(rude.call("DELETE", f"zones/{ZONE}/instances/vm1"))
    assert rude.engine.state()["addresses"]["front"]["user"] is None


def test_a_rule_keeps_its_name_and_network(rude):
    rude.engine.world.add_network(rude.engine.project, "second")
    rude.done(rude.call("POST", "global/firewalls", firewall()))
    rule = rude.call("GET", "global/firewalls/docker-machines").body
    assert rude.call("PUT", "global/firewalls/docker-machines", rule | {"name": "x"}).status == 400
    assert rude.call("PUT", "global/firewalls/docker-machines", rule | {"network": "global/networks/second"}).status == 400
    assert rude.call("PUT", "global/firewalls/other", rule).status == 404
    assert "error" not in rude.done(rude.call("PUT", "global/firewalls/docker-machines", rule))


def test_a_custom_network_needs_a_subnetwork(rude):
    rude.engine.world.add_network(rude.engine.project, "custom", auto=False)
    rude.engine.world.add_subnetwork(rude.engine.project, REGION, "inner", network="custom")
    bare = changed(instance(), NIC + "network", "global/networks/custom")
    assert "custom subnet mode" in rude.call("POST", f"zones/{ZONE}/instances", bare).message
    wrong = changed(changed(instance(), NIC + "network", "global/networks/default"), NIC + "subnetwork",
                    f"regions/{REGION}/subnetworks/inner")
    assert "not of the network" in rude.call("POST", f"zones/{ZONE}/instances", wrong).message
    good = changed(bare, NIC + "subnetwork", f"projects/demo-project/regions/{REGION}/subnetworks/inner")
    assert "error" not in rude.done(rude.call("POST", f"zones/{ZONE}/instances", good))


def test_calls_in_a_wrong_order_are_refused(rude):
    engine = rude.engine
    engine.settings.operation_seconds = {"stop": 0.4, "insert": 0}
    rude.insert()
    stopping = rude.call("POST", f"zones/{ZONE}/instances/vm1/stop")
    for action in ("start", "reset", "stop"):
        refused = rude.call("POST", f"zones/{ZONE}/instances/vm1/{action}")
        assert (refused.status, refused.reason) == (400, "resourceNotReady")
    rude.done(stopping)
    assert rude.call("POST", f"zones/{ZONE}/instances/vm1/reset").reason == "resourceNotReady"
    assert "error" not in rude.done(rude.call("POST", f"zones/{ZONE}/instances/vm1/stop"))  # stopped already: fine


def test_a_protected_instance_stays(rude):
    rude.done(rude.call("POST", f"zones/{ZONE}/instances", instance(deletionProtection=True)))
    assert rude.call("DELETE", f"zones/{ZONE}/instances/vm1").reason == "invalidResourceUsage"


def test_quotas_are_kept(rude):
    rude.engine.settings.quotas = {"INSTANCES": 1}
    rude.insert()
    refused = rude.call("POST", f"zones/{ZONE}/instances", instance("vm2"))
    assert (refused.status, refused.reason) == (403, "quotaExceeded")
    assert refused.body["error"]["errors"][0]["domain"] == "usageLimits"
    assert refused.message == "Quota 'INSTANCES' exceeded.  Limit: 1.0 in region us-central1."
    used = {one["metric"]: (one["limit"], one["usage"]) for one in rude.call("GET", "").body["quotas"]}["CPUS_ALL_REGIONS"]
    assert used == (5000.0, 2.0)
    rude.engine.settings.quotas = {"CPUS_ALL_REGIONS": 3}
    refused = rude.call("POST", f"zones/{ZONE}/instances", instance("vm2"))
    assert refused.message == "Quota 'CPUS_ALL_REGIONS' exceeded.  Limit: 3.0 globally."


def bulk(**changes):
    properties = instance()
    del properties["name"]
    properties["machineType"] = "e2-small"
    properties["disks"][0]["initializeParams"] = {"sourceImage": "projects/debian-cloud/global/images/family/debian-12"}
    return {"count": "1", "perInstanceProperties": {"vm1": {}}, "instanceProperties": properties, **changes}


@pytest.mark.parametrize("path, value", [
    ("count", "2"), ("count", None), ("minCount", "2"), ("perInstanceProperties", {"Bad": {}}),
    ("instanceProperties/machineType", f"zones/{ZONE}/machineTypes/e2-small"),
    ("instanceProperties/disks/0/initializeParams/diskName", "vm1-disk"),
    ("locationPolicy", {"locations": {"zones/us-east1-b": {"preference": "ALLOW"}}}),
    ("locationPolicy", {"locations": {ZONE: {"preference": "ALLOW"}}}),
    ("locationPolicy", {"targetShape": "ROUND"}), ("instanceProperties", None), ("instanceProperties/name", "x"),
])
def test_a_bulk_insert_that_breaks_a_rule_is_refused(shared_rude, path, value):
    assert shared_rude.call("POST", f"regions/{REGION}/instances/bulkInsert", changed(bulk(), path, value)).status == 400
    assert shared_rude.engine.is_empty()


@pytest.mark.parametrize("text", ["name", "name = ", "= x", "(name = x", "name > 1", "name = x )"])
def test_a_broken_filter_is_refused(shared_rude, text):
    assert "Invalid list filter expression." in shared_rude.call("GET", f"zones/{ZONE}/instances", filter=text).message


@pytest.mark.parametrize("text, found", [
    ("name = vm1", ["vm1"]), ("name != vm1", ["vm2"]), ('name eq "vm."', ["vm1", "vm2"]), ("labels.a:*", ["vm1", "vm2"]),
    ('(name = "vm1") OR (name = "vm2")', ["vm1", "vm2"]), ("name = vm1 AND name = vm2", []), ("labels.a = b", ["vm1", "vm2"]),
    ("(status = RUNNING) (name ne vm1)", ["vm2"]), ("labels.zz:*", []),
])
def test_lists_are_filtered(two, text, found):
    assert [one["name"] for one in two.call("GET", f"zones/{ZONE}/instances", filter=text).body.get("items", [])] == found


@pytest.fixture(scope="module")
def two():
    from tests.clouds.compute_engine import ComputeEngine
    with ComputeEngine() as engine:
        api = Api(engine)
        api.insert("vm1")
        api.insert("vm2")
        yield api


def test_lists_come_in_pages_and_answers_in_parts(two):
    where = f"zones/{ZONE}/instances"
    first = two.call("GET", where, maxResults="1").body
    second = two.call("GET", where, maxResults="1", pageToken=first["nextPageToken"]).body
    assert first["items"][0]["name"] == "vm1" and second["items"][0]["name"] == "vm2" and "nextPageToken" not in second
    assert two.call("GET", where, fields="items(name,networkInterfaces/name),kind").body == {
        "kind": "compute#instanceList",
        "items": [{"name": name, "networkInterfaces": [{"name": "nic0"}]} for name in ("vm1", "vm2")]}
    assert two.call("GET", where, fields="items(").status == 400
    assert two.call("GET", "zones/us-central1-b/instances").body.get("items") is None
