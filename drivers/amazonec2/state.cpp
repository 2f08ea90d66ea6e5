// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/state.hpp"

#include "core/json_fields.hpp"

namespace dmachine::amazonec2 {

namespace {

constexpr const char* pending_key = "PendingCreate";

std::optional<PendingCreate> parse_pending(const Json& driver) {
  const Json* value = find_member(driver, pending_key);
  if (value == nullptr || value->is_null()) {
    return std::nullopt;
  }
  const JsonFields fields(*value, pending_key);
  return PendingCreate{
      fields.text("ClientToken"),           fields.integer("RunSentAt"),
      fields.integer("KeyPairSentAt"),      fields.integer("SecurityGroupSentAt"),
      fields.texts("MadeSecurityGroupIds"), fields.texts("SentSecurityGroupNames")};
}

void parse_identity(const JsonFields& fields, StoredState& state) {
  state.id = fields.text("Id");
  state.access_key = fields.text("AccessKey");
  state.secret_key = Secret(fields.text("SecretKey"));
  state.session_token = Secret(fields.text("SessionToken"));
  state.keys_from_environment = fields.boolean("KeysFromEnvironment");
  state.region = fields.text("Region");
  state.ami = fields.text("AMI");
  state.ssh_key_id = fields.integer("SSHKeyID");
  state.existing_key = fields.boolean("ExistingKey");
  state.key_name = fields.text("KeyName");
  state.instance_id = fields.text("InstanceId");
  state.instance_type = fields.text("InstanceType");
  state.private_ip_address = fields.text("PrivateIPAddress");
  state.security_group_id = fields.text("SecurityGroupId");
  state.security_group_ids = fields.texts("SecurityGroupIds");
  state.security_group_name = fields.text("SecurityGroupName");
  state.security_group_names = fields.texts("SecurityGroupNames");
  state.security_group_readonly = fields.boolean("SecurityGroupReadOnly");
  state.open_ports = fields.texts("OpenPorts");
  state.tags = fields.text("Tags");
  state.reservation_id = fields.text("ReservationId");
}

void parse_launch(const JsonFields& fields, StoredState& state) {
  state.device_name = fields.text("DeviceName");
  state.root_size = fields.integer("RootSize");
  state.volume_type = fields.text("VolumeType");
  state.volume_iops = fields.integer("VolumeIops");
  state.volume_throughput = fields.integer("VolumeThroughput");
  state.volume_encrypted = fields.boolean("VolumeEncrypted");
  state.volume_kms_key = fields.text("VolumeKmsKeyId");
  state.iam_instance_profile = fields.text("IamInstanceProfile");
  state.vpc_id = fields.text("VpcId");
  state.subnet_id = fields.text("SubnetId");
  state.zone = fields.text("Zone");
  state.request_spot = fields.boolean("RequestSpotInstance");
  state.spot_price = fields.text("SpotPrice");
  state.block_duration_minutes = fields.integer("BlockDurationMinutes");
  state.private_ip_only = fields.boolean("PrivateIPOnly");
  state.use_private_ip = fields.boolean("UsePrivateIP");
  state.ebs_optimized = fields.boolean("UseEbsOptimizedInstance");
  state.monitoring = fields.boolean("Monitoring");
  state.ssh_private_key_path = fields.text("SSHPrivateKeyPath");
  state.retries = fields.integer("RetryCount");
  state.endpoint = fields.text("Endpoint");
  state.disable_ssl = fields.boolean("DisableSSL");
  state.user_data_file = fields.text("UserDataFile");
}

/// Keys of one fork or of ours.
void parse_additions(const JsonFields& fields, StoredState& state) {
  state.metadata_token_setting = fields.text("MetadataTokenSetting");
  state.metadata_hop_limit = fields.integer("MetadataTokenResponseHopLimit");
  state.encrypt_ebs_volumes = fields.boolean("EncryptEbsVolume");
  state.http_endpoint = fields.text("HttpEndpoint");
  state.http_tokens = fields.text("HttpTokens");
  state.http_protocol_ipv6 = fields.text("HttpProtocolIpv6");
  state.enable_primary_ipv6 = fields.boolean("EnablePrimaryIpv6");
  state.ipv6_address_count = fields.integer("Ipv6AddressCount");
  state.ipv6_address_only = fields.boolean("Ipv6AddressOnly");
  state.spot_request_id = fields.text("SpotInstanceRequestId");
}

void add_launch(Json& object, const StoredState& state) {
  object["DeviceName"] = state.device_name;
  object["RootSize"] = state.root_size;
  object["VolumeType"] = state.volume_type;
  object["VolumeEncrypted"] = state.volume_encrypted;
  object["VolumeKmsKeyId"] = state.volume_kms_key;
  object["IamInstanceProfile"] = state.iam_instance_profile;
  object["VpcId"] = state.vpc_id;
  object["SubnetId"] = state.subnet_id;
  object["Zone"] = state.zone;
  object["RequestSpotInstance"] = state.request_spot;
  object["SpotPrice"] = state.spot_price;
  object["BlockDurationMinutes"] = state.block_duration_minutes;
  object["PrivateIPOnly"] = state.private_ip_only;
  object["UsePrivateIP"] = state.use_private_ip;
  object["UseEbsOptimizedInstance"] = state.ebs_optimized;
  object["Monitoring"] = state.monitoring;
  object["SSHPrivateKeyPath"] = state.ssh_private_key_path;
  object["RetryCount"] = state.retries;
  object["Endpoint"] = state.endpoint;
  object["DisableSSL"] = state.disable_ssl;
  object["UserDataFile"] = state.user_data_file;
  object["MetadataTokenSetting"] = state.metadata_token_setting;
  object["MetadataTokenResponseHopLimit"] = state.metadata_hop_limit;
}

/// Keys that only newer or other programs know: written when they say something.
void add_own_keys(Json& object, const StoredState& state) {
  const auto add = [&](const char* key, const auto& value) {
    if (value != std::decay_t<decltype(value)>{}) {
      object[key] = value;
    }
  };
  add("EncryptEbsVolume", state.encrypt_ebs_volumes);
  add("HttpEndpoint", state.http_endpoint);
  add("HttpTokens", state.http_tokens);
  add("HttpProtocolIpv6", state.http_protocol_ipv6);
  add("EnablePrimaryIpv6", state.enable_primary_ipv6);
  add("Ipv6AddressCount", state.ipv6_address_count);
  add("Ipv6AddressOnly", state.ipv6_address_only);
  add("VolumeIops", state.volume_iops);
  add("VolumeThroughput", state.volume_throughput);
  add("KeysFromEnvironment", state.keys_from_environment);
  add("SpotInstanceRequestId", state.spot_request_id);
  if (state.pending) {
    object[pending_key] = Json{
        {"ClientToken", state.pending->client_token},
        {"RunSentAt", state.pending->sent_at},
        {"KeyPairSentAt", state.pending->key_sent_at},
        {"SecurityGroupSentAt", state.pending->group_sent_at},
        {"MadeSecurityGroupIds", state.pending->made_groups},
        {"SentSecurityGroupNames", state.pending->group_names_sent},
    };
  }
}

}  // namespace

StoredState parse_state(const Json& driver) {
  const JsonFields fields(driver, "Driver");
  StoredState state;
  state.base = parse_base_state(driver);
  parse_identity(fields, state);
  parse_launch(fields, state);
  parse_additions(fields, state);
  state.pending = parse_pending(driver);
  state.original = driver.is_object() ? driver : Json::object();
  // Written only when they say something: an old value must not come back as an unknown key.
  for (const char* key :
       {pending_key, "EncryptEbsVolume", "HttpEndpoint", "HttpTokens", "HttpProtocolIpv6",
        "EnablePrimaryIpv6", "Ipv6AddressCount", "Ipv6AddressOnly", "VolumeIops",
        "VolumeThroughput", "KeysFromEnvironment", "SpotInstanceRequestId", "Owner"}) {
    state.original.erase(key);
  }
  return state;
}

Json to_json(const StoredState& state) {
  Json object = dmachine::to_json(state.base);
  object["Id"] = state.id;
  object["AccessKey"] = state.access_key;
  object["SecretKey"] = state.secret_key.reveal();
  object["SessionToken"] = state.session_token.reveal();
  object["Region"] = state.region;
  object["AMI"] = state.ami;
  object["SSHKeyID"] = state.ssh_key_id;
  object["ExistingKey"] = state.existing_key;
  object["KeyName"] = state.key_name;
  object["InstanceId"] = state.instance_id;
  object["InstanceType"] = state.instance_type;
  object["PrivateIPAddress"] = state.private_ip_address;
  object["SecurityGroupId"] = state.security_group_id;
  object["SecurityGroupIds"] = null_when_empty(state.security_group_ids);
  object["SecurityGroupName"] = state.security_group_name;
  object["SecurityGroupNames"] = null_when_empty(state.security_group_names);
  object["SecurityGroupReadOnly"] = state.security_group_readonly;
  object["OpenPorts"] = null_when_empty(state.open_ports);
  object["Tags"] = state.tags;
  object["ReservationId"] = state.reservation_id;
  add_launch(object, state);
  add_own_keys(object, state);
  put_owner(object, state.base.owner);
  return keep_unknown(std::move(object), state.original);
}

}  // namespace dmachine::amazonec2
