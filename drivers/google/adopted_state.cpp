// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// From an instance back to the Driver object that its create wrote.
#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/text.hpp"
#include "drivers/google/account.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/instance.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/resource_labels.hpp"
#include "ssh/key_pair.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::google {

namespace {

/// The user whose line of ssh-keys has this machine's key.
std::string user_with_key(const Instance& instance, const BaseState& base) {
  const std::string key(trim(ssh::public_key_line(key_path_or_default(base))));
  for (const auto& line : split(instance.metadata(ssh_keys), '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string::npos && line.find(key, colon) != std::string::npos) {
      return line.substr(0, colon);
    }
  }
  throw Error(Errc::invalid, fmt::format("instance {} does not let in the key {}",
                                         base.machine_name, key_path_or_default(base)));
}

const Json& member(const Json& object, std::string_view key) {
  static const Json none;
  const Json* found = find_member(object, key);
  return found == nullptr ? none : *found;
}

const Json& first_of(const Json& object, std::string_view key) {
  static const Json none;
  const Json& list = member(object, key);
  return list.is_array() && !list.empty() ? list.front() : none;
}

std::vector<std::string> user_labels(const Json& instance) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : labels_of(instance)) {
    if (key != machine_label && key != store_label && key != create_label) {
      texts.push_back(key + ":" + value);
    }
  }
  return texts;
}

void read_network(const Json& instance, StoredState& state) {
  const Json& interface = first_of(instance, "networkInterfaces");
  const JsonFields fields(interface, "NetworkInterface");
  const std::string network = resource_path(fields.text("network"), state.project);
  const bool is_own = project_of(network, state.project) == state.project;
  state.network = is_own ? last_segment(network) : network;
  const std::string subnetwork = fields.text("subnetwork");
  state.subnetwork = subnetwork.empty() ? "" : resource_path(subnetwork, state.project);
  state.use_internal_ip_only = first_of(interface, "accessConfigs").is_null();
  state.use_internal_ip = state.use_internal_ip_only;
}

}  // namespace

StoredState state_from_instance(const Json& instance, const std::string& project, BaseState base) {
  const Instance known = parse_instance(instance);
  const JsonFields fields(instance, "Instance");
  StoredState state;
  base.ssh_user = user_with_key(known, base);
  base.ssh_port = 22;
  state.base = std::move(base);
  state.project = project;
  state.zone = last_segment(fields.text("zone"));
  state.machine_type = last_segment(fields.text("machineType"));
  state.min_cpu_platform = fields.text("minCpuPlatform");
  const JsonFields disk(first_of(instance, "disks"), "AttachedDisk");
  state.disk_size = parse_go_int(disk.text("diskSizeGb")).value_or(state.disk_size);
  read_network(instance, state);
  const JsonFields scheduling(member(instance, "scheduling"), "Scheduling");
  if (scheduling.text("provisioningModel") == spot_model) {
    state.provisioning_model = spot_model;
    state.termination_action = scheduling.text("instanceTerminationAction");
  } else {
    state.preemptible = scheduling.boolean("preemptible");
  }
  const JsonFields account(first_of(instance, "serviceAccounts"), "ServiceAccount");
  state.service_account = account.text("email");
  state.scopes = join(account.texts("scopes"), ",");
  std::vector<std::string> tags = known.tags;
  std::erase(tags, firewall_tag);
  state.tags = join(tags, ",");
  state.labels = user_labels(instance);
  state.base.ip_address = state.use_internal_ip ? known.internal_ip : known.external_ip;
  return state;
}

}  // namespace dmachine::google
