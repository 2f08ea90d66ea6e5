// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/options.hpp"

#include "drivers/option_group.hpp"

#include <array>

namespace dmachine::amazonec2 {

namespace {

using Kind = Option::Kind;

constexpr std::array account_options{
    Option{"amazonec2-region", "AWS_DEFAULT_REGION", "Region", Kind::text, "us-east-1",
           "AWS region"},
    Option{"amazonec2-zone", "AWS_ZONE", "Zone", Kind::text, "a",
           "Availability zone, as a letter or whole, or a list to try in turn: a,b"},
    Option{"amazonec2-vpc-id", "AWS_VPC_ID", "VpcId", Kind::text, "",
           "VPC of the instance (default: the subnet's, or the account's default VPC)"},
    Option{
        "amazonec2-subnet-id", "AWS_SUBNET_ID", "SubnetId", Kind::text, "",
        "Subnet of the instance, or a list to try in turn (default: one of the VPC in the zone)"},
    Option{"amazonec2-access-key", "AWS_ACCESS_KEY_ID", "AccessKey", Kind::text, "",
           "AWS access key id"},
    Option{"amazonec2-secret-key", "AWS_SECRET_ACCESS_KEY", "SecretKey", Kind::text, "",
           "AWS secret access key", true},
    Option{"amazonec2-session-token", "AWS_SESSION_TOKEN", "SessionToken", Kind::text, "",
           "Session token of temporary AWS keys", true},
    Option{"amazonec2-endpoint", "AWS_ENDPOINT", "Endpoint", Kind::text, "",
           "Host or URL to send EC2 requests to"},
    Option{"amazonec2-insecure-transport", "AWS_INSECURE_TRANSPORT", "DisableSSL", Kind::boolean,
           "false", "Use plain http for an endpoint without a scheme"},
    Option{"amazonec2-retries", "", "RetryCount", Kind::integer, "5",
           "How often a failed request is tried again (-1: 3 times)"},
};

constexpr std::array instance_options{
    Option{"amazonec2-instance-type", "AWS_INSTANCE_TYPE", "InstanceType", Kind::text, "t2.micro",
           "Instance type, or a list to try in turn"},
    Option{"amazonec2-ami", "AWS_AMI", "AMI", Kind::text, "",
           "Image of the instance (default: the newest Ubuntu LTS for region and architecture)"},
    Option{"amazonec2-iam-instance-profile", "AWS_INSTANCE_PROFILE", "IamInstanceProfile",
           Kind::text, "", "IAM instance profile, by name or ARN"},
    Option{"amazonec2-userdata",
           "AWS_USERDATA",
           "UserDataFile",
           Kind::text,
           "",
           "File with user data (cloud-init)",
           false,
           {},
           {},
           "FILE"},
    Option{"amazonec2-tags", "AWS_TAGS", "Tags", Kind::text, "",
           "Tags of all that is made: KEY1,VALUE1,KEY2,VALUE2"},
    Option{"amazonec2-monitoring", "", "Monitoring", Kind::boolean, "false",
           "Detailed CloudWatch monitoring"},
    Option{"amazonec2-use-ebs-optimized-instance", "", "UseEbsOptimizedInstance", Kind::boolean,
           "false", "Make an EBS-optimized instance"},
    Option{"amazonec2-ssh-user", "AWS_SSH_USER", "SSHUser", Kind::text, "ubuntu",
           "User that the image has for SSH"},
    Option{"amazonec2-ssh-port", "AWS_SSH_PORT", "SSHPort", Kind::integer, "22", "SSH port"},
    Option{"amazonec2-ssh-keypath",
           "AWS_SSH_KEYPATH",
           "SSHPrivateKeyPath",
           Kind::text,
           "",
           "Private key for SSH, instead of a new one",
           false,
           {},
           {},
           "FILE"},
    Option{"amazonec2-keypair-name", "AWS_KEYPAIR_NAME", "KeyName", Kind::text, "",
           "Key pair that is in AWS already; needs --amazonec2-ssh-keypath"},
};

constexpr std::array spot_options{
    Option{"amazonec2-request-spot-instance", "", "RequestSpotInstance", Kind::boolean, "false",
           "Ask for a spot instance"},
    Option{"amazonec2-spot-price", "", "SpotPrice", Kind::text, "0.50",
           "Highest price of a spot instance in dollars per hour (empty: no limit of ours)"},
    Option{"amazonec2-fallback",
           "AWS_FALLBACK",
           "",
           Kind::text,
           "",
           "What to try when no spot capacity is left: on-demand",
           false,
           {},
           {},
           "on-demand"},
    Option{"amazonec2-block-duration-minutes", "", "BlockDurationMinutes", Kind::integer, "0",
           "Duration of a spot block: 60, 120, 180, 240, 300 or 360 (no longer sold by AWS)"},
};

constexpr std::array volume_options{
    Option{"amazonec2-root-size", "AWS_ROOT_SIZE", "RootSize", Kind::integer, "16",
           "Size of the root volume in GiB"},
    Option{"amazonec2-volume-type",
           "AWS_VOLUME_TYPE",
           "VolumeType",
           Kind::text,
           "gp2",
           "Type of the root volume",
           false,
           {},
           {},
           "gp2|gp3|io1|io2|standard"},
    Option{"amazonec2-volume-iops", "AWS_VOLUME_IOPS", "VolumeIops", Kind::integer, "0",
           "IOPS of a root volume of type gp3, io1 or io2 (0: the type's default)"},
    Option{"amazonec2-volume-throughput", "AWS_VOLUME_THROUGHPUT", "VolumeThroughput",
           Kind::integer, "0",
           "Throughput of a root volume of type gp3 in MiB/s (0: the type's default)"},
    Option{"amazonec2-volume-encrypted", "", "VolumeEncrypted", Kind::boolean, "false",
           "Encrypt the root volume"},
    Option{"amazonec2-volume-kms-key", "AWS_VOLUME_KMS_KEY", "VolumeKmsKeyId", Kind::text, "",
           "KMS key of the root volume, by id or ARN; the volume is then encrypted"},
    Option{"amazonec2-encrypt-ebs-volume", "AWS_ENCRYPT_EBS_VOLUME", "EncryptEbsVolume",
           Kind::boolean, "false", "Encrypt all volumes of the image"},
    Option{"amazonec2-kms-key", "AWS_KMS_KEY", "", Kind::text, "",
           "KMS key for all volumes of the image"},
    Option{"amazonec2-device-name", "AWS_DEVICE_NAME", "DeviceName", Kind::text, "/dev/sda1",
           "Root device (default: as the image says)"},
};

constexpr std::array network_options{
    Option{"amazonec2-security-group", "AWS_SECURITY_GROUP", "SecurityGroupNames", Kind::list,
           default_group, "Security group by name or id, repeatable; made when missing"},
    Option{"amazonec2-security-group-readonly", "AWS_SECURITY_GROUP_READONLY",
           "SecurityGroupReadOnly", Kind::boolean, "false", "Add no rules to security groups"},
    Option{"amazonec2-open-port", "", "OpenPorts", Kind::list, "",
           "Open a port to the Internet: PORT[/PROTOCOL], repeatable"},
    Option{"amazonec2-private-address-only", "", "PrivateIPOnly", Kind::boolean, "false",
           "Give the instance no public address"},
    Option{"amazonec2-use-private-address", "", "UsePrivateIP", Kind::boolean, "false",
           "Reach the instance at its private address"},
    Option{"amazonec2-ipv6-address-count", "AWS_IPV6_ADDRESS_COUNT", "Ipv6AddressCount",
           Kind::integer, "0", "Number of IPv6 addresses of the instance"},
    Option{"amazonec2-enable-primary-ipv6", "AWS_ENABLE_PRIMARY_IPV6", "EnablePrimaryIpv6",
           Kind::boolean, "false", "Make the first IPv6 address a primary one"},
    Option{"amazonec2-ipv6-address-only", "AWS_IPV6_ADDRESS_ONLY", "Ipv6AddressOnly", Kind::boolean,
           "false", "Give the instance no public IPv4 address and reach it by IPv6"},
};

constexpr std::array metadata_options{
    Option{"amazonec2-metadata-token",
           "",
           "MetadataTokenSetting",
           Kind::text,
           "optional",
           "Tokens of the instance's metadata service: optional or required",
           false,
           {},
           {},
           "optional|required"},
    Option{"amazonec2-metadata-token-response-hop-limit", "", "MetadataTokenResponseHopLimit",
           Kind::integer, "1", "Hops that a metadata token may travel, 1 to 64"},
    Option{"amazonec2-http-endpoint",
           "AWS_HTTP_ENDPOINT",
           "HttpEndpoint",
           Kind::text,
           "",
           "Metadata service of the instance: enabled or disabled",
           false,
           {},
           {},
           "enabled|disabled"},
    Option{"amazonec2-http-tokens",
           "AWS_HTTP_TOKENS",
           "HttpTokens",
           Kind::text,
           "",
           "The same as --amazonec2-metadata-token, under rancher's name",
           false,
           {},
           {},
           "optional|required"},
    Option{"amazonec2-http-protocol-ipv6",
           "AWS_HTTP_PROTOCOL_IPV6",
           "HttpProtocolIpv6",
           Kind::text,
           "disabled",
           "IPv6 of the instance's metadata service: enabled or disabled",
           false,
           {},
           {},
           "enabled|disabled"},
};

constexpr auto table = join_groups(
    in_group("Account and place", account_options), in_group("Instance", instance_options),
    in_group("Spot", spot_options), in_group("Root volume", volume_options),
    in_group("Network", network_options), in_group("Metadata service", metadata_options));

}  // namespace

std::span<const Option> options() {
  return table;
}

}  // namespace dmachine::amazonec2
