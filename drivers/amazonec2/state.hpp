// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "core/secret.hpp"
#include "drivers/base_state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dmachine::amazonec2 {

/// What is known about a create that has not come to its end. It stands in the store from the first
/// save until the create is done (key PendingCreate, which other programs ignore and drop).
struct PendingCreate {
  std::string client_token;  // of RunInstances, chosen before it is sent
  std::int64_t sent_at = 0;  // of RunInstances, seconds since 1970; 0: not sent
  /// Of an ImportKeyPair and a CreateSecurityGroup that have no answer yet; 0: none is on its way.
  std::int64_t key_sent_at = 0;
  std::int64_t group_sent_at = 0;
  /// Security groups other than the shared default one that this create made, by id. A killed
  /// CreateSecurityGroup may have left one that is only known by name.
  std::vector<std::string> made_groups{};
  std::vector<std::string> group_names_sent{};
};

/// What the command line said beyond what is stored: whether a default may be improved upon, and
/// what is sent only when somebody asked for it. A loaded machine needs none of it.
struct LaunchChoices {
  bool zone_given = false;
  bool device_given = false;
  bool root_size_given = false;
  std::string http_tokens;  // empty: not sent
  std::optional<std::int64_t> hop_limit;
  std::string http_endpoint;
  std::string http_protocol_ipv6;
  std::string kms_key;  // for all volumes of the image
  /// What to try in turn; the stored zone, subnet and type are those of the attempt.
  std::vector<std::string> zones;  // whole names
  std::vector<std::string> subnets;
  std::vector<std::string> types;
  bool on_demand_too = false;  // once no spot capacity is left
};

/// The Driver object of config.json. Keys in any case; order and defaults as in GitLab's fork
/// (amazonec2.md 1.1), rancher's keys after its own.
struct StoredState {
  BaseState base;
  std::string id;
  std::string access_key;
  Secret secret_key;
  Secret session_token;
  /// The keys above came from the environment, whose present keys then go before them.
  bool keys_from_environment = false;
  std::string region = "us-east-1";
  std::string ami;
  std::int64_t ssh_key_id = 0;
  bool existing_key = false;
  std::string key_name;
  std::string instance_id;
  std::string instance_type = "t2.micro";
  std::string private_ip_address;
  std::string security_group_id;
  std::vector<std::string> security_group_ids;
  std::string security_group_name;
  std::vector<std::string> security_group_names;
  bool security_group_readonly = false;
  std::vector<std::string> open_ports;
  std::string tags;
  std::string reservation_id;
  std::string device_name = "/dev/sda1";
  std::int64_t root_size = 16;  // GiB
  std::string volume_type = "gp2";
  std::int64_t volume_iops = 0;
  std::int64_t volume_throughput = 0;  // MiB/s
  bool volume_encrypted = false;
  std::string volume_kms_key;
  std::string iam_instance_profile;
  std::string vpc_id;
  std::string subnet_id;
  std::string zone = "a";  // the letter that is added to the region, or a whole zone
  bool request_spot = false;
  std::string spot_price;
  std::int64_t block_duration_minutes = 0;
  bool private_ip_only = false;
  bool use_private_ip = false;
  bool ebs_optimized = false;
  bool monitoring = false;
  std::string ssh_private_key_path;
  std::int64_t retries = 5;
  std::string endpoint;
  bool disable_ssl = false;
  std::string user_data_file;
  std::string metadata_token_setting = "optional";
  std::int64_t metadata_hop_limit = 1;
  bool encrypt_ebs_volumes = false;
  std::string http_endpoint;
  std::string http_tokens;
  std::string http_protocol_ipv6;
  bool enable_primary_ipv6 = false;
  std::int64_t ipv6_address_count = 0;
  bool ipv6_address_only = false;
  std::string spot_request_id;
  std::optional<PendingCreate> pending;
  LaunchChoices choices;           // not stored
  Json original = Json::object();  // as loaded, for the keys that we do not know
};

/// Throws Error{invalid} in Go's words on a wrong type.
StoredState parse_state(const Json& driver);
Json to_json(const StoredState& state);

}  // namespace dmachine::amazonec2
