// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/offer.hpp"

#include "cloud/ip_range.hpp"
#include "core/text.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/survey.hpp"
#include "drivers/azure/values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::azure {

namespace {

using Level = Finding::Level;

std::vector<std::string> texts_at(const Json& object,
                                  std::initializer_list<std::string_view> path) {
  std::vector<std::string> texts;
  const Json* list = member_at(object, path);
  for (const Json& item : list != nullptr && list->is_array() ? *list : Json::array()) {
    if (item.is_string()) {
      texts.push_back(item.get<std::string>());
    }
  }
  return texts;
}

bool holds(const std::vector<std::string>& list, std::string_view wanted) {
  return std::ranges::any_of(list,
                             [&](const auto& one) { return equal_ignoring_case(one, wanted); });
}

/// The zones of the size's only location.
std::vector<std::string> zones_of(const Json& sku) {
  const Json* info = find_member(sku, "locationInfo");
  return info != nullptr && info->is_array() && !info->empty() ? texts_at(info->front(), {"zones"})
                                                               : std::vector<std::string>{};
}

/// Why the subscription does not get the size there; empty when it does.
std::string restriction_of(const Json& sku, const std::string& zone) {
  const Json* list = find_member(sku, "restrictions");
  for (const Json& one : list != nullptr && list->is_array() ? *list : Json::array()) {
    const bool is_here =
        equal_ignoring_case(text_at(one, {"type"}), "Location") ||
        (!zone.empty() && holds(texts_at(one, {"restrictionInfo", "zones"}), zone));
    if (is_here) {
      return text_at(one, {"reasonCode"});
    }
  }
  return "";
}

const Json* find_usage(const Json& usages, std::string_view name) {
  const auto found = std::ranges::find_if(usages, [&](const Json& usage) {
    return equal_ignoring_case(text_at(usage, {"name", "value"}), name);
  });
  return found == usages.end() ? nullptr : &*found;
}

/// A shortage as a problem, else good; nothing when Azure does not count it.
void examine_usage(std::vector<Finding>& findings, const Json& usages, const std::string& name,
                   std::int64_t needed, const std::string& location) {
  const Json* usage = find_usage(usages, name);
  if (usage == nullptr) {
    return;
  }
  const auto number = [&](const char* key) {
    const Json* value = find_member(*usage, key);
    return value != nullptr && value->is_number() ? value->get<std::int64_t>() : 0;
  };
  const auto used = number("currentValue");
  const auto limit = number("limit");
  Finding finding{Level::good, "quota " + name,
                  fmt::format("{} of {} used in {}, {} needed", used, limit, location, needed)};
  if (used + needed > limit) {
    finding.level = Level::problem;
    finding.remedy = "ask for more (portal: Quotas), or take another region or size";
  }
  findings.push_back(std::move(finding));
}

std::string subject_of_size(const StoredState& state) {
  return "size " + state.size +
         (state.availability_zone.empty() ? "" : " in zone " + state.availability_zone);
}

}  // namespace

const Json* find_size(const Json& skus, std::string_view size) {
  const auto found = std::ranges::find_if(skus, [&](const Json& sku) {
    return equal_ignoring_case(text_at(sku, {"resourceType"}), "virtualMachines") &&
           equal_ignoring_case(text_at(sku, {"name"}), size);
  });
  return found == skus.end() ? nullptr : &*found;
}

std::string capability(const Json& sku, std::string_view name) {
  const Json* list = find_member(sku, "capabilities");
  for (const Json& one : list != nullptr && list->is_array() ? *list : Json::array()) {
    if (equal_ignoring_case(text_at(one, {"name"}), name)) {
      return text_at(one, {"value"});
    }
  }
  return "";
}

std::vector<Finding> examine_size(const StoredState& state, const Json& skus, bool is_only) {
  const auto location = normalise_location(state.location);
  const std::string subject = subject_of_size(state);
  const std::string others = fmt::format("az vm list-skus --location {} --output table", location);
  const Level level = is_only ? Level::problem : Level::warning;
  if (skus.empty()) {
    return {{Level::problem, "region " + location, "Azure offers no sizes there",
             "az account list-locations shows the regions"}};
  }
  const Json* sku = find_size(skus, state.size);
  if (sku == nullptr) {
    return {{Level::problem, subject, fmt::format("{} has no such size", location), others}};
  }
  if (const auto why = restriction_of(*sku, state.availability_zone); !why.empty()) {
    return {{level, subject, fmt::format("not to be had in {}: {}", location, why), others}};
  }
  std::vector<Finding> findings;
  const auto zones = zones_of(*sku);
  if (!state.availability_zone.empty() && !holds(zones, state.availability_zone)) {
    findings.push_back(
        {level, subject,
         fmt::format("{} has it in zones {}", location, zones.empty() ? "none" : join(zones, ", ")),
         "--azure-availability-zone"});
  }
  const auto needs = [&](bool is_asked, std::string_view name, const std::string& flag) {
    if (is_asked && equal_ignoring_case(capability(*sku, name), "False")) {
      findings.push_back(
          {level, subject, fmt::format("it cannot do what {} asks for", flag), others});
    }
  };
  const auto type = state.disk_type.empty() ? state.storage_type : state.disk_type;
  needs(state.spot, "LowPriorityCapable", "--azure-spot");
  needs(type.starts_with("Premium"), "PremiumIO", "a disk of type " + type);
  needs(state.ephemeral_os_disk, "EphemeralOSDiskSupported", "--azure-ephemeral-os-disk");
  needs(state.accelerated_networking, "AcceleratedNetworkingEnabled",
        "--azure-accelerated-networking");
  needs(state.encryption_at_host, "EncryptionAtHostSupported", "--azure-encryption-at-host");
  if (findings.empty()) {
    findings.push_back(
        {Level::good, subject,
         fmt::format("{} vCPUs, {} GiB, {}", capability(*sku, "vCPUs"),
                     capability(*sku, "MemoryGB"), capability(*sku, "CpuArchitectureType"))});
  }
  return findings;
}

std::vector<Finding> examine_compute_quota(const StoredState& state, const Json& skus,
                                           const Json& usages) {
  std::vector<Finding> findings;
  const Json* sku = find_size(skus, state.size);
  const auto location = normalise_location(state.location);
  examine_usage(findings, usages, "virtualMachines", 1, location);
  if (sku == nullptr) {
    return findings;
  }
  const auto cores = parse_go_int(capability(*sku, "vCPUs")).value_or(1);
  if (state.spot) {
    examine_usage(findings, usages, "lowPriorityCores", cores, location);
  } else {
    examine_usage(findings, usages, "cores", cores, location);
    examine_usage(findings, usages, text_at(*sku, {"family"}), cores, location);
  }
  return findings;
}

std::vector<Finding> examine_network_quota(const StoredState& state, const Json& usages) {
  std::vector<Finding> findings;
  const auto location = normalise_location(state.location);
  examine_usage(findings, usages, "NetworkInterfaces", 1, location);
  if (state.nsg.empty()) {
    examine_usage(findings, usages, "NetworkSecurityGroups", 1, location);
  }
  if (!state.no_public_ip) {
    examine_usage(findings, usages, "PublicIPAddresses", 1, location);
    examine_usage(findings, usages, "StandardSkuPublicIpAddresses", 1, location);
  }
  return findings;
}

std::vector<Finding> examine_image(const StoredState& state, const Json& image, const Json& skus) {
  std::vector<Finding> findings;
  const Json* sku = find_size(skus, state.size);
  const auto architecture = text_at(image, {"properties", "architecture"});
  const auto generation = text_at(image, {"properties", "hyperVGeneration"});
  const auto complain = [&](const std::string& text, const std::string& remedy) {
    findings.push_back({Level::problem, "image " + state.image, text, remedy});
  };
  if (sku != nullptr) {
    const auto wanted = capability(*sku, "CpuArchitectureType");
    if (!architecture.empty() && !wanted.empty() && !equal_ignoring_case(architecture, wanted)) {
      complain(fmt::format("it is for {}, but {} is {}", architecture, state.size, wanted),
               "another --azure-image or --azure-size");
    }
    const auto started = capability(*sku, "HyperVGenerations");
    if (!generation.empty() && !started.empty() && !holds(split(started, ','), generation)) {
      complain(fmt::format("it is of generation {}, but {} starts {} alone", generation, state.size,
                           started),
               generation == "V2" ? "an image of generation 1, such as "
                                    "canonical:ubuntu-24_04-lts:server-gen1:latest"
                                  : "an image of generation 2");
    }
  }
  if (const auto plan = text_at(image, {"properties", "plan", "name"});
      !plan.empty() && state.plan.empty()) {
    complain(
        "it is sold with a plan",
        fmt::format("--azure-plan {}:{}:{}", text_at(image, {"properties", "plan", "publisher"}),
                    text_at(image, {"properties", "plan", "product"}), plan));
  }
  const auto system = text_at(image, {"properties", "osDiskImage", "operatingSystem"});
  if (equal_ignoring_case(system, "Windows")) {
    complain("it is Windows", "an image of Linux");
  }
  if (findings.empty()) {
    findings.push_back(
        {Level::good, "image " + state.image,
         fmt::format("{} {} {}", text_at(image, {"name"}), architecture, generation)});
  }
  return findings;
}

std::vector<Finding> examine_network(const StoredState& state, const std::optional<Json>& network) {
  const auto place = network_of(state);
  const std::string subject = fmt::format("network {}:{}", place.group, place.name);
  if (!network) {
    return {{Level::good, subject, "it will be made"}};
  }
  const Json* subnets = member_at(*network, {"properties", "subnets"});
  for (const Json& subnet : subnets != nullptr && subnets->is_array() ? *subnets : Json::array()) {
    if (!equal_ignoring_case(text_at(subnet, {"name"}), state.subnet_name)) {
      continue;
    }
    const auto prefix = text_at(subnet, {"properties", "addressPrefix"});
    const auto range = cloud::parse_ip_range(prefix);
    if (!state.private_ip.empty() && range && !range->contains(state.private_ip)) {
      return {
          {Level::problem, subject,
           fmt::format("{} is not in subnet {} ({})", state.private_ip, state.subnet_name, prefix),
           "--azure-private-ip-address"}};
    }
    return {{Level::good, subject, fmt::format("with subnet {} ({})", state.subnet_name, prefix)}};
  }
  const auto spaces = texts_at(*network, {"properties", "addressSpace", "addressPrefixes"});
  if (!spaces.empty() && !is_within(state.subnet_prefix, spaces)) {
    return {{Level::problem, subject,
             fmt::format("subnet {} would be made as {}, which is not in {}", state.subnet_name,
                         state.subnet_prefix, join(spaces, ", ")),
             "--azure-subnet names one that is there, --azure-subnet-prefix where to make one"}};
  }
  return {{Level::good, subject, fmt::format("subnet {} will be made", state.subnet_name)}};
}

}  // namespace dmachine::azure
