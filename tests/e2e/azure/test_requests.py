# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What is sent for each option, held against Microsoft's models (the cloud judges every body), and how many requests."""

from __future__ import annotations

import subprocess
import time

import pytest

CREATE = ["create", "--driver", "azure", "--azure-location=westeurope"]


def make(cloud, program, *words, name="vm-1"):
    """The bodies of the virtual machine and its interface, address and security group."""
    child = program.start(*CREATE, *words, name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < deadline and not cloud.state()["machines"]:
        time.sleep(0.02)
    made = bool(cloud.state()["machines"])
    child.terminate()
    output = child.communicate(timeout=90)[0]
    assert made, output
    assert cloud.is_empty(), cloud.state()
    bodies = {}
    for call in cloud.calls():
        if call.method == "PUT":
            bodies.setdefault(call.path.split("/")[-2], call.json())
    return bodies


def test_all_options_of_the_network(paper_cloud, paper_program, tmp_path):
    data = tmp_path / "data"
    data.write_text("#cloud-config\n")
    bodies = make(paper_cloud, paper_program, "--azure-dns=ci-%s", "--azure-private-ip-address=192.168.7.7",
                  "--azure-accelerated-networking", "--azure-open-port=80", "--azure-open-port=1000-2000/udp",
                  "--azure-source-cidr=198.51.100.0/24", "--azure-source-cidr=203.0.113.0/24", f"--azure-custom-data={data}",
                  "--azure-tags=team,ci,stage,test", "--azure-availability-zone=2")
    assert bodies["publicIPAddresses"]["properties"]["dnsSettings"]["domainNameLabel"] == "ci-vm-1"
    configuration = bodies["networkInterfaces"]["properties"]["ipConfigurations"][0]["properties"]
    assert configuration["privateIPAddress"] == "192.168.7.7"
    rules = bodies["networkSecurityGroups"]["properties"]["securityRules"]
    assert [rule["name"] for rule in rules] == ["SSHAllowAny", "DockerAllowAny", "Port80-TcpAllowAny",
                                                "Port1000-2000-UdpAllowAny"]
    machine = bodies["virtualMachines"]
    assert machine["zones"] == ["2"]
    assert machine["tags"]["team"] == "ci"
    assert machine["properties"]["osProfile"]["customData"] == "I2Nsb3VkLWNvbmZpZwo="


@pytest.mark.parametrize(("words", "path", "value"), [
    (["--azure-spot", "--azure-spot-max-price=0.5"], ["priority"], "Spot"),
    (["--azure-disk-type=Premium_LRS", "--azure-disk-size=64"], ["storageProfile", "osDisk", "diskSizeGB"], 64),
    (["--azure-ephemeral-os-disk", "--azure-size=Standard_D2ads_v5"],
     ["storageProfile", "osDisk", "diffDiskSettings", "option"], "Local"),
    (["--azure-size=Standard_D2ps_v5", "--azure-image=Canonical:ubuntu-24_04-lts:server-arm64:latest"],
     ["hardwareProfile", "vmSize"], "Standard_D2ps_v5"),
])
def test_an_option_of_the_machine(paper_cloud, paper_program, words, path, value):
    body = make(paper_cloud, paper_program, *words)["virtualMachines"]["properties"]
    for step in path:
        body = body[step]
    assert body == value


def test_a_shared_security_group_and_an_availability_set(paper_cloud, paper_program):
    make(paper_cloud, paper_program, "--azure-nsg=fleet", "--azure-availability-set=set", "--azure-no-public-ip")
    state = paper_cloud.state()
    assert (state["availability_sets"], state["networks"], state["security_groups"]) == ([], [], [])


def test_the_longest_name(paper_cloud, paper_program):
    name = "a" * 64
    body = make(paper_cloud, paper_program, name=name)["virtualMachines"]["properties"]
    assert len(body["osProfile"]["computerName"]) == 63


def test_a_provider_that_is_not_registered(paper_cloud, paper_program):
    paper_cloud.unregister("Microsoft.Network")
    make(paper_cloud, paper_program)


def test_an_expired_token_is_replaced(paper_cloud, paper_program):
    paper_cloud.faults.hook("before", lambda call: paper_cloud.tokens.expire_all(), method="PUT",
                            path=r".*/networkInterfaces/[^/]+$", times=1)
    make(paper_cloud, paper_program)
    assert len(paper_cloud.token_calls()) == 2


def test_requests_and_tokens_of_a_create(paper_cloud, paper_program):
    paper_cloud.put("docker-machine", {"location": "westeurope"})
    paper_cloud.put("docker-machine/virtualNetworks/docker-machine-vnet", {"location": "westeurope", "properties": {
        "addressSpace": {"addressPrefixes": ["192.168.0.0/16"]}}})
    paper_cloud.put("docker-machine/virtualNetworks/docker-machine-vnet/subnets/docker-machine",
                    {"properties": {"addressPrefix": "192.168.0.0/16"}})
    make(paper_cloud, paper_program)
    calls = paper_cloud.calls()
    writes = [call.path.split("/")[-2] for call in calls if call.method == "PUT"]
    assert sorted(writes) == ["networkInterfaces", "networkSecurityGroups", "publicIPAddresses", "virtualMachines"]
    looks_before = [call for call in calls[:calls.index(next(call for call in calls if call.method == "PUT"))]]
    assert len(looks_before) == 7
    assert len(paper_cloud.token_calls()) == 1
