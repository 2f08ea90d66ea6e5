# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The second judge: Google's own Python client at work in the simulated cloud."""

import google_auth_httplib2
import httplib2
import pytest
from google.oauth2 import service_account
from googleapiclient import discovery
from googleapiclient.errors import HttpError

from tests.clouds.api_client import COMPUTE_SCOPE, REGION, ZONE, firewall, instance
from tests.clouds.common.hosts import AddressOnlyHosts
from tests.clouds.compute_engine import ComputeEngine


@pytest.fixture
def google(engine):
    credentials = service_account.Credentials.from_service_account_file(str(engine.key_file()), scopes=[COMPUTE_SCOPE])
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(ca_certs=str(engine.ca_file)))
    return discovery.build("compute", "v1", http=http, static_discovery=True,
                           client_options={"api_endpoint": engine.endpoint})


def wait(google, engine, operation):
    name, project = operation["name"], engine.project
    if "zone" in operation:
        done = google.zoneOperations().wait(project=project, zone=ZONE, operation=name).execute()
    elif "region" in operation:
        done = google.regionOperations().wait(project=project, region=REGION, operation=name).execute()
    else:
        done = google.globalOperations().wait(project=project, operation=name).execute()
    assert done["status"] == "DONE" and "error" not in done
    return done


def test_googles_client_creates_lists_reads_and_deletes_an_instance(engine, google):
    where = {"project": engine.project, "zone": ZONE}
    assert google.projects().get(project=engine.project).execute()["name"] == engine.project
    wait(google, engine, google.instances().insert(**where, body=instance()).execute())

    listed = google.instances().list(**where).execute()["items"]
    read = google.instances().get(**where, instance="vm1").execute()
    assert [one["name"] for one in listed] == ["vm1"] and read["status"] == "RUNNING"
    assert read["networkInterfaces"][0]["accessConfigs"][0]["natIP"] == engine.instance("vm1").host.ip
    assert google.disks().get(**where, disk="vm1-disk").execute()["users"] == [read["selfLink"]]

    wait(google, engine, google.instances().delete(**where, instance="vm1").execute())
    with pytest.raises(HttpError) as gone:
        google.instances().get(**where, instance="vm1").execute()
    assert gone.value.resp.status == 404 and gone.value.error_details[0]["reason"] == "notFound"
    assert engine.is_empty()


def test_googles_client_stops_starts_and_changes_an_instance(engine, google):
    where = {"project": engine.project, "zone": ZONE, "instance": "vm1"}
    instances = google.instances()
    wait(google, engine, instances.insert(project=engine.project, zone=ZONE, body=instance()).execute())
    first = instances.get(**where).execute()
    wait(google, engine, instances.setMetadata(**where, body={**first["metadata"], "items": [
        {"key": "ssh-keys", "value": "core:ssh-ed25519 AAAA core"}]}).execute())
    wait(google, engine, instances.setTags(**where, body={**first["tags"], "items": ["other"]}).execute())
    wait(google, engine, instances.setLabels(**where, body={
        "labels": {"x": "y"}, "labelFingerprint": first["labelFingerprint"]}).execute())
    host = engine.instance("vm1").host
    assert host.users == {"core": ["ssh-ed25519 AAAA core"]}
    wait(google, engine, instances.reset(**where).execute())
    wait(google, engine, instances.stop(**where).execute())
    stopped = instances.get(**where).execute()
    assert stopped["status"] == "TERMINATED" and "natIP" not in stopped["networkInterfaces"][0]["accessConfigs"][0]
    wait(google, engine, instances.start(**where).execute())
    started = instances.get(**where).execute()
    old, new = (one["networkInterfaces"][0]["accessConfigs"][0]["natIP"] for one in (first, started))
    assert started["status"] == "RUNNING" and new != old and new == host.ip
    assert (started["tags"]["items"], started["labels"]) == (["other"], {"x": "y"})
    assert host.events == ["boot", "update_keys", "reset", "stop", "start"]


def test_googles_client_reads_everything_else(engine, google):
    project = engine.project
    wait(google, engine, google.firewalls().insert(project=project, body=firewall()).execute())
    rule = google.firewalls().get(project=project, firewall="docker-machines").execute()
    rule["allowed"].append({"IPProtocol": "tcp", "ports": ["80"]})
    wait(google, engine, google.firewalls().update(project=project, firewall=rule["name"], body=rule).execute())
    wait(google, engine, google.firewalls().patch(project=project, firewall=rule["name"], body={
        "name": rule["name"], "description": "ours"}).execute())
    assert len(google.firewalls().list(project=project).execute()["items"][0]["allowed"]) == 2
    wait(google, engine, google.firewalls().delete(project=project, firewall=rule["name"]).execute())

    engine.add_address("front", "203.0.113.9")
    where = {"project": project, "region": REGION}
    assert google.addresses().get(**where, address="front").execute()["status"] == "RESERVED"
    wait(google, engine, google.addresses().insert(**where, body={"name": "back"}).execute())
    assert len(google.addresses().list(**where).execute()["items"]) == 2
    wait(google, engine, google.addresses().delete(**where, address="back").execute())

    family = google.images().getFromFamily(project="ubuntu-os-cloud", family="ubuntu-2204-lts").execute()
    assert google.images().get(project="ubuntu-os-cloud", image=family["name"]).execute() == family
    assert google.zones().get(project=project, zone=ZONE).execute()["region"].endswith(REGION)
    assert ZONE in [zone["name"] for zone in google.zones().list(project=project).execute()["items"]]
    assert google.regions().get(project=project, region=REGION).execute()["name"] == REGION
    place = {"project": project, "zone": ZONE}
    assert google.machineTypes().get(**place, machineType="custom-4-8192").execute()["memoryMb"] == 8192
    assert google.machineTypes().list(**place, maxResults=5).execute()["nextPageToken"]
    assert google.diskTypes().get(**place, diskType="pd-ssd").execute()["name"] == "pd-ssd"
    assert google.acceleratorTypes().get(**place, acceleratorType="nvidia-l4").execute()["maximumCardsPerInstance"] == 8
    assert google.networks().get(project=project, network="default").execute()["autoCreateSubnetworks"]
    assert google.subnetworks().get(**where, subnetwork="default").execute()["purpose"] == "PRIVATE"
    assert google.images().list(project="debian-cloud").execute()["items"][0]["family"] == "debian-11"
    assert google.networks().list(project=project).execute()["items"][0]["name"] == "default"


def test_googles_client_inserts_in_bulk_and_finds_the_zone(engine, google):
    properties = instance()
    del properties["name"]
    properties["machineType"] = "e2-small"
    properties["disks"][0]["initializeParams"] = {
        "sourceImage": "projects/debian-cloud/global/images/family/debian-12", "diskType": "pd-balanced"}
    engine.exhaust(ZONE, "e2-small")
    operation = google.regionInstances().bulkInsert(project=engine.project, region=REGION, body={
        "count": "1", "minCount": "1", "perInstanceProperties": {"vm9": {}}, "instanceProperties": properties,
        "locationPolicy": {"targetShape": "ANY", "locations": {f"zones/{ZONE}": {"preference": "ALLOW"},
                                                               "zones/us-central1-f": {"preference": "ALLOW"}}}}).execute()
    done = wait(google, engine, operation)
    found = done["instancesBulkInsertOperationMetadata"]["perLocationStatus"]
    assert found == {"zones/us-central1-f": {"targetVmCount": 1, "createdVmCount": 1, "status": "DONE"}}
    everywhere = google.instances().aggregatedList(project=engine.project, filter='name eq "vm9"').execute()["items"]
    assert [scope for scope in everywhere if "instances" in everywhere[scope]] == ["zones/us-central1-f"]
    disks = google.disks().aggregatedList(project=engine.project).execute()["items"]["zones/us-central1-f"]["disks"]
    assert [disk["name"] for disk in disks] == ["vm9"]
    assert google.disks().list(project=engine.project, zone="us-central1-f").execute()["items"] == disks


def test_the_hosts_get_what_the_request_says():
    hosts = AddressOnlyHosts()
    with ComputeEngine(hosts) as engine:
        from tests.clouds.api_client import Api
        assert Api(engine).insert()["status"] == "DONE"
        host = hosts.hosts[0]
        assert host.name == "vm1" and host.image == "ubuntu-os-cloud/ubuntu-2204-jammy-v20250815"
        assert host.users == {"ubuntu": ["ssh-ed25519 AAAAC3Nza ubuntu"]} and "ssh-keys" in host.metadata
    assert host.events == ["boot", "destroy"]
