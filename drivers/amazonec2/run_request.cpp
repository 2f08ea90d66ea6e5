// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/run_request.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

namespace {

using Parameters = QueryParameters;

void set_text(Parameters& parameters, const std::string& name, const std::string& value) {
  if (!value.empty()) {
    parameters[name] = value;
  }
}

void set_number(Parameters& parameters, const std::string& name, std::int64_t value) {
  if (value != 0) {
    parameters[name] = std::to_string(value);
  }
}

/// Never "false": that would read as a wish where an account or image encrypts by itself.
void set_encryption(Parameters& parameters, const std::string& prefix, bool encrypt,
                    const std::string& kms_key) {
  if (encrypt || !kms_key.empty()) {
    parameters[prefix + "Encrypted"] = "true";
  }
  set_text(parameters, prefix + "KmsKeyId", kms_key);
}

void set_volumes(Parameters& parameters, const StoredState& state,
                 const std::optional<Image>& image) {
  parameters["BlockDeviceMapping.1.DeviceName"] = state.device_name;
  const std::string root = "BlockDeviceMapping.1.Ebs.";
  parameters[root + "DeleteOnTermination"] = "true";
  parameters[root + "VolumeSize"] = std::to_string(state.root_size);
  set_text(parameters, root + "VolumeType", state.volume_type);
  set_number(parameters, root + "Iops", state.volume_iops);
  set_number(parameters, root + "Throughput", state.volume_throughput);
  const std::string& all_key = state.choices.kms_key;
  const bool all = state.encrypt_ebs_volumes || !all_key.empty();
  set_encryption(parameters, root, all || state.volume_encrypted,
                 state.volume_kms_key.empty() ? all_key : state.volume_kms_key);
  int number = 1;
  for (const auto& volume : image ? image->volumes : std::vector<Volume>{}) {
    if (volume.device == state.device_name || (!all && volume.deleted_on_termination)) {
      continue;
    }
    // What the image brings along must not outlive the machine.
    const auto device = fmt::format("BlockDeviceMapping.{}.", ++number);
    parameters[device + "DeviceName"] = volume.device;
    parameters[device + "Ebs.DeleteOnTermination"] = "true";
    set_encryption(parameters, device + "Ebs.", all, all_key);
  }
}

void set_network(Parameters& parameters, const StoredState& state) {
  const std::string interface = "NetworkInterface.1.";
  const bool is_public = !state.private_ip_only && !state.ipv6_address_only;
  parameters[interface + "DeviceIndex"] = "0";
  parameters[interface + "AssociatePublicIpAddress"] = is_public ? "true" : "false";
  parameters[interface + "SubnetId"] = state.subnet_id;
  for (std::size_t i = 0; i < state.security_group_ids.size(); ++i) {
    parameters[fmt::format("{}SecurityGroupId.{}", interface, i + 1)] = state.security_group_ids[i];
  }
  set_number(parameters, interface + "Ipv6AddressCount", state.ipv6_address_count);
  if (state.enable_primary_ipv6) {
    parameters[interface + "PrimaryIpv6"] = "true";
  }
}

void set_metadata(Parameters& parameters, const LaunchChoices& choices) {
  const std::string options = "MetadataOptions.";
  set_text(parameters, options + "HttpTokens", choices.http_tokens);
  set_number(parameters, options + "HttpPutResponseHopLimit", choices.hop_limit.value_or(0));
  set_text(parameters, options + "HttpEndpoint", choices.http_endpoint);
  set_text(parameters, options + "HttpProtocolIpv6", choices.http_protocol_ipv6);
}

void set_spot(Parameters& parameters, const StoredState& state) {
  if (!state.request_spot) {
    return;
  }
  parameters["InstanceMarketOptions.MarketType"] = "spot";
  const std::string options = "InstanceMarketOptions.SpotOptions.";
  parameters[options + "SpotInstanceType"] = "one-time";
  set_text(parameters, options + "MaxPrice", state.spot_price);
  set_number(parameters, options + "BlockDurationMinutes", state.block_duration_minutes);
}

}  // namespace

QueryParameters run_parameters(const StoredState& state, const std::optional<Image>& image,
                               const std::string& user_data, const Tags& tags) {
  Parameters parameters{{"ImageId", state.ami},
                        {"InstanceType", state.instance_type},
                        {"KeyName", state.key_name},
                        {"MinCount", "1"},
                        {"MaxCount", "1"}};
  set_text(parameters, "ClientToken", state.pending ? state.pending->client_token : "");
  set_volumes(parameters, state, image);
  set_network(parameters, state);
  set_metadata(parameters, state.choices);
  set_spot(parameters, state);
  const bool is_arn = state.iam_instance_profile.starts_with("arn:");
  set_text(parameters, is_arn ? "IamInstanceProfile.Arn" : "IamInstanceProfile.Name",
           state.iam_instance_profile);
  if (state.ebs_optimized) {
    parameters["EbsOptimized"] = "true";
  }
  if (state.monitoring) {
    parameters["Monitoring.Enabled"] = "true";
  }
  set_text(parameters, "UserData", user_data.empty() ? "" : base64_encode(user_data));
  std::vector<std::string> types{"instance", "volume", "network-interface"};
  if (state.request_spot) {
    types.emplace_back("spot-instances-request");
  }
  add_tags(parameters, types, tags);
  return parameters;
}

}  // namespace dmachine::amazonec2
