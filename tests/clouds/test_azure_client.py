# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The second judge: Microsoft's own clients (azure-identity, azure-mgmt-*) make and remove a machine with its network."""

import pytest

pytest.importorskip("azure.identity")
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError  # noqa: E402
from azure.identity import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential  # noqa: E402
from azure.identity import DeviceCodeCredential, WorkloadIdentityCredential  # noqa: E402
from azure.mgmt.compute import ComputeManagementClient  # noqa: E402
from azure.mgmt.network import NetworkManagementClient  # noqa: E402
from azure.mgmt.resource.resources import ResourceManagementClient  # noqa: E402

from tests.clouds.azure_client import KEY, rule  # noqa: E402

HERE = {"location": "japaneast"}


class Clients:
    """All three, at the simulation's own address or, without `base`, at Microsoft's names behind a proxy."""

    def __init__(self, cloud, credential, *, base=True):
        more = {"polling_interval": 0, "retry_backoff_factor": 0.01}
        if base:
            more |= {"base_url": cloud.base, "credential_scopes": [cloud.endpoint + ".default"]}
        self.groups = ResourceManagementClient(credential, cloud.subscription, **more)
        self.network = NetworkManagementClient(credential, cloud.subscription, **more)
        self.compute = ComputeManagementClient(credential, cloud.subscription, **more)

    def make(self, name="vm1"):
        network = self.network
        self.groups.resource_groups.create_or_update("rg", HERE)
        net = network.virtual_networks.begin_create_or_update("rg", "net", HERE | {"properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}).result()
        inner = network.subnets.begin_create_or_update("rg", net.name, "inner", {"properties": {
            "addressPrefix": "10.0.0.0/24"}}).result()
        group = network.network_security_groups.begin_create_or_update("rg", f"{name}-firewall", HERE | {"properties": {
            "securityRules": [rule()]}}).result()
        address = network.public_ip_addresses.begin_create_or_update("rg", f"{name}-ip", HERE | {
            "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}).result()
        nic = network.network_interfaces.begin_create_or_update("rg", f"{name}-nic", HERE | {"properties": {
            "networkSecurityGroup": {"id": group.id}, "ipConfigurations": [{"name": "ip", "properties": {
                "subnet": {"id": inner.id}, "publicIPAddress": {"id": address.id, "properties": {"deleteOption": "Delete"}}}}],
        }}).result()
        machine = self.compute.virtual_machines.begin_create_or_update("rg", name, HERE | {"properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {
                "imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
                "osDisk": {"createOption": "FromImage", "name": f"{name}-os-disk", "deleteOption": "Delete"}},
            "osProfile": {"computerName": name, "adminUsername": "docker-user", "linuxConfiguration": {"ssh": {"publicKeys": [
                {"path": "/home/docker-user/.ssh/authorized_keys", "keyData": KEY}]}}},
            "networkProfile": {"networkInterfaces": [{"id": nic.id, "properties": {"deleteOption": "Delete"}}]}}}).result()
        return machine, address


def secret_of(cloud, **more):
    client_id, secret = cloud.credentials.service_principal()
    return ClientSecretCredential(cloud.tenant, client_id, secret, authority=cloud.endpoint, disable_instance_discovery=True,
                                  **more)


@pytest.fixture
def clients(azure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.ca_file))
    return Clients(azure, secret_of(azure))


@pytest.mark.parametrize("style", [None, "async", "location", "both", "body", "sync"])
def test_a_machine_and_its_network_come_and_go(azure, clients, style):
    if style:
        azure.settings.styles["*"] = style
    machine, address = clients.make()
    assert machine.properties.provisioning_state == "Succeeded"
    assert address.properties.ip_address == azure.machine("vm1").host.ip
    assert azure.machine("vm1").host.users == {"docker-user": [KEY]}
    view = clients.compute.virtual_machines.instance_view("rg", "vm1")
    assert [status.code for status in view.statuses] == ["ProvisioningState/succeeded", "PowerState/running"]
    assert [one.name for one in clients.compute.virtual_machines.list("rg")] == ["vm1"]
    clients.compute.virtual_machines.begin_delete("rg", "vm1").result()
    with pytest.raises(ResourceNotFoundError):
        clients.compute.disks.get("rg", "vm1-os-disk")
    clients.network.network_security_groups.begin_delete("rg", "vm1-firewall").result()
    assert azure.is_empty()
    clients.groups.resource_groups.begin_delete("rg").result()
    assert azure.state()["groups"] == azure.state()["networks"] == []
    assert len(azure.token_calls()) == 1


def test_power(azure, clients):
    clients.make()
    machines, seen = clients.compute.virtual_machines, []
    for turn in (machines.begin_power_off, machines.begin_start, machines.begin_restart, machines.begin_deallocate,
                 machines.begin_start):
        turn("rg", "vm1").result()
        seen.append(machines.instance_view("rg", "vm1").statuses[-1].code.partition("/")[2])
    assert seen == ["stopped", "running", "running", "deallocated", "running"]
    assert azure.machine("vm1").host.events == ["boot", "stop", "start", "reset", "stop", "start"]
    assert azure.machine("vm1").host.ip == azure.state()["addresses"]["vm1-ip"]


def test_retry_after_is_what_microsofts_client_waits_for(azure, clients):
    azure.settings.retry_after = 1
    azure.settings.operation_seconds["networkSecurityGroups/write"] = 1.2
    clients.groups.resource_groups.create_or_update("rg", HERE)
    clients.network.network_security_groups.begin_create_or_update("rg", "g", HERE).result()
    polls = [call.time for call in azure.calls() if "/operations/" in call.path]
    assert len(polls) == 3 and polls[2] - polls[1] >= 1
    # It waits between its polls, but not before the first: the watch sees that.
    assert [violation.what.partition(" ")[0] for violation in azure.judge.take()] == ["came"]


def test_a_failed_operation_is_an_error_of_the_client(azure, clients):
    azure.exhaust(code="AllocationFailed")
    with pytest.raises(HttpResponseError) as caught:
        clients.make()
    assert caught.value.error.code == "AllocationFailed"
    assert azure.state()["machines"]["vm1"]["state"] == "Failed"


def test_lists_come_in_pages(azure, clients):
    azure.settings.page_size = 2
    clients.groups.resource_groups.create_or_update("rg", HERE)
    for name in ("a", "b", "c", "d", "e"):
        clients.compute.availability_sets.create_or_update("rg", name, HERE)
    assert [one.name for one in clients.compute.availability_sets.list("rg")] == ["a", "b", "c", "d", "e"]


def test_what_a_region_offers(azure, clients):
    sizes = {one.name: one for one in clients.compute.resource_skus.list(filter="location eq 'japaneast'")}
    assert {one.name: one.value for one in sizes["Standard_D2ps_v5"].capabilities}["CpuArchitectureType"] == "Arm64"
    assert {one.name.value for one in clients.compute.usage.list("japaneast")} >= {"cores", "standardDSv5Family"}
    images = clients.compute.virtual_machine_images
    assert [one.name for one in images.list("japaneast", "canonical", "ubuntu-24_04-lts", "server", top=1,
                                            orderby="name desc")] == ["24.04.202510010"]
    image = images.get("japaneast", "canonical", "ubuntu-24_04-lts", "server", "24.04.202510010")
    assert (image.properties.hyper_v_generation, image.properties.architecture) == ("V2", "x64")


def test_by_microsofts_own_names(azure, monkeypatch):
    """Nothing is told to the client: a proxy brings it here."""
    client_id, secret = azure.credentials.service_principal()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.ca_file))
    with azure.proxy() as proxy:
        for name, value in proxy.environment().items():
            monkeypatch.setenv(name, value)
        clients = Clients(azure, ClientSecretCredential(azure.tenant, client_id, secret), base=False)
        clients.make()
        assert {"login.microsoftonline.com:443", "management.azure.com:443"} == set(proxy.connections)
    assert azure.state()["machines"]["vm1"]["power"] == "running"


def test_certificate(azure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.ca_file))
    client_id, path = azure.credentials.certificate()
    for more in ({}, {"send_certificate_chain": True}):
        CertificateCredential(azure.tenant, client_id, str(path), authority=azure.endpoint, disable_instance_discovery=True,
                              **more).get_token(azure.endpoint + ".default")
    assert [token.source for token in azure.tokens.all()] == ["client_assertion"] * 2


def test_federated_token(azure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.ca_file))
    client_id, path = azure.credentials.federated()
    WorkloadIdentityCredential(tenant_id=azure.tenant, client_id=client_id, token_file_path=str(path), authority=azure.endpoint,
                               disable_instance_discovery=True).get_token("https://management.azure.com/.default")
    assert [token.source for token in azure.tokens.all()] == ["federated"]


def test_managed_identity(azure, monkeypatch):
    for name, value in azure.metadata_environment().items():
        monkeypatch.setenv(name, value)
    ManagedIdentityCredential().get_token("https://management.azure.com/.default")
    mine = azure.credentials.managed_identity(system=False)
    ManagedIdentityCredential(client_id=mine).get_token("https://management.azure.com/.default")
    for name, value in azure.app_service_environment().items():
        monkeypatch.setenv(name, value)
    ManagedIdentityCredential().get_token("https://management.azure.com/.default")
    assert [token.source for token in azure.tokens.all()] == ["managed_identity"] * 3


def test_device_code(azure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azure.ca_file))
    application, said = azure.credentials.add_application(public=True), []
    credential = DeviceCodeCredential(application.client_id, tenant_id=azure.tenant, authority=azure.endpoint,
                                      disable_instance_discovery=True, prompt_callback=lambda *words: said.append(words))
    credential.get_token("https://management.azure.com/.default")
    assert said and [token.source for token in azure.tokens.all()] == ["device_code"]


def test_lists_of_all_resources(clients):
    """Filtered by tag they come without tags; a group's own list has them, with the time of creation. The OS disk has
    those of its machine."""
    clients.make()
    clients.groups.resource_groups.create_or_update("other", HERE)
    tagged = HERE | {"tags": {"dmachine-store": "5"}, "sku": {"name": "Standard"},
                     "properties": {"publicIPAllocationMethod": "Static"}}
    clients.network.public_ip_addresses.begin_create_or_update("other", "m1-ip", tagged).result()
    found = list(clients.groups.resources.list(filter="tagName eq 'dmachine-store'"))
    assert [(one.name, one.tags) for one in found] == [("m1-ip", None)]
    found = list(clients.groups.resources.list_by_resource_group("other", expand="createdTime"))
    assert [(one.name, one.tags) for one in found] == [("m1-ip", {"dmachine-store": "5"})] and found[0].created_time
    disks = [one for one in clients.groups.resources.list_by_resource_group("rg") if one.type == "Microsoft.Compute/disks"]
    assert [one.managed_by.rpartition("/")[2] for one in disks] == ["vm1"]
    with pytest.raises(HttpResponseError, match="InvalidFilterInQueryString"):
        list(clients.groups.resources.list(filter="tagName like 'x'"))
