# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The judges catch planted errors on both sides, and our own hand-written shapes agree with Microsoft's models and
with the public examples."""

import datetime
import re

import pytest

from tests.clouds.azure import Azure, JudgeError, examples, models, shapes
from tests.clouds.azure.routing import ROUTES
from tests.clouds.azure_client import LOCATION, Arm, address, network, security_group
from tests.clouds.test_azure_strict import changed

SHAPES = {"resources.ResourceGroup": shapes.GROUP, "compute.VirtualMachine": shapes.VIRTUAL_MACHINE,
          "compute.AvailabilitySet": shapes.AVAILABILITY_SET, "compute.Disk": shapes.DISK,
          "network.NetworkInterface": shapes.NETWORK_INTERFACE, "network.NetworkSecurityGroup": shapes.SECURITY_GROUP,
          "network.SecurityRule": shapes.SECURITY_RULE, "network.VirtualNetwork": shapes.VIRTUAL_NETWORK,
          "network.Subnet": shapes.SUBNET, "network.PublicIPAddress": shapes.PUBLIC_ADDRESS}
BY_KIND = {"Microsoft.Compute/virtualMachines": "compute.VirtualMachine",
           "Microsoft.Compute/availabilitySets": "compute.AvailabilitySet",
           "Microsoft.Network/networkInterfaces": "network.NetworkInterface",
           "Microsoft.Network/networkSecurityGroups": "network.NetworkSecurityGroup",
           "Microsoft.Network/publicIPAddresses": "network.PublicIPAddress",
           "Microsoft.Network/virtualNetworks": "network.VirtualNetwork",
           "Microsoft.Network/virtualNetworks/subnets": "network.Subnet",
           "Microsoft.Resources/resourceGroups": "resources.ResourceGroup"}


@pytest.mark.parametrize("path, value, complaint", [
    ("naam", "x", "body has the unknown field naam (VirtualMachine)"),
    ("properties/osProfile/sshKeys", [], "body.properties.osProfile has the unknown field sshKeys (OSProfile)"),
    ("properties/storageProfile/osDisk/diskSizeGb", 40, "has the unknown field diskSizeGb"),
    ("properties/storageProfile/osDisk/diskSizeGB", "40", "is '40', not of type int"),
    ("properties/storageProfile/osDisk/caching", "Sometimes", "not one of None, ReadOnly, ReadWrite"),
    ("properties/networkProfile/networkInterfaces", {}, "not an array"), ("zones", "1", "not an array"),
    ("properties/vmId", "x", "is written by the service alone"), ("location", None, "lacks the required field location"),
    ("properties/storageProfile/osDisk/createOption", None, "lacks the required field createOption"),
    ("properties/billingProfile", {"maxPrice": "-1"}, "not of type float"), ("tags", {"a": 1}, "body.tags.a is 1"),
    ("properties/osProfile/linuxConfiguration/disablePasswordAuthentication", "true", "not of type bool"),
    ("properties/priority", "Cheap", "not one of Regular, Low, Spot"),
])
def test_a_wrong_field_of_the_client_is_caught(path, value, complaint):
    with pytest.raises(JudgeError, match="client: PUT"), Azure() as cloud:
        arm = Arm(cloud)
        arm.make_parts()
        assert arm.put("rg/virtualMachines/vm1", changed(arm.machine(), path, value)).status == 400
        assert any(complaint in str(found) for found in cloud.judge.violations), cloud.judge.violations


@pytest.mark.parametrize("kind, spoil, complaint", [
    ("networkInterfaces/vm1-nic", lambda one: one.body.update(colour="x"), "answer has the unknown field colour"),
    ("networkInterfaces/vm1-nic", lambda one: one.properties.update(enableIPForwarding="no"), "not of type bool"),
    ("publicIPAddresses/vm1-ip", lambda one: one.body["sku"].update(name="Gold"), "not one of Basic, Standard"),
    ("virtualMachines/vm1", lambda one: one.properties.update(timeCreated="yesterday", priority=1), "not one of Regular"),
])
def test_a_wrong_answer_of_the_simulation_is_caught(kind, spoil, complaint):
    with pytest.raises(JudgeError, match="server: GET"), Azure() as cloud:
        arm = Arm(cloud)
        arm.make()
        spoil(cloud.world.find(arm.id(f"rg/{kind}")))
        arm.get(f"rg/{kind}")
        assert any(complaint in str(found) for found in cloud.judge.violations), cloud.judge.violations


def test_what_the_simulation_has_not_is_its_own_fault():
    with pytest.raises(JudgeError, match="server: .*no such method"), Azure() as cloud:
        arm = Arm(cloud)
        assert arm.raw("GET", f"/subscriptions/{cloud.subscription}/providers/Microsoft.Compute/hostGroups?api-version=1",
                       headers={"Authorization": f"Bearer {arm.token}"}).status == 501


def test_the_judge_goes_without_models_when_told():
    with Azure(judge=False) as cloud:
        arm = Arm(cloud)
        arm.make()
        assert arm.put("rg/virtualMachines/vm2", {"location": LOCATION, "naam": "x"}).code == "InvalidRequestContent"


@pytest.mark.parametrize("model", SHAPES)
def test_our_shapes_have_only_what_microsofts_models_have(model):
    assert _differences(SHAPES[model], models.class_of(model), model) == []


def _differences(shape, model, at):
    """What a shape has that the model has not, or has in another form."""
    if isinstance(shape, dict):
        fields = models.fields_of(model) if hasattr(model, "_is_model") else None
        if fields is None:
            return [f"{at}: the model has no object here"]
        found = []
        for name, inner in shape.items():
            name = name.removesuffix("!")
            if name not in fields:
                found.append(f"{at}.{name}: unknown to the model")
            elif fields[name][1] and name not in ("id", "name"):
                found.append(f"{at}.{name}: read-only in the model")
            else:
                found += _differences(inner, _bare(fields[name][0]), f"{at}.{name}")
        return found
    if isinstance(shape, list):
        arguments = getattr(model, "__args__", ())
        return _differences(shape[0], _bare(arguments[0]), at + "[]") if getattr(model, "__origin__", None) is list else \
            [f"{at}: no array in the model"]
    wrong = {shapes.STRING: (bool, int, float), shapes.BOOL: (str, int, float), shapes.INT: (str, bool, float),
             shapes.NUMBER: (str, bool)}.get(shape if isinstance(shape, str) else "", ())
    return [f"{at}: {shape} here, {model} there"] if model in wrong else []


def _bare(hint):
    """A hint without Optional and without its enumeration."""
    arguments = [one for one in getattr(hint, "__args__", ()) if one is not type(None)]
    if arguments and getattr(hint, "__origin__", None) not in (list, dict):
        return str if str in arguments else arguments[0]
    return hint


@pytest.mark.parametrize("kind", sorted({example["kind"] for example in examples.load()["examples"]}
                                        | set(examples.load()["beyond"])))
def test_the_examples_fields_are_in_the_models(kind):
    """So that the data was not copied wrongly: each path leads somewhere in Microsoft's model."""
    for path in examples.fields_of(kind):
        model = models.class_of(BY_KIND[kind])
        for step in path.split("."):
            fields = models.fields_of(model)
            name = step.removesuffix("[]")
            assert name in fields, (kind, path, step)
            model = _bare(fields[name][0])
            if step.endswith("[]"):
                model = _bare(model.__args__[0])


@pytest.mark.parametrize("example", [one for one in examples.load()["examples"]], ids=lambda one: one["source"].rsplit("/", 1)[1])
def test_our_shapes_take_what_the_examples_have(example):
    shape = SHAPES[BY_KIND[example["kind"]]]
    left_out = {"properties.ipConfigurations[].properties.privateIPAddressPrefixLength"}  # blocks of addresses
    for path in set(example["fields"]) - left_out:
        inner = shape
        for step in path.split("."):
            name = step.removesuffix("[]")
            found = inner.get(name, inner.get(name + "!")) if isinstance(inner, dict) else None
            assert found is not None, (path, step)
            inner = found[0] if step.endswith("[]") else found


def test_bodies_as_the_driver_makes_them_have_no_other_fields(arm):
    arm.make()
    assert arm.cloud.strange_fields() == []
    for path, body in (("rg/networkSecurityGroups/a", changed(security_group(), "properties/flushConnection", True)),
                       ("rg/publicIPAddresses/a", changed(address(), "properties/ipTags", [])),
                       ("rg/virtualNetworks/aa", changed(network(), "properties/flowTimeoutInMinutes", 5))):
        arm.put(path, body)
    assert arm.cloud.strange_fields() == ["Microsoft.Network/networkSecurityGroups: properties.flushConnection",
                                          "Microsoft.Network/virtualNetworks: properties.flowTimeoutInMinutes"]


def test_every_resource_has_a_model():
    """No answer goes unjudged but those of Microsoft.Storage and Microsoft.Authorization, whose models are not among our
    packages, and of polls."""
    unjudged = {f"{route.method} {route.template}" for route in ROUTES if route.method in ("GET", "PUT")
                and not models.of_answer(route.method, route.template) and not re.search("Storage|Authorization", route.template)}
    assert {one.partition("{subscription}")[2] for one in unjudged} == {
        "", "/locations", "/resourceGroups/{group}/providers/Microsoft.Compute/galleries/{name}/images/{image}/versions/{version}"}


def test_answers_come_back_whole_from_the_models(arm):
    """What Microsoft's model reads and writes again is what was answered: nothing lost, nothing in another form."""
    arm.make()
    at = {"compute.VirtualMachine": "rg/virtualMachines/vm1", "compute.Disk": "rg/disks/vm1-os-disk",
          "network.NetworkInterface": "rg/networkInterfaces/vm1-nic", "network.PublicIPAddress": "rg/publicIPAddresses/vm1-ip",
          "network.NetworkSecurityGroup": "rg/networkSecurityGroups/vm1-firewall",
          "network.VirtualNetwork": "rg/virtualNetworks/net", "network.Subnet": "rg/virtualNetworks/net/subnets/inner",
          "compute.VirtualMachineInstanceView": "rg/virtualMachines/vm1/instanceView", "resources.ResourceGroup": "rg"}
    for model, path in at.items():
        body = arm.get(path).body
        assert _in_one_form(models.class_of(model)(body).as_dict()) == _in_one_form(body), model


def _in_one_form(value):
    """Points in time may be written in several ways."""
    if isinstance(value, dict):
        return {name: _in_one_form(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_in_one_form(item) for item in value]
    try:
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) and "T" in value else value
    except ValueError:
        return value
