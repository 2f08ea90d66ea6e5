// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/instance_body.hpp"

#include "drivers/google/endpoint.hpp"
#include "drivers/google/flex.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"
#include "drivers/google/rancher_rules.hpp"
#include "drivers/google/resource_labels.hpp"
#include "drivers/google/values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::google {

namespace {

Json to_object(const MetadataMap& map) {
  Json object = Json::object();
  for (const auto& [key, value] : map) {
    object[key] = value;
  }
  return object;
}

std::string zone_url(const StoredState& state, const InstanceFacts& facts) {
  return fmt::format("{}projects/{}/zones/{}", facts.resource_base, state.project, state.zone);
}

/// A machine's, disk's or accelerator's type: a bulk insert knows no zone yet, and takes the name.
std::string type_reference(const StoredState& state, const InstanceFacts& facts,
                           std::string_view collection, const std::string& type) {
  return state.bulk_insert ? type
                           : fmt::format("{}/{}/{}", zone_url(state, facts), collection, type);
}

Json new_disk(const StoredState& state, const InstanceFacts& facts) {
  // 64-bit numbers are texts in the API's JSON.
  Json disk = Json::object();
  if (!state.bulk_insert) {  // which names it as the instance, and allows no other name
    disk["diskName"] = boot_disk_name(state);
  }
  disk["diskSizeGb"] = std::to_string(state.disk_size);
  disk["diskType"] = type_reference(state, facts, "diskTypes", state.disk_type);
  if (const auto labels = disk_labels(state); !labels.empty()) {
    disk["labels"] = to_object(labels);
  }
  if (state.provisioned_iops > 0) {
    disk["provisionedIops"] = std::to_string(state.provisioned_iops);
  }
  if (state.provisioned_throughput > 0) {
    disk["provisionedThroughput"] = std::to_string(state.provisioned_throughput);
  }
  disk["sourceImage"] = fmt::format("{}projects/{}", facts.resource_base, state.machine_image);
  return disk;
}

Json boot_disk(const StoredState& state, const InstanceFacts& facts) {
  Json disk{{"autoDelete", true}, {"boot", true}};
  if (state.bulk_insert) {
    disk["deviceName"] = "boot";
  }
  if (!facts.disk_exists) {
    disk["initializeParams"] = new_disk(state, facts);
  }
  disk["mode"] = "READ_WRITE";
  if (facts.disk_exists) {
    disk["source"] = fmt::format("{}/disks/{}", zone_url(state, facts), boot_disk_name(state));
  }
  disk["type"] = "PERSISTENT";
  return disk;
}

Json network_interface(const StoredState& state, const InstanceFacts& facts) {
  Json interface = Json::object();
  if (!state.use_internal_ip_only) {
    Json access{{"type", "ONE_TO_ONE_NAT"}};
    if (!facts.static_ip.empty()) {
      access["natIP"] = facts.static_ip;
    }
    interface["accessConfigs"] = Json::array({std::move(access)});
  }
  interface["network"] = network_reference(state, facts.resource_base);
  if (state.subnetwork.find("/subnetworks/") != std::string::npos) {
    interface["subnetwork"] = state.subnetwork;
  } else if (!state.subnetwork.empty()) {
    // With a shared VPC the subnetworks lie in the network's project.
    interface["subnetwork"] =
        fmt::format("projects/{}/regions/{}/subnetworks/{}",
                    project_of(state.network, state.project), region_of(state), state.subnetwork);
  }
  return interface;
}

Json scheduling(const StoredState& state) {
  Json scheduling = Json::object();
  if (!state.maintenance_policy.empty()) {
    scheduling["onHostMaintenance"] = state.maintenance_policy;
  }
  if (state.preemptible) {
    scheduling["preemptible"] = true;
  }
  if (!state.provisioning_model.empty()) {
    scheduling["provisioningModel"] = state.provisioning_model;
  }
  if (!state.termination_action.empty() && state.provisioning_model == spot_model) {
    scheduling["instanceTerminationAction"] = state.termination_action;
  }
  return scheduling;
}

Json tags(const StoredState& state) {
  std::vector<std::string> all{std::string(firewall_tag)};
  const auto add = [&](const std::string& tag) {
    if (std::ranges::find(all, tag) == all.end()) {
      all.push_back(tag);
    }
  };
  std::ranges::for_each(parse_comma_list(state.tags), add);
  std::ranges::for_each(rancher_rule_tags(state), add);
  return Json{{"items", all}};
}

}  // namespace

std::string network_reference(const StoredState& state, const std::string& resource_base) {
  return state.network.find("/networks/") != std::string::npos
             ? state.network
             : fmt::format("{}projects/{}/global/networks/{}", resource_base, state.project,
                           state.network);
}

Json instance_body(const StoredState& state, const InstanceFacts& facts) {
  Json body{{"description", "docker host vm"}, {"disks", Json::array({boot_disk(state, facts)})}};
  if (const auto accelerator = parse_accelerator(state.accelerator)) {
    body["guestAccelerators"] = Json::array({Json{
        {"acceleratorCount", accelerator->count},
        {"acceleratorType", type_reference(state, facts, "acceleratorTypes", accelerator->type)}}});
  }
  if (const auto labels = instance_labels(state); !labels.empty()) {
    body["labels"] = to_object(labels);
  }
  body["machineType"] = type_reference(state, facts, "machineTypes", state.machine_type);
  body["metadata"] = to_items(facts.metadata);
  if (!state.min_cpu_platform.empty()) {
    body["minCpuPlatform"] = state.min_cpu_platform;
  }
  if (!state.bulk_insert) {
    body["name"] = state.base.machine_name;
  }
  body["networkInterfaces"] = Json::array({network_interface(state, facts)});
  body["scheduling"] = scheduling(state);
  if (!state.service_account.empty() && !state.no_service_account) {
    body["serviceAccounts"] = Json::array(
        {Json{{"email", state.service_account}, {"scopes", parse_comma_list(state.scopes)}}});
  }
  body["tags"] = tags(state);
  return body;
}

Json bulk_body(const StoredState& state, const InstanceFacts& facts) {
  Json locations = Json::object();
  for (const auto& text : state.location_zones) {
    const auto location = parse_location_zone(text);
    locations["zones/" + location.zone] = Json{{"preference", location.preference}};
  }
  Json policy{{"targetShape", "ANY"}};
  if (!locations.empty()) {
    policy["locations"] = std::move(locations);
  }
  return Json{{"count", "1"},
              {"instanceProperties", instance_body(state, facts)},
              {"locationPolicy", std::move(policy)},
              {"minCount", "1"},
              {"perInstanceProperties", Json{{state.base.machine_name, Json::object()}}}};
}

}  // namespace dmachine::google
