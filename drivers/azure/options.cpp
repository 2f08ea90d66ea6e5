// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/options.hpp"

#include "drivers/option_group.hpp"

#include <array>

namespace dmachine::azure {

namespace {

using Kind = Option::Kind;

// Where a default is not the reference's, that one no longer works: docs/drivers-azure.md says why.
constexpr std::array account_options{
    Option{"azure-subscription-id", "AZURE_SUBSCRIPTION_ID", "SubscriptionID", Kind::text, "",
           "Subscription ID (required)"},
    Option{"azure-tenant-id", "AZURE_TENANT_ID", "TenantID", Kind::text, "",
           "Tenant ID (asked for when not given)"},
    Option{"azure-environment",
           "AZURE_ENVIRONMENT",
           "Environment",
           Kind::text,
           "AzurePublicCloud",
           "Azure cloud: AzurePublicCloud, AzureUSGovernmentCloud or AzureChinaCloud",
           false,
           {},
           {},
           "AzurePublicCloud|AzureUSGovernmentCloud|AzureChinaCloud"},
    Option{"azure-client-id", "AZURE_CLIENT_ID", "ClientID", Kind::text, "",
           "Client ID of a service principal or managed identity"},
    Option{"azure-client-secret", "AZURE_CLIENT_SECRET", "ClientSecret", Kind::text, "",
           "Secret of the service principal", true},
    Option{"azure-use-managed-identity", "AZURE_USE_MANAGED_IDENTITY", "UseManagedIdentity",
           Kind::boolean, "false", "Log in as the managed identity of the machine we run on"},
    Option{"azure-arm-endpoint", "AZURE_ARM_ENDPOINT", "ARMEndpoint", Kind::text, "",
           "URL of Azure Resource Manager, instead of the cloud's own"},
};

constexpr std::array place_options{
    Option{"azure-resource-group", "AZURE_RESOURCE_GROUP", "ResourceGroup", Kind::text,
           "docker-machine", "Resource group, made when it is missing"},
    Option{"azure-location", "AZURE_LOCATION", "Location", Kind::text, "westus",
           "Region of the virtual machine"},
    Option{"azure-availability-zone", "AZURE_AVAILABILITY_ZONE", "AvailabilityZone", Kind::text, "",
           "Availability zone, e.g. 1, or several to try in turn: 1,2,3"},
    Option{"azure-availability-set", "AZURE_AVAILABILITY_SET", "AvailabilitySet", Kind::text, "",
           "Availability set, made when it is missing (none by default)"},
    Option{"azure-no-availability-set", "AZURE_NO_AVAILABILITY_SET", "", Kind::boolean, "false",
           "Use no availability set, whatever AZURE_AVAILABILITY_SET says"},
    Option{"azure-fault-domain-count", "AZURE_FAULT_DOMAIN_COUNT", "FaultCount", Kind::integer, "3",
           "Fault domains of an availability set that is made"},
    Option{"azure-update-domain-count", "AZURE_UPDATE_DOMAIN_COUNT", "UpdateCount", Kind::integer,
           "5", "Update domains of an availability set that is made"},
};

constexpr std::array machine_options{
    Option{"azure-size", "AZURE_SIZE", "Size", Kind::text, "Standard_D2s_v5",
           "Size of the virtual machine, or several to try in turn: SIZE1,SIZE2"},
    Option{
        "azure-image", "AZURE_IMAGE", "Image", Kind::text,
        "canonical:ubuntu-24_04-lts:server:latest",
        "Image: PUBLISHER:OFFER:SKU:VERSION, a resource ID, or an image of a community or shared "
        "gallery"},
    Option{"azure-plan", "", "Plan", Kind::text, "",
           "Purchase plan of the image: PUBLISHER:PRODUCT:PLAN"},
    Option{"azure-custom-data",
           "AZURE_CUSTOM_DATA_FILE",
           "CustomDataFile",
           Kind::text,
           "",
           "File with custom data (cloud-init)",
           false,
           {},
           {},
           "FILE"},
    Option{"azure-tags", "AZURE_TAGS", "Tags", Kind::text, "",
           "Tags of the virtual machine: KEY1,VALUE1,KEY2,VALUE2"},
    Option{"azure-ssh-user", "AZURE_SSH_USER", "SSHUser", Kind::text, "docker-user",
           "User that the virtual machine makes for SSH"},
    Option{"azure-docker-port", "AZURE_DOCKER_PORT", "DockerPort", Kind::integer, "2376",
           "Port of the engine"},
    Option{"azure-deallocate-on-stop", "AZURE_DEALLOCATE_ON_STOP", "DeallocateOnStop",
           Kind::boolean, "false", "Deallocate on stop, so that a stopped machine costs nothing"},
    Option{"azure-encryption-at-host", "AZURE_ENCRYPTION_AT_HOST", "EncryptionAtHost",
           Kind::boolean, "false", "Encrypt disks on the host as well"},
};

constexpr std::array spot_options{
    Option{"azure-spot", "AZURE_SPOT", "Spot", Kind::boolean, "false",
           "Use spare capacity that Azure may take back (Spot)"},
    Option{"azure-spot-max-price", "AZURE_SPOT_MAX_PRICE", "SpotMaxPrice", Kind::text, "",
           "Highest price for a Spot machine in US dollars per hour (default: the usual price)"},
    Option{"azure-fallback",
           "AZURE_FALLBACK",
           "",
           Kind::text,
           "",
           "What to try when there is no Spot capacity: on-demand",
           false,
           {},
           {},
           "on-demand"},
    Option{"azure-eviction-policy",
           "AZURE_EVICTION_POLICY",
           "EvictionPolicy",
           Kind::text,
           "",
           "What becomes of an evicted Spot machine: Delete (default) or Deallocate",
           false,
           {},
           {},
           "Delete|Deallocate"},
};

constexpr std::array disk_options{
    Option{"azure-disk-type",
           "AZURE_DISK_TYPE",
           "DiskType",
           Kind::text,
           "",
           "Type of the OS disk: Standard_LRS, StandardSSD_LRS, Premium_LRS, StandardSSD_ZRS, "
           "Premium_ZRS",
           false,
           {},
           {},
           "Standard_LRS|StandardSSD_LRS|Premium_LRS|StandardSSD_ZRS|Premium_ZRS"},
    Option{"azure-storage-type", "AZURE_STORAGE_TYPE", "StorageType", Kind::text, "Standard_LRS",
           "Type of the OS disk unless --azure-disk-type says it"},
    Option{"azure-disk-size", "AZURE_DISK_SIZE", "DiskSize", Kind::integer, "0",
           "Size of the OS disk in GiB (0: the image's)"},
    Option{"azure-ephemeral-os-disk", "AZURE_EPHEMERAL_OS_DISK", "EphemeralOSDisk", Kind::boolean,
           "false", "Keep the OS disk on the host: fast, and gone when the machine is stopped"},
    Option{"azure-managed-disks", "AZURE_MANAGED_DISKS", "ManagedDisks", Kind::boolean, "true",
           "Use a managed disk (Azure has no others any more)"},
};

constexpr std::array network_options{
    Option{"azure-vnet", "AZURE_VNET", "VirtualNetwork", Kind::text, "docker-machine-vnet",
           "Virtual network: [RESOURCEGROUP:]NAME, made when it is missing"},
    Option{"azure-subnet", "AZURE_SUBNET", "SubnetName", Kind::text, "docker-machine",
           "Subnet, made when it is missing"},
    Option{"azure-subnet-prefix", "AZURE_SUBNET_PREFIX", "SubnetPrefix", Kind::text,
           "192.168.0.0/16", "Addresses of the subnet when it is made"},
    Option{"azure-nsg", "AZURE_NSG", "NSG", Kind::text, "",
           "Network security group to share, by name or resource ID (default: one per machine)"},
    Option{"azure-open-port", "", "OpenPorts", Kind::list, "",
           "Open a port to the Internet: PORT[/PROTOCOL] or FROM-TO[/PROTOCOL], repeatable"},
    Option{"azure-source-cidr", "AZURE_SOURCE_CIDR", "SourceCIDR", Kind::list, "",
           "Network from which SSH and the engine may be reached, repeatable (default: any)"},
    Option{"azure-private-ip-address", "", "PrivateIPAddr", Kind::text, "",
           "Static private address"},
    Option{"azure-use-private-ip", "", "UsePrivateIP", Kind::boolean, "false",
           "Reach the machine at its private address"},
    Option{"azure-no-public-ip", "", "NoPublicIP", Kind::boolean, "false",
           "Give the machine no public address"},
    Option{"azure-dns", "AZURE_DNS_LABEL", "DNSLabel", Kind::text, "",
           "DNS label of the public address; %s stands for the machine's name"},
    Option{"azure-static-public-ip", "", "StaticPublicIP", Kind::boolean, "false",
           "Accepted; public addresses are always static"},
    Option{"azure-enable-public-ip-standard-sku", "AZURE_STANDARD_PUBLIC_IP_SKU",
           "EnablePublicIPStandardSKU", Kind::boolean, "true",
           "Use a Standard public address (Azure has no others any more)"},
    Option{"azure-accelerated-networking", "AZURE_ACCELERATED_NETWORKING", "AcceleratedNetworking",
           Kind::boolean, "false", "Use accelerated networking"},
};

constexpr auto table =
    join_groups(in_group("Account", account_options), in_group("Place", place_options),
                in_group("Virtual machine", machine_options), in_group("Spot", spot_options),
                in_group("OS disk", disk_options), in_group("Network", network_options));

}  // namespace

std::span<const Option> options() {
  return table;
}

}  // namespace dmachine::azure
