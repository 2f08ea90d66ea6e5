// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "core/secret.hpp"
#include "drivers/base_state.hpp"
#include "drivers/capacity.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::google {

/// How often an operation is looked at (--google-operation-backoff-…). A store of Docker Machine
/// 0.16.2 has none: the defaults.
struct OperationBackoff {
  std::chrono::nanoseconds initial_interval = std::chrono::seconds(1);
  double randomization_factor = 0.5;
  double multiplier = 2;
  std::chrono::nanoseconds max_interval = std::chrono::seconds(30);
  std::chrono::nanoseconds max_elapsed_time = std::chrono::seconds(300);  // 0: no end
};

/// What is known about a create that has not come to its end. It stands in the store from the first
/// save until the create is done (key PendingCreate, which other programs ignore and drop), so that
/// whoever removes the machine after a crash knows what may exist, and that nothing else by its
/// name is ours.
struct PendingCreate {
  bool disk_was_there = false;  // a disk of our name that somebody else had left
  std::string request_id;       // of the insert; empty: none was sent
  std::int64_t sent_at = 0;     // of the insert, seconds since 1970
  std::string operation;        // the insert's, once it was answered
};

/// The provisioning model of cheap instances that the cloud may take back.
constexpr std::string_view spot_model = "SPOT";

using MetadataMap = std::map<std::string, std::string>;

/// The Driver object of config.json. Keys in any case; order and defaults as in the reference
/// (google.md 1.1).
struct StoredState {
  BaseState base;
  std::string zone = "us-central1-a";
  std::string machine_type = "n1-standard-1";
  std::string min_cpu_platform;
  std::string machine_image;
  std::string disk_type = "pd-standard";
  std::string address;
  std::string network = "default";
  std::string subnetwork;
  bool preemptible = false;
  bool use_internal_ip = false;
  bool use_internal_ip_only = false;
  std::string service_account = "default";
  std::string scopes;
  bool no_service_account = false;
  std::int64_t disk_size = 10;  // GB
  std::int64_t provisioned_iops = 0;
  std::int64_t provisioned_throughput = 0;  // MiB/s
  std::string project;
  std::string tags;  // separated by commas
  bool use_existing = false;
  std::vector<std::string> open_ports;
  std::vector<std::string> labels;      // KEY:VALUE, as in GitLab's fork
  std::string vm_labels;                // KEY1,VALUE1,…, as in rancher's; under the same key
  std::optional<MetadataMap> metadata;  // null with use-existing
  std::optional<MetadataMap> metadata_from_file;  // paths
  std::string accelerator;
  std::string maintenance_policy;
  bool skip_firewall = false;
  OperationBackoff backoff;
  Secret auth;  // credentials as given, in the store as in rancher's fork
  std::string userdata;
  std::string external_rule_prefix;
  std::string internal_rule_prefix;
  std::string provisioning_model;  // STANDARD or SPOT; empty: nothing said
  std::string termination_action;  // STOP or DELETE: what becomes of a spot instance taken back
  bool bulk_insert = false;        // the cloud picks the zone
  std::string region;              // of a bulk insert
  std::vector<std::string> flex_selections;
  std::vector<std::string> location_zones;
  std::chrono::nanoseconds flex_cooldown{0};  // 0: none
  std::chrono::nanoseconds flex_probe_lease = std::chrono::minutes(5);
  bool in_instance_group = false;  // a managed one, of another program's making
  std::string resolved_zone;       // where the cloud has put the instance
  std::string resolved_machine_type;
  /// What a create tries, in order; empty when there is no choice. Not stored: zone, machine type
  /// and market above are those that are being tried.
  std::vector<Candidate> candidates;
  bool cos_readiness_gate = false;
  std::string cos_readiness_url;
  bool cos_wait_for_cloud_init = false;
  bool cos_tls_via_metadata = false;
  std::optional<PendingCreate> pending;
  Json original = Json::object();  // as loaded, for the keys that we do not know
};

/// Throws Error{invalid} in Go's words on a wrong type.
StoredState parse_state(const Json& driver);
Json to_json(const StoredState& state);

}  // namespace dmachine::google
