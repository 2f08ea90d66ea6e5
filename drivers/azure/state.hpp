// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "core/secret.hpp"
#include "drivers/base_state.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dmachine::azure {

/// What a create makes for one machine alone, in the words of the store.
namespace part {
constexpr const char* virtual_machine = "virtualMachine";
constexpr const char* disk = "disk";  // made with the virtual machine
constexpr const char* network_interface = "networkInterface";
constexpr const char* public_ip = "publicIPAddress";
constexpr const char* security_group = "networkSecurityGroup";
}  // namespace part

/// What is known about a create that has not come to its end. It stands in the store from the first
/// save until the create is done (key PendingCreate, which other programs ignore and drop), so that
/// whoever removes the machine after a crash knows what may exist, and that nothing else by its
/// names is ours.
struct PendingCreate {
  std::set<std::string> begun;       // parts that were asked for, and may exist
  std::set<std::string> unanswered;  // those of them whose request had no answer yet
  std::int64_t sent_at = 0;          // of the unanswered ones, seconds since 1970
  bool used_shared = false;          // network or availability set may have been made
};

/// Tags and the like; keys in any case are the same to Azure, and kept as they are.
using TagMap = std::map<std::string, std::string>;

/// The Driver object of config.json. Keys in any case, order of rancher's fork, whose keys are
/// those of Docker Machine 0.16.2 and more (azure.md 1.1).
struct StoredState {
  BaseState base;
  std::string client_id;
  Secret client_secret;
  std::string environment = "AzurePublicCloud";
  std::string subscription_id;
  std::string tenant_id;
  std::string resource_group;  // empty in stores of Docker Machine up to 0.6.0
  int docker_port = 2376;
  std::string location;
  std::string size;
  std::string image;
  std::string virtual_network;  // [RESOURCEGROUP:]NAME
  std::string subnet_name;
  std::string subnet_prefix;
  std::string availability_set;  // empty: none
  std::string nsg;               // shared; name or resource ID, empty: one of the machine's own
  std::string plan;              // PUBLISHER:PRODUCT:PLAN
  bool managed_disks = false;    // a store without the key is one of Docker Machine 0.16.2
  int fault_count = 0;
  int update_count = 0;
  int disk_size_gib = 0;  // 0: the image's
  std::string storage_type;
  TagMap tags;
  bool accelerated_networking = false;
  std::string availability_zone;
  bool standard_public_ip = false;
  bool encryption_at_host = false;
  std::vector<std::string> open_ports;
  std::string private_ip;
  bool use_private_ip = false;
  bool no_public_ip = false;
  std::string dns_label;
  bool static_public_ip = false;
  std::string custom_data_file;
  // Keys that no other program has; written when they say something.
  std::string disk_type;
  bool ephemeral_os_disk = false;
  std::vector<std::string> source_cidrs;
  bool spot = false;
  std::string spot_max_price;
  std::string eviction_policy;
  bool deallocate_on_stop = false;
  bool use_managed_identity = false;
  std::string arm_endpoint;
  // What a create may choose from; not stored. Where there is a choice, size, availability_zone and
  // spot above are those of the candidate being tried.
  std::vector<std::string> size_choices;
  std::vector<std::string> zone_choices;
  bool falls_back_on_demand = false;
  std::optional<PendingCreate> pending;
  std::string
      stored_subscription_id;      // where AZURE_SUBSCRIPTION_ID says another one than the store
  Json original = Json::object();  // as loaded, for the keys that we do not know

  /// A machine of the Service Management API, which no longer exists.
  bool is_legacy() const { return resource_group.empty(); }
  bool is_reached_privately() const { return use_private_ip || no_public_ip; }
};

/// Throws Error{invalid} in Go's words on a wrong type.
StoredState parse_state(const Json& driver);
Json to_json(const StoredState& state);

/// What the variables of the process say about who we are and where goes before what a store of
/// last year holds, as in rancher's fork: AZURE_ENVIRONMENT, AZURE_SUBSCRIPTION_ID,
/// AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, and our own AZURE_ARM_ENDPOINT.
void apply_environment(StoredState& state);

}  // namespace dmachine::azure
