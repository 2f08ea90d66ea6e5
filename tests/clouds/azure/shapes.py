# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Which fields a request body may have, and of which type: the part of the API that is simulated.

Written by hand, so that the server is strict without Microsoft's models, and checked against these by a test. A shape is
a scalar, a tuple of the words allowed (any case, as Azure reads them), a one-element list (array), a dict (object), MAP
(string to string) or ANY. A name that ends in `!` is required. What the service alone writes is in no shape."""

from __future__ import annotations

from typing import Any

from .errors import ArmError

STRING, BOOL, INT, NUMBER, MAP, ANY = "string", "boolean", "integer", "number", "map", "any"
REFERENCE = {"id": STRING}
SKU = {"name": STRING, "tier": STRING}

GROUP = {"location!": STRING, "tags": MAP, "managedBy": STRING}
TAGS = {"tags": MAP}

AVAILABILITY_SET = {
    "location!": STRING, "tags": MAP, "sku": {"name": STRING, "tier": STRING, "capacity": INT},
    "properties": {"platformFaultDomainCount": INT, "platformUpdateDomainCount": INT, "virtualMachines": [REFERENCE],
                   "proximityPlacementGroup": REFERENCE}}

_DISK_TYPES = ("Standard_LRS", "Premium_LRS", "StandardSSD_LRS", "UltraSSD_LRS", "Premium_ZRS", "StandardSSD_ZRS",
               "PremiumV2_LRS")
_CACHING = ("None", "ReadOnly", "ReadWrite")
DISK = {
    "location!": STRING, "tags": MAP, "zones": [STRING], "sku": {"name": _DISK_TYPES},
    "properties!": {
        "creationData!": {"createOption!": ("Empty", "FromImage", "Copy", "Attach", "Import", "Upload"),
                          "imageReference": {"id": STRING, "lun": INT}, "sourceResourceId": STRING},
        "diskSizeGB": INT, "osType": ("Linux", "Windows"), "hyperVGeneration": ("V1", "V2"),
        "networkAccessPolicy": STRING, "publicNetworkAccess": STRING, "tier": STRING, "burstingEnabled": BOOL}}

_MANAGED_DISK = {"id": STRING, "storageAccountType": _DISK_TYPES, "diskEncryptionSet": REFERENCE,
                 "securityProfile": {"securityEncryptionType": STRING, "diskEncryptionSet": REFERENCE}}
_OS_DISK = {
    "name": STRING, "caching": _CACHING, "createOption!": ("FromImage", "Attach", "Empty", "Copy", "Restore"),
    "osType": ("Linux", "Windows"), "vhd": {"uri": STRING}, "image": {"uri": STRING}, "managedDisk": _MANAGED_DISK,
    "diskSizeGB": INT, "deleteOption": ("Delete", "Detach"), "writeAcceleratorEnabled": BOOL,
    "diffDiskSettings": {"option": ("Local",), "placement": ("CacheDisk", "ResourceDisk", "NvmeDisk")}}
_DATA_DISK = {
    "lun!": INT, "name": STRING, "caching": _CACHING, "createOption!": ("FromImage", "Attach", "Empty", "Copy", "Restore"),
    "vhd": {"uri": STRING}, "managedDisk": _MANAGED_DISK, "diskSizeGB": INT, "deleteOption": ("Delete", "Detach")}
_OS_PROFILE = {
    "computerName": STRING, "adminUsername": STRING, "adminPassword": STRING, "customData": STRING, "secrets": [ANY],
    "allowExtensionOperations": BOOL, "requireGuestProvisionSignal": BOOL, "windowsConfiguration": ANY,
    "linuxConfiguration": {
        "disablePasswordAuthentication": BOOL, "provisionVMAgent": BOOL, "enableVMAgentPlatformUpdates": BOOL,
        "ssh": {"publicKeys": [{"path": STRING, "keyData": STRING}]},
        "patchSettings": {"patchMode": ("ImageDefault", "AutomaticByPlatform"),
                          "assessmentMode": ("ImageDefault", "AutomaticByPlatform")}}}
VIRTUAL_MACHINE = {
    "location!": STRING, "tags": MAP, "zones": [STRING],
    "plan": {"name": STRING, "publisher": STRING, "product": STRING, "promotionCode": STRING},
    "identity": {"type": ("SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "None"),
                 "userAssignedIdentities": ANY},
    "properties!": {
        "hardwareProfile": {"vmSize": STRING, "vmSizeProperties": {"vCPUsAvailable": INT, "vCPUsPerCore": INT}},
        "storageProfile": {
            "imageReference": {"id": STRING, "publisher": STRING, "offer": STRING, "sku": STRING, "version": STRING,
                               "sharedGalleryImageId": STRING, "communityGalleryImageId": STRING},
            "osDisk": _OS_DISK, "dataDisks": [_DATA_DISK], "diskControllerType": ("SCSI", "NVMe")},
        "osProfile": _OS_PROFILE,
        "networkProfile": {"networkInterfaces": [{
            "id": STRING, "properties": {"primary": BOOL, "deleteOption": ("Delete", "Detach")}}]},
        "availabilitySet": REFERENCE, "proximityPlacementGroup": REFERENCE, "host": REFERENCE, "hostGroup": REFERENCE,
        "priority": ("Regular", "Low", "Spot"), "evictionPolicy": ("Deallocate", "Delete"),
        "billingProfile": {"maxPrice": NUMBER}, "licenseType": STRING, "userData": STRING,
        "extensionsTimeBudget": STRING,
        "additionalCapabilities": {"ultraSSDEnabled": BOOL, "hibernationEnabled": BOOL},
        "diagnosticsProfile": {"bootDiagnostics": {"enabled": BOOL, "storageUri": STRING}},
        "securityProfile": {"securityType": ("TrustedLaunch", "ConfidentialVM", "Standard"), "encryptionAtHost": BOOL,
                            "uefiSettings": {"secureBootEnabled": BOOL, "vTpmEnabled": BOOL}}}}

_RULE = {
    "description": STRING, "protocol!": ("Tcp", "Udp", "Icmp", "Esp", "Ah", "*"), "access!": ("Allow", "Deny"),
    "direction!": ("Inbound", "Outbound"), "priority!": INT, "sourcePortRange": STRING, "sourcePortRanges": [STRING],
    "destinationPortRange": STRING, "destinationPortRanges": [STRING], "sourceAddressPrefix": STRING,
    "sourceAddressPrefixes": [STRING], "destinationAddressPrefix": STRING, "destinationAddressPrefixes": [STRING]}
# A rule or a subnet may come back with the id it was read with.
SECURITY_RULE = {"id": STRING, "name": STRING, "properties!": _RULE}
SECURITY_GROUP = {"location!": STRING, "tags": MAP,
                  "properties": {"securityRules": [{"id": STRING, "name!": STRING, "properties!": _RULE}],
                                 "flushConnection": BOOL}}
_SUBNET = {"addressPrefix": STRING, "addressPrefixes": [STRING], "networkSecurityGroup": REFERENCE,
           "natGateway": REFERENCE, "routeTable": REFERENCE, "defaultOutboundAccess": BOOL,
           "serviceEndpoints": [{"service": STRING, "locations": [STRING]}], "delegations": [ANY],
           "privateEndpointNetworkPolicies": STRING, "privateLinkServiceNetworkPolicies": STRING}
SUBNET = {"id": STRING, "name": STRING, "properties!": _SUBNET}
VIRTUAL_NETWORK = {"location!": STRING, "tags": MAP, "properties!": {
    "addressSpace!": {"addressPrefixes!": [STRING]}, "dhcpOptions": {"dnsServers": [STRING]},
    "subnets": [{"id": STRING, "name!": STRING, "properties!": _SUBNET}], "enableDdosProtection": BOOL,
    "flowTimeoutInMinutes": INT}}
PUBLIC_ADDRESS = {
    "location!": STRING, "tags": MAP, "zones": [STRING],
    "sku": {"name": ("Basic", "Standard", "StandardV2"), "tier": ("Regional", "Global")},
    "properties": {"publicIPAllocationMethod": ("Static", "Dynamic"), "publicIPAddressVersion": ("IPv4", "IPv6"),
                   "idleTimeoutInMinutes": INT, "deleteOption": ("Delete", "Detach"),
                   "ipTags": [{"ipTagType": STRING, "tag": STRING}],
                   "dnsSettings": {"domainNameLabel": STRING, "reverseFqdn": STRING, "domainNameLabelScope": (
                       "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "NoReuse")}}}
NETWORK_INTERFACE = {
    "location!": STRING, "tags": MAP,
    "properties!": {
        "ipConfigurations!": [{"name!": STRING, "properties": {
            "privateIPAddress": STRING, "privateIPAllocationMethod": ("Static", "Dynamic"), "primary": BOOL,
            "privateIPAddressVersion": ("IPv4", "IPv6"), "subnet": REFERENCE,
            "publicIPAddress": {"id": STRING, "properties": {"deleteOption": ("Delete", "Detach")}}}}],
        "networkSecurityGroup": REFERENCE, "enableAcceleratedNetworking": BOOL, "enableIPForwarding": BOOL,
        "disableTcpStateTracking": BOOL, "dnsSettings": {"dnsServers": [STRING], "internalDnsNameLabel": STRING}}}

STORAGE_ACCOUNT = {
    "location!": STRING, "tags": MAP, "sku!": {"name!": ("Standard_LRS", "Standard_GRS", "Standard_RAGRS", "Standard_ZRS",
                                                         "Premium_LRS", "Premium_ZRS"), "tier": STRING},
    "kind": ("Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage"),
    "properties": {"accessTier": STRING, "supportsHttpsTrafficOnly": BOOL, "minimumTlsVersion": STRING,
                   "allowBlobPublicAccess": BOOL}}

_READ_ONLY = {"id", "name", "type", "etag", "systemData", "provisioningState", "vmId", "resourceGuid", "instanceView",
              "managedBy", "timeCreated", "exactVersion", "macAddress", "virtualMachine", "ipConfiguration", "fqdn",
              "defaultSecurityRules", "networkInterfaces", "uniqueId", "diskState", "statuses", "principalId", "tenantId"}


def check_shape(value: Any, shape: Any, at: str = "") -> None:
    """ArmError 400 for the first unknown name, missing field or value of a wrong type. null is as good as absent."""
    if value is None or shape == ANY:
        return
    if isinstance(shape, dict):
        _expect(isinstance(value, dict), value, at, "an object")
        known = {name.removesuffix("!"): inner for name, inner in shape.items()}
        for name, item in value.items():
            if name not in known:
                why = "is read-only" if name in _READ_ONLY else "is not known"
                raise _bad(f"Could not find member '{name}' on object of type 'ResourceDefinition': it {why}. "
                           f"Path '{_join(at, name)}'.", _join(at, name))
            check_shape(item, known[name], _join(at, name))
        for name in shape:
            if name.endswith("!") and value.get(name[:-1]) is None:
                field = _join(at, name[:-1])
                if field == "location":
                    raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
                raise ArmError(400, "InvalidRequestFormat", f"Required property '{field}' is missing.", target=field)
    elif isinstance(shape, list):
        _expect(isinstance(value, list), value, at, "an array")
        for index, item in enumerate(value):
            _expect(item is not None, item, f"{at}[{index}]", "a value")
            check_shape(item, shape[0], f"{at}[{index}]")
    elif shape == MAP:
        _expect(isinstance(value, dict) and all(isinstance(item, str) for item in value.values()), value, at,
                "an object of strings")
    elif isinstance(shape, tuple):
        _expect(isinstance(value, str) and value.lower() in (word.lower() for word in shape), value, at,
                "one of " + ", ".join(shape))
    else:
        _expect(_is_scalar(value, shape), value, at, f"of type {shape}")


def _is_scalar(value: Any, shape: str) -> bool:
    if isinstance(value, bool):
        return shape == BOOL
    return isinstance(value, {STRING: str, BOOL: bool, INT: int, NUMBER: (int, float)}[shape])


def _expect(good: bool, value: Any, at: str, wanted: str) -> None:
    if not good:
        raise _bad(f"The value '{value}' at path '{at or 'body'}' is not {wanted}.", at)


def _bad(message: str, at: str) -> ArmError:
    return ArmError(400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: "
                    f"'{message}'", target=at or None)


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
