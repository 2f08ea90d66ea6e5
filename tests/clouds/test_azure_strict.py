# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every rule of the simulated API, shown to refuse what breaks it, in the real API's form."""

import base64
import copy

import pytest

from tests.clouds.azure_client import KEY, LOCATION, Arm, address, network, rule, security_group

VM, NIC, NSG, NET, IP, SET, DISK = (f"rg/{kind}/x" for kind in (
    "virtualMachines", "networkInterfaces", "networkSecurityGroups", "virtualNetworks", "publicIPAddresses",
    "availabilitySets", "disks"))
OS, LINUX = "properties/osProfile/", "properties/osProfile/linuxConfiguration/ssh/publicKeys"
STORAGE, IMAGE = "properties/storageProfile/osDisk/", "properties/storageProfile/imageReference"
CONFIGURATION = "properties/ipConfigurations/0/properties/"
RULE = "properties/securityRules/0/properties/"


def changed(body, path, value):
    """The body with the field at `a/0/b` replaced; a value of None takes the field away."""
    body = copy.deepcopy(body)
    *way, last = path.split("/")
    inner = body
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner.setdefault(step, {})
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return body


def keys(**changes):
    return [{"path": "/home/docker-user/.ssh/authorized_keys", "keyData": KEY, **changes}]


def image(offer="ubuntu-24_04-lts", sku="server", version="latest", publisher="Canonical"):
    return {"publisher": publisher, "offer": offer, "sku": sku, "version": version}


BAD_MACHINES = [
    ("location", None, "LocationRequired", "location"),
    ("location", "mars", "LocationNotAvailableForResourceType", "'mars' is not available for resource type"),
    ("naam", "x", "InvalidRequestContent", "Could not find member 'naam'"),
    ("name", "x", "InvalidRequestContent", "read-only"), ("id", "x", "InvalidRequestContent", "read-only"),
    ("properties/vmId", "x", "InvalidRequestContent", "read-only"),
    ("properties/provisioningState", "x", "InvalidRequestContent", "read-only"),
    ("tags", {"a": 1}, "InvalidRequestContent", "strings"),
    ("zones", ["9"], "InvalidAvailabilityZone", "supported zones"),
    ("properties/hardwareProfile", None, "InvalidParameter", "hardwareProfile"),
    ("properties/hardwareProfile/vmSize", "Standard_Z9", "InvalidParameter", "Standard_Z9 provided for the VM size"),
    ("properties/hardwareProfile/vmSize", "Standard_E64is_v3", "SkuNotAvailable", "currently not available in location"),
    ("properties/hardwareProfile/vmSize", "Standard_A2_v2", "BadRequest", "cannot boot Hypervisor Generation '2'"),
    ("properties/hardwareProfile/vmSize", "Standard_D2ps_v5", "BadRequest", "CPU Architecture"),
    (IMAGE, image(sku="sever"), "PlatformImageNotFound", "Canonical:ubuntu-24_04-lts:sever:latest"),
    (IMAGE, image(version="1.2.3"), "PlatformImageNotFound", "is not available"),
    (IMAGE, {"publisher": "Canonical"}, "InvalidParameter", "must name publisher"),
    (IMAGE, {**image(), "id": "/x"}, "InvalidParameter", "or one id"),
    (IMAGE, {"id": "ubuntu"}, "InvalidParameter", "not a valid resource reference"),
    (IMAGE, {"communityGalleryImageId": "/CommunityGalleries/x/Images/y/Versions/1.0.0"}, "GalleryImageNotFound", "cannot be found"),
    (IMAGE, image("rockylinux-x86_64", "9-base", publisher="RESF"), "VMMarketplaceInvalidInput", "Plan information"),
    (STORAGE + "createOption", None, "InvalidRequestFormat", "osDisk.createOption"),
    (STORAGE + "createOption", "New", "InvalidRequestContent", "FromImage"),
    (STORAGE + "caching", "Sometimes", "InvalidRequestContent", "ReadWrite"),
    (STORAGE + "diskSizeGB", 10, "BadRequest", "smaller than the size"),
    (STORAGE + "diskSizeGB", "40", "InvalidRequestContent", "of type integer"),
    (STORAGE + "managedDisk", {"storageAccountType": "Gold_LRS"}, "InvalidRequestContent", "Standard_LRS"),
    (STORAGE + "managedDisk", None, None, None),
    (STORAGE + "vhd", {"uri": "https://x.blob.core.windows.net/vhds/a.vhd"}, "InvalidParameter", "cannot both"),
    (STORAGE + "diffDiskSettings", {"option": "Local"}, "InvalidParameter", "only ReadOnly caching"),
    (STORAGE + "name", "-x", "InvalidResourceName", "-x"),
    (OS + "computerName", None, "InvalidParameter", "computerName"),
    (OS + "computerName", "a" * 65, "InvalidParameter", "cannot exceed 64"),
    (OS + "computerName", "a-", "InvalidParameter", "nor end in '-'"),
    (OS + "computerName", "a_b", "InvalidParameter", "host name cannot contain"),
    (OS + "adminUsername", "root", "InvalidParameter", "Admin Username specified is not allowed"),
    (OS + "adminUsername", "a b", "InvalidParameter", "Admin Username"),
    (OS + "customData", "", "InvalidParameter", "Base64"), (OS + "customData", "%%%", "InvalidParameter", "Base64"),
    (OS + "customData", base64.b64encode(b"x" * 65536).decode(), "InvalidParameter", "maximum length"),
    (LINUX, keys(path="/home/other/.ssh/authorized_keys"), "InvalidParameter", "/home/docker-user/.ssh/authorized_keys"),
    (LINUX, keys(keyData="ssh-rsa AAAA"), "InvalidParameter", "keyData is invalid"),
    (LINUX, keys(keyData=KEY.replace("ssh-ed25519", "ssh-rsa")), "InvalidParameter", "keyData is invalid"),
    (LINUX, [], "InvalidParameter", "must be enabled"),
    ("properties/networkProfile/networkInterfaces", [], "InvalidParameter", "networkInterfaces"),
    ("properties/networkProfile/networkInterfaces/0/id", "nic", "LinkedInvalidPropertyId", "Expect fully"),
    ("properties/networkProfile/networkInterfaces/0/properties/deleteOption", "Keep", "InvalidRequestContent", "Detach"),
    ("properties/evictionPolicy", "Delete", "InvalidParameter", "only on Azure Spot"),
    ("properties/priority", "Cheap", "InvalidRequestContent", "Spot"),
    ("properties/availabilitySet", {"id": "/x"}, "LinkedInvalidPropertyId", "Expect fully"),
    ("identity", {"type": "Both"}, "InvalidRequestContent", "SystemAssigned"),
    ("properties/securityProfile", {"securityType": "TrustedLaunch"}, None, None),
]


@pytest.mark.parametrize("path, value, code, text", BAD_MACHINES)
def test_machine(rude_arm, path, value, code, text):
    rude_arm.make_parts("x")
    answer = rude_arm.put(VM, changed(rude_arm.machine("x"), path, value))
    if code is None:  # as it should be
        assert answer.body["status"] == "Succeeded", answer.body
        return
    assert answer.status in (400, 404, 409) and answer.code == code and text in answer.message, answer.body
    assert rude_arm.get(VM).status == 404 and rude_arm.cloud.state()["disks"] == []


@pytest.mark.parametrize("kind, path, value, code", [
    (NIC, "location", "westus", "InvalidResourceReference"),
    (NIC, "properties/ipConfigurations", [], "NetworkInterfaceMustHaveAtLeastOneIpConfiguration"),
    (NIC, CONFIGURATION + "subnet", None, "SubnetIsRequired"),
    (NIC, CONFIGURATION + "subnet", {"id": "inner"}, "LinkedInvalidPropertyId"),
    (NIC, CONFIGURATION + "privateIPAllocationMethod", "Static", "InvalidIPAddress"),
    (NIC, CONFIGURATION + "privateIPAllocationMethod", "Random", "InvalidRequestContent"),
    (NIC, CONFIGURATION + "privateIPAdress", "10.0.0.4", "InvalidRequestContent"),
    (NIC, "properties/ipConfigurations/0/name", None, "InvalidRequestFormat"),
    (NIC, "properties/macAddress", "x", "InvalidRequestContent"), (NIC, "zones", ["1"], "InvalidRequestContent"),
    (NSG, RULE + "protocol", None, "InvalidRequestFormat"), (NSG, RULE + "access", None, "InvalidRequestFormat"),
    (NSG, RULE + "direction", None, "InvalidRequestFormat"), (NSG, RULE + "priority", None, "InvalidRequestFormat"),
    (NSG, RULE + "priority", 99, "SecurityRuleInvalidPriority"), (NSG, RULE + "priority", 4097, "SecurityRuleInvalidPriority"),
    (NSG, RULE + "protocol", "Sctp", "InvalidRequestContent"),
    (NSG, RULE + "destinationPortRange", "70000", "SecurityRuleInvalidPortRange"),
    (NSG, RULE + "destinationPortRange", "30-20", "SecurityRuleInvalidPortRange"),
    (NSG, RULE + "destinationPortRange", None, "SecurityRuleParameterMissing"),
    (NSG, RULE + "sourceAddressPrefix", "1.2.3", "SecurityRuleInvalidAddressPrefix"),
    (NSG, RULE + "description", "x" * 141, "SecurityRuleDescriptionTooLong"),
    (NSG, "properties/securityRules", [rule("a", 100), rule("b", 100)], "SecurityRuleConflict"),
    (NSG, "properties/securityRules", [rule("a", 100), rule("A", 101)], "SecurityRuleDuplicateName"),
    (IP, "sku", None, "IPv4BasicSkuPublicIpCountLimitReached"),
    (IP, "properties/publicIPAllocationMethod", "Dynamic", "StandardAndHigherSkuPublicIPAddressesMustBeStatic"),
    (IP, "properties/dnsSettings", {"domainNameLabel": "A-"}, "InvalidDomainNameLabel"),
    (IP, "properties/ipAddress", "1.2.3.4", "InvalidRequestContent"), (IP, "zones", ["4"], "InvalidAvailabilityZone"),
    (NET, "properties/addressSpace", None, "InvalidRequestFormat"),
    (NET, "properties/addressSpace/addressPrefixes", ["10.0.0.1/8"], "InvalidCIDRNotation"),
    (NET, "properties/addressSpace/addressPrefixes", ["10.0.0.0/8", "10.1.0.0/16"], "NetcfgInvalidVirtualNetworkSite"),
    (NET, "properties/subnets/0/properties/addressPrefix", "172.16.0.0/24", "NetcfgInvalidSubnet"),
    (NET, "properties/subnets/0/properties/addressPrefix", "192.168.0.0/30", "NetcfgSubnetTooSmall"),
    (NET, "properties/subnets", [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/16"}},
                                 {"name": "b", "properties": {"addressPrefix": "10.0.1.0/24"}}], "NetcfgSubnetRangesOverlap"),
    (SET, "sku", {"name": "Managed"}, "InvalidParameter"),
    (SET, "properties", {"platformFaultDomainCount": 4}, "InvalidParameter"),
    (SET, "properties", {"platformUpdateDomainCount": 21}, "InvalidParameter"),
    (DISK, "properties/creationData", None, "InvalidRequestFormat"),
    (DISK, "properties/diskSizeGB", None, "InvalidParameter"),
])
def test_the_other_resources(rude_arm, kind, path, value, code):
    rude_arm.make_parts("x")
    good = {NIC: rude_arm.nic("x"), NSG: security_group(), IP: address(), NET: network(), SET: {"location": LOCATION},
            DISK: {"location": LOCATION, "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 4}}}[kind]
    if "Static" == value:  # whose address is not the matter here
        del good["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"]
    kind = kind[:-1] + "yy"
    answer = rude_arm.put(kind, changed(good, path, value))
    assert answer.status in (400, 409) and answer.code == code, answer.body
    assert rude_arm.get(kind).status == 404


@pytest.mark.parametrize("path, body, code", [
    ("rg/virtualMachines/" + "a" * 65, None, "InvalidParameter"), ("rg/virtualMachines/a-", None, "InvalidParameter"),
    ("rg/networkInterfaces/" + "a" * 81, None, "InvalidResourceName"), ("rg/publicIPAddresses/-a", address(), "InvalidResourceName"),
    ("rg/virtualNetworks/a", network(), "InvalidResourceName"), ("rg/virtualNetworks/" + "a" * 65, network(), "InvalidResourceName"),
    ("rg/storageAccounts/Abc", {"location": LOCATION, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}, "AccountNameInvalid"),
    ("g" * 91, {"location": LOCATION}, "ResourceGroupNameTooLong"), ("g.", {"location": LOCATION}, "InvalidResourceGroup"),
    ("other", {"location": "mars"}, "LocationNotAvailableForResourceGroup"),
    ("rg", {"location": "westus"}, "InvalidResourceGroupLocation"), ("other", {}, "LocationRequired"),
])
def test_names_and_places(rude_arm, path, body, code):
    rude_arm.make_parts("x")
    body = body if body is not None else rude_arm.nic("x") if "Interfaces" in path else rude_arm.machine("x")
    answer = rude_arm.put(path, body)
    assert answer.status in (400, 409) and answer.code == code, answer.body


def test_locations_are_read_in_both_forms(arm):
    arm.put("rg", {"location": "Japan East"})
    assert arm.get("rg").body["location"] == "japaneast"
    arm.put(SET, {"location": "japaneast"})
    assert arm.put(SET, {"location": "Japan East"}).status == 200
    assert arm.put(SET, {"location": "westus"}).code == "InvalidResourceLocation"
    assert arm.get("RG/availabilitysets/X".replace("availabilitysets", "availabilitySets")).status == 200  # names in any case


@pytest.mark.parametrize("version, code", [
    ("", "MissingApiVersionParameter"), ("2025-04-31", "InvalidApiVersionParameter"),
    ("2016-03-30", "InvalidApiVersionParameter"), ("latest", "InvalidApiVersionParameter")])
def test_api_version(arm, version, code):
    arm.put("rg", {"location": LOCATION})
    answer = arm.call("GET", VM, version=version or " ") if version else arm.raw(
        "GET", arm.id(VM), headers={"Authorization": f"Bearer {arm.token}"})
    assert (answer.status, answer.code) == (400, code)


def test_old_api_versions_are_for_old_programs(arm):
    arm.put("rg", {"location": LOCATION})
    arm.cloud.settings.legacy = True
    assert arm.call("GET", VM, version="2016-03-30").status == 404
    assert arm.call("GET", VM, version="2016-03-31").code == "InvalidApiVersionParameter"


def test_who_asks(azure):
    arm = Arm(azure)
    answer = arm.raw("GET", f"/subscriptions/{azure.subscription}?api-version=2022-12-01")
    assert answer.status == 401 and f'authorization_uri="https://login.windows.net/{azure.tenant}"' in \
        answer.headers["WWW-Authenticate"]
    assert arm.call("GET", "", token="x", version="2022-12-01").code == "InvalidAuthenticationToken"
    other = azure.tokens.issue("x", azure.tenant, "https://graph.microsoft.com", 60, "test").value
    assert arm.call("GET", "", token=other, version="2022-12-01").code == "InvalidAuthenticationTokenAudience"
    stranger = azure.tokens.issue("x", "00000000-0000-0000-0000-000000000000", "https://management.azure.com", 60, "test").value
    assert arm.call("GET", "", token=stranger, version="2022-12-01").code == "InvalidAuthenticationTokenTenant"
    assert arm.call("GET", "", version="2022-12-01").body["tenantId"] == azure.tenant
    azure.tokens.expire_all()
    assert arm.call("GET", "", version="2022-12-01").code == "ExpiredAuthenticationToken"
    assert arm.raw("GET", "/subscriptions/x?api-version=2022-12-01").code == "SubscriptionNotFound"


def test_what_is_not_there(arm):
    assert arm.get("rg").code == arm.get(VM).code == arm.delete(VM).code == "ResourceGroupNotFound"
    arm.put("rg", {"location": LOCATION})
    assert arm.get(VM).code == "ResourceNotFound" and arm.delete(VM).status == 204
    assert arm.post(VM + "/start").code == "ResourceNotFound"
    assert arm.get(NET + "/subnets/a").code == "ResourceNotFound"
    assert arm.put(NET + "/subnets/a", {"properties": {"addressPrefix": "10.0.0.0/24"}}).code == "ResourceNotFound"
    assert arm.delete(NET + "/subnets/a").status == 204


def test_references_of_a_machine(arm):
    arm.make_parts("x")
    arm.make_network("far", "westus")
    arm.put("far/networkSecurityGroups/x-firewall", security_group("westus"))
    arm.put("far/publicIPAddresses/x-ip", address("westus"))
    arm.put("far/networkInterfaces/x-nic", arm.nic("x", "far", "westus"))
    assert arm.put(VM, arm.machine("x", "far")).code == "InvalidResourceReference"  # another region
    assert arm.put(VM, arm.machine("y")).code == "InvalidResourceReference"
    assert arm.put(VM, arm.machine("x")).body["status"] == "Succeeded"
    assert arm.put("rg/virtualMachines/z", arm.machine("x")).code == "NicInUse"
    assert arm.put("rg/networkInterfaces/y-nic", arm.nic("x")).code == "PublicIPAddressInUse"


def test_availability_sets_and_zones(arm):
    arm.make_parts("x")
    arm.put("rg/availabilitySets/new", {"location": LOCATION, "sku": {"name": "Aligned"}})
    arm.put("rg/availabilitySets/old", {"location": LOCATION})
    of = lambda name: {"availabilitySet": {"id": arm.id(f"rg/availabilitySets/{name}")}}  # noqa: E731
    assert arm.put(VM, arm.machine("x", **of("none"))).code == "NotFound"
    assert arm.put(VM, arm.machine("x", **of("old"))).code == "OperationNotAllowed"
    assert arm.put(VM, {**arm.machine("x", **of("new")), "zones": ["1"]}).code == "BadRequest"
    assert "Spot" in arm.put(VM, arm.machine("x", **of("new"), priority="Spot")).message
    assert arm.put(VM, arm.machine("x", **of("new"))).body["status"] == "Succeeded"
    assert [one["id"] for one in arm.get("rg/availabilitySets/new").body["properties"]["virtualMachines"]] == [arm.id(VM)]
    assert arm.delete("rg/availabilitySets/new").code == "OperationNotAllowed"
    assert arm.put("rg/availabilitySets/new", {"location": LOCATION}).code in ("OperationNotAllowed", "PropertyChangeNotAllowed")


def test_what_is_used_stays(arm):
    arm.make("vm1")
    for path, code in (("networkInterfaces/vm1-nic", "NicInUse"), ("publicIPAddresses/vm1-ip", "PublicIPAddressCannotBeDeleted"),
                       ("networkSecurityGroups/vm1-firewall", "InUseNetworkSecurityGroupCannotBeDeleted"),
                       ("virtualNetworks/net", "InUseSubnetCannotBeDeleted"), ("disks/vm1-os-disk", "OperationNotAllowed"),
                       ("virtualNetworks/net/subnets/inner", "InUseSubnetCannotBeDeleted")):
        assert arm.delete(f"rg/{path}").code == code
    left_out = changed(network(), "properties/subnets", [])
    assert arm.put("rg/virtualNetworks/net", left_out).code == "InUseSubnetCannotBeDeleted"


def test_a_network_that_is_put_again_loses_the_subnets_it_does_not_name(arm):
    arm.make_network()
    arm.put("rg/virtualNetworks/net", changed(network(), "properties/subnets", None))
    assert arm.get("rg/virtualNetworks/net/subnets/inner").status == 404


def test_marketplace_terms(arm):
    arm.make_parts("x")
    body = changed(arm.machine("x"), IMAGE, image("rockylinux-x86_64", "9-base", publisher="RESF"))
    body["plan"] = {"publisher": "resf", "product": "rockylinux-x86_64", "name": "9-base"}
    answer = arm.put(VM, body)
    assert answer.code == "ResourcePurchaseValidationFailed"
    assert answer.body["error"]["details"][0]["code"] == "MarketplacePurchaseEligibilityFailed"
    arm.cloud.accept_terms("resf", "rockylinux-x86_64", "9-base")
    assert arm.put(VM, body).body["status"] == "Succeeded"


@pytest.mark.parametrize("field, image_id", [
    ("id", None), ("communityGalleryImageId", "/CommunityGalleries/p/Images/i/Versions/1.0.0"),
    ("sharedGalleryImageId", "/SharedGalleries/p/Images/i/Versions/1.0.0")])
def test_images_of_ones_own(arm, field, image_id):
    arm.make_parts("x")
    image_id = image_id or arm.id("rg/images/mine")
    arm.cloud.add_image(image_id, location=LOCATION, system="debian-12")
    wrong = "id" if field != "id" else "sharedGalleryImageId"
    assert arm.put(VM, changed(arm.machine("x"), IMAGE, {wrong: image_id})).status in (400, 404)
    assert arm.put(VM, changed(arm.machine("x"), IMAGE, {field: image_id})).body["status"] == "Succeeded"
    assert arm.cloud.machine("x").host.image == "debian-12"


def test_unmanaged_disks_where_they_are_still_allowed(arm):
    arm.cloud.settings.legacy = True
    arm.make_parts("x")
    body = changed(arm.machine("x"), STORAGE + "managedDisk", None)
    del body["properties"]["storageProfile"]["osDisk"]["deleteOption"]
    at = lambda container: changed(body, STORAGE + "vhd", {  # noqa: E731
        "uri": f"https://vhdsx.blob.core.windows.net/{container}/x.vhd"})
    assert arm.put(VM, at("vhd-x")).code == "StorageAccountNotFound"
    arm.put("rg/storageAccounts/vhdsx", {"location": LOCATION, "sku": {"name": "Standard_LRS"}})
    assert "Container names must be 3-63" in arm.put(VM, at("vhd-X")).message
    assert arm.put(VM, at("vhd-x")).body["status"] == "Succeeded"
    containers = "rg/storageAccounts/vhdsx/blobServices/default/containers"
    assert [one["name"] for one in arm.get(containers).body["value"]] == ["vhd-x"]
    assert arm.delete(containers + "/vhd-x").code == "LeaseIdMissing"
    arm.delete(VM)
    assert arm.delete(containers + "/vhd-x").status == 200 and arm.get(containers).body["value"] == []
    arm.cloud.settings.legacy = False
    assert arm.put("rg/virtualMachines/y", at("vhd-y")).code in ("OperationNotAllowed", "InvalidResourceReference")


@pytest.mark.parametrize("method, headers, body, status", [
    ("PUT", {"Content-Type": "text/plain"}, b"{}", 415), ("PUT", {"Content-Type": "application/json"}, b"{", 400),
    ("PUT", {"Content-Type": "application/json"}, b'{"location": "westus", "location": "eastus"}', 400),
    ("PUT", {"Content-Type": "application/json"}, b"[]", 400), ("DELETE", {"Content-Type": "application/json"}, b'{"a":1}', 400),
    ("POST", {}, b"", 405)])
def test_bodies(rude_arm, method, headers, body, status):
    rude_arm.put("rg", {"location": LOCATION})
    answer = rude_arm.raw(method, rude_arm.id(SET) + "?api-version=2025-04-01", body,
                          {"Authorization": f"Bearer {rude_arm.token}", **headers})
    assert answer.status == status, answer.body


def test_an_unknown_parameter(arm):
    arm.put("rg", {"location": LOCATION})
    assert arm.get(VM, S_exspand="instanceView").code == "InvalidQueryParameter"


def test_static_private_addresses(arm):
    arm.make_parts("x")
    static = lambda text: changed(changed(changed(arm.nic("x"), CONFIGURATION + "publicIPAddress", None),  # noqa: E731
                                          CONFIGURATION + "privateIPAllocationMethod", "Static"),
                                  CONFIGURATION + "privateIPAddress", text)
    for text, code in (("10.1.1.1", "PrivateIPAddressNotInSubnet"), ("192.168.0.3", "PrivateIPAddressInReservedRange"),
                       ("192.168.0.4", "PrivateIPAddressInUse"), ("192.168.1", "InvalidIPAddress")):
        assert arm.put("rg/networkInterfaces/y", static(text)).code == code
    arm.put("rg/networkInterfaces/y", static("192.168.0.9"))
    assert arm.get("rg/networkInterfaces/y").body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] == \
        "192.168.0.9"


def test_ephemeral_disks(arm):
    arm.make_parts("x")
    body = changed(changed(arm.machine("x"), STORAGE + "diffDiskSettings", {"option": "Local"}), STORAGE + "caching", "ReadOnly")
    assert "Ephemeral" in arm.put(VM, changed(body, "properties/hardwareProfile/vmSize", "Standard_D2s_v5")).message
    assert "greater than 50 GB" in arm.put(VM, changed(body, STORAGE + "diskSizeGB", 60)).message
    assert arm.put(VM, body).body["status"] == "Succeeded"
    assert arm.cloud.state()["disks"] == []


def test_two_labels_of_one_name(arm):
    arm.put("rg", {"location": LOCATION})
    named = changed(address(), "properties/dnsSettings", {"domainNameLabel": "farm"})
    arm.put(IP, named)
    assert arm.get(IP).body["properties"]["dnsSettings"]["fqdn"] == "farm.japaneast.cloudapp.azure.com"
    assert arm.put("rg/publicIPAddresses/y", named).code == "DnsRecordInUse"


def test_images_as_lists(arm):
    at = "/providers/Microsoft.Compute/locations/japaneast/publishers"
    offers = f"{at}/canonical/artifacttypes/vmimage/offers"
    assert "Canonical" in [one["name"] for one in arm.get(at).body]
    assert "ubuntu-24_04-lts" in [one["name"] for one in arm.get(offers).body]
    assert "server" in [one["name"] for one in arm.get(offers + "/ubuntu-24_04-lts/skus").body]
    assert arm.get(offers + "/ubuntu-24_04-lts/skus/sever/versions").body == []
    assert arm.get(offers + "/ubuntu-99/skus/server/versions").status == 404
    assert arm.get(f"{at}/nobody/artifacttypes/vmimage/offers").status == 404
    assert arm.get(offers + "/ubuntu-24_04-lts/skus/server/versions/latest").body["properties"]["hyperVGeneration"] == "V2"
