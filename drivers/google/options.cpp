// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/options.hpp"

#include "drivers/option_group.hpp"

#include <array>

namespace dmachine::google {

namespace {

using Kind = Option::Kind;

// A family, so that it never rots as the reference's image of 2017 did. Ubuntu 24.04 is supported
// until 2029.
constexpr std::string_view default_image =
    "ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64";
constexpr std::string_view default_scopes =
    "https://www.googleapis.com/auth/devstorage.read_only,"
    "https://www.googleapis.com/auth/logging.write,"
    "https://www.googleapis.com/auth/monitoring.write";

// "multipler" is the fork's spelling.
constexpr std::array place_options{
    Option{"google-project", "GOOGLE_PROJECT", "Project", Kind::text, "", "Project ID (required)"},
    Option{"google-auth-encoded-json", "GOOGLE_AUTH_ENCODED_JSON", "Auth", Kind::text, "",
           "Credentials as JSON, plain or in base64, instead of the default search", true},
};

constexpr std::array instance_options{
    Option{"google-zone", "GOOGLE_ZONE", "Zone", Kind::text, "us-central1-a",
           "Zone of the instance, or several to try in turn: ZONE,ZONE,…"},
    Option{"google-machine-type", "GOOGLE_MACHINE_TYPE", "MachineType", Kind::text, "n1-standard-1",
           "Machine type, e.g. e2-standard-2 or custom-4-8192, or several to try in turn"},
    Option{"google-machine-image", "GOOGLE_MACHINE_IMAGE", "MachineImage", Kind::text,
           default_image,
           "Image of the boot disk: PROJECT/global/images/IMAGE, "
           "PROJECT/global/images/family/FAMILY, a URL, or a public family"},
    Option{"google-min-cpu-platform", "GOOGLE_MIN_CPU_PLATFORM", "MinCPUPlatform", Kind::text, "",
           "Oldest CPU platform to accept, e.g. 'Intel Skylake'"},
    Option{"google-accelerator", "GOOGLE_ACCELERATOR", "Accelerator", Kind::text, "",
           "Accelerators: count=N,type=TYPE"},
    Option{"google-provisioning-model",
           "GOOGLE_PROVISIONING_MODEL",
           "ProvisioningModel",
           Kind::text,
           "",
           "Market of the instance; spot: cheap, and taken back when others need the place",
           false,
           {},
           {},
           "spot|standard"},
    Option{"google-instance-termination-action",
           "GOOGLE_INSTANCE_TERMINATION_ACTION",
           "InstanceTerminationAction",
           Kind::text,
           "",
           "What becomes of a spot instance that is taken back",
           false,
           {},
           {},
           "stop|delete"},
    Option{"google-fallback",
           "GOOGLE_FALLBACK",
           "",
           Kind::text,
           "",
           "Where spot capacity is sold out everywhere: on-demand tries again without it",
           false,
           {},
           {},
           "on-demand"},
    Option{"google-preemptible", "GOOGLE_PREEMPTIBLE", "Preemptible", Kind::boolean, "false",
           "Make a preemptible instance"},
    Option{"google-maintenance-policy",
           "GOOGLE_MAINTENANCE_POLICY",
           "MaintenancePolicy",
           Kind::text,
           "",
           "What happens at host maintenance: MIGRATE or TERMINATE",
           false,
           {},
           {},
           "MIGRATE|TERMINATE"},
    Option{"google-use-existing", "GOOGLE_USE_EXISTING", "UseExisting", Kind::boolean, "false",
           "Adopt the instance that has the machine's name"},
    Option{"google-username", "GOOGLE_USERNAME", "SSHUser", Kind::text, "ubuntu",
           "User that the instance makes for SSH"},
    Option{"google-userdata",
           "GOOGLE_USERDATA",
           "Userdata",
           Kind::text,
           "",
           "File whose content becomes the metadata user-data (cloud-init)",
           false,
           {},
           {},
           "FILE"},
    Option{"google-metadata", "", "Metadata", Kind::list, "", "Instance metadata: KEY=VALUE"},
    Option{"google-metadata-from-file", "", "MetadataFromFile", Kind::list, "",
           "Instance metadata whose value is a file's content: KEY=PATH"},
    Option{"google-label", "", "Labels", Kind::list, "", "Label of instance and disk: KEY:VALUE"},
    Option{"google-vm-labels", "GOOGLE_VM_LABELS", "Labels", Kind::text, "",
           "Labels of the instance: KEY1,VALUE1,KEY2,VALUE2"},
    Option{"google-scopes", "GOOGLE_SCOPES", "Scopes", Kind::text, default_scopes,
           "Access scopes of the instance's service account, separated by commas"},
    Option{"google-service-account", "GOOGLE_SERVICE_ACCOUNT", "ServiceAccount", Kind::text,
           "default", "E-mail address of the instance's service account"},
    Option{"google-no-service-account", "GOOGLE_NO_SERVICE_ACCOUNT", "NoServiceAccount",
           Kind::boolean, "false",
           "Give the instance no service account; its two options do not count then"},
};

// Of newer versions of GitLab's fork.
constexpr std::array container_optimized_options{
    Option{"google-cos-tls-via-metadata", "GOOGLE_COS_TLS_VIA_METADATA", "COSTLSViaMetadata",
           Kind::boolean, "false",
           "Hand certificates over by the instance's metadata instead of a login"},
    Option{"google-cos-docker-network-readiness-gate", "GOOGLE_COS_DOCKER_NETWORK_READINESS_GATE",
           "COSDockerNetworkReadinessGate", Kind::boolean, "false",
           "Metadata that tells the image to look at the containers' network before Docker counts "
           "as ready"},
    Option{"google-cos-docker-network-readiness-url", "GOOGLE_COS_DOCKER_NETWORK_READINESS_URL",
           "COSDockerNetworkReadinessURL", Kind::text, "",
           "Metadata that names what the image tries to reach for that"},
    Option{"google-cos-wait-for-cloud-init", "GOOGLE_COS_WAIT_FOR_CLOUD_INIT",
           "COSWaitForCloudInit", Kind::boolean, "false",
           "Accepted: a login always waits for cloud-init, for at most 5 minutes"},
};

// Of the newer releases of GitLab's fork.
constexpr std::array bulk_options{
    Option{"google-bulk-insert", "GOOGLE_BULK_INSERT", "BulkInsert", Kind::boolean, "false",
           "Let the cloud pick the zone, by a bulk insert in --google-region"},
    Option{"google-region", "GOOGLE_REGION", "Region", Kind::text, "", "Region of a bulk insert"},
    Option{"google-flex-selection", "GOOGLE_FLEX_SELECTION", "FlexSelections", Kind::list, "",
           "What a bulk insert may ask for, best first: "
           "machine-type=T[,disk-type=D[,disk-iops=N][,disk-throughput=N]]"},
    Option{"google-location-zone", "GOOGLE_LOCATION_ZONE", "LocationZones", Kind::list, "",
           "Zone that a bulk insert may or must not use: ZONE[:ALLOW|DENY]"},
    Option{"google-flex-stockout-cooldown", "GOOGLE_FLEX_STOCKOUT_COOLDOWN", "FlexStockoutCooldown",
           Kind::text, "0s",
           "How long a selection without capacity is tried last, e.g. 5m (0s: off)"},
    Option{"google-flex-stockout-probe-lease", "GOOGLE_FLEX_STOCKOUT_PROBE_LEASE",
           "FlexStockoutProbeLease", Kind::text, "5m0s",
           "How long one create alone looks again at a selection whose cooldown is over"},
};

constexpr std::array disk_options{
    Option{"google-disk-size", "GOOGLE_DISK_SIZE", "DiskSize", Kind::integer, "10",
           "Size of the boot disk in GB"},
    Option{"google-disk-type",
           "GOOGLE_DISK_TYPE",
           "DiskType",
           Kind::text,
           "pd-standard",
           "Type of the boot disk",
           false,
           {},
           {},
           "pd-standard|pd-balanced|pd-ssd|pd-extreme|hyperdisk-balanced|hyperdisk-extreme|"
           "hyperdisk-throughput"},
    Option{"google-provisioned-iops", "GOOGLE_PROVISIONED_IOPS", "ProvisionedIops", Kind::integer,
           "0", "IOPS of a Hyperdisk (0: the type's default)"},
    Option{"google-provisioned-throughput", "GOOGLE_PROVISIONED_THROUGHPUT",
           "ProvisionedThroughput", Kind::integer, "0",
           "Throughput of a Hyperdisk in MiB/s (0: the type's default)"},
};

constexpr std::array network_options{
    Option{"google-network", "GOOGLE_NETWORK", "Network", Kind::text, "default",
           "Network, by name or URL"},
    Option{"google-subnetwork", "GOOGLE_SUBNETWORK", "Subnetwork", Kind::text, "",
           "Subnetwork, by name or URL"},
    Option{"google-address", "GOOGLE_ADDRESS", "Address", Kind::text, "",
           "Static external IP address, or the name of a regional one"},
    Option{"google-use-internal-ip", "GOOGLE_USE_INTERNAL_IP", "UseInternalIP", Kind::boolean,
           "false", "Reach the instance at its internal address"},
    Option{"google-use-internal-ip-only", "GOOGLE_USE_INTERNAL_IP_ONLY", "UseInternalIPOnly",
           Kind::boolean, "false", "Give the instance no external address"},
    Option{"google-tags", "GOOGLE_TAGS", "Tags", Kind::text, "",
           "Network tags, separated by commas"},
    Option{"google-open-port", "GOOGLE_OPEN_PORT", "OpenPorts", Kind::list, "",
           "Open a port to the Internet: PORT[/PROTOCOL]"},
    Option{"google-skip-firewall-create", "GOOGLE_SKIP_FIREWALL_CREATE", "SkipFirewall",
           Kind::boolean, "false", "Leave the firewall alone"},
    Option{"google-external-firewall-rule-prefix", "GOOGLE_EXTERNAL_FIREWALL_RULE_PREFIX",
           "ExternalFirewallRulePrefix", Kind::text, "",
           "Open the ports of --google-open-port by the rule PREFIX-external-rancher-nodes"},
    Option{"google-internal-firewall-rule-prefix", "GOOGLE_INTERNAL_FIREWALL_RULE_PREFIX",
           "InternalFirewallRulePrefix", Kind::text, "",
           "Open Kubernetes' ports between instances by the rule PREFIX-internal-rancher-nodes"},
};

constexpr std::array waiting_options{
    Option{"google-operation-backoff-initial-interval", "", "", Kind::integer, "1",
           "Seconds between the first two looks at an operation"},
    Option{"google-operation-backoff-randomization-factor", "", "", Kind::text, "0.5",
           "How far the pauses between looks are spread, 0 to 1"},
    Option{"google-operation-backoff-multipler", "", "", Kind::text, "2",
           "How much each pause between looks is longer than the one before"},
    Option{"google-operation-backoff-max-interval", "", "", Kind::integer, "30",
           "Longest pause between looks at an operation, in seconds"},
    Option{"google-operation-backoff-max-elapsed-time", "", "", Kind::integer, "300",
           "Seconds until an operation is given up (0: never)"},
};

constexpr auto table = join_groups(
    in_group("Project and credentials", place_options), in_group("Instance", instance_options),
    in_group("Container-Optimized OS", container_optimized_options),
    in_group("Placement by the cloud", bulk_options), in_group("Boot disk", disk_options),
    in_group("Network", network_options), in_group("Waiting for the cloud", waiting_options));

}  // namespace

std::span<const Option> options() {
  return table;
}

}  // namespace dmachine::google
