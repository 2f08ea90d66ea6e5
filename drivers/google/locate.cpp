// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Finding an instance whose zone the store does not know, or knows no more: by its name, and by
// what shows that it is this machine's.
#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"
#include "drivers/google/resource_labels.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

constexpr const char* instance_fields = "name,zone,machineType,labels,metadata/items";

std::string with_name(const std::string& name) {
  return fmt::format("name = \"{}\"", name);
}

}  // namespace

Place GoogleDriver::place() const {
  return {state_.project, zone_of(state_)};
}

/// By the labels of its create; without any by the key that it lets in.
bool GoogleDriver::is_ours(const Json& resource) const {
  const auto labels = labels_of(resource);
  const auto store = labels.find(std::string(store_label));
  const auto create = labels.find(std::string(create_label));
  const Owner& owner = state_.base.owner;
  if (!owner.empty() && store != labels.end() && create != labels.end()) {
    return store->second == owner.store && create->second == owner.create;
  }
  return has_our_key(parse_instance(resource));
}

void GoogleDriver::take_place(const Json& instance) {
  const JsonFields fields(instance, "Instance");
  const std::string zone = last_segment(fields.text("zone"));
  if (is_placed_by_cloud(state_)) {
    state_.resolved_zone = zone;
    state_.resolved_machine_type = last_segment(fields.text("machineType"));
  } else {
    state_.zone = zone;
  }
}

bool GoogleDriver::locate(const Context& ctx) {
  if (!is_name(name())) {
    return false;  // no instance can ever have had it
  }
  const auto all = client(ctx).list_everywhere(ctx, state_.project, "instances", with_name(name()),
                                               instance_fields);
  for (const Json& instance : all) {
    if (is_ours(instance)) {
      take_place(instance);
      log::debug("instance {} is in zone {}", name(), place().zone);
      return true;
    }
  }
  return false;
}

/// A disk that is left of an instance which nobody can find any more. It has no key to tell by.
bool GoogleDriver::locate_disk(const Context& ctx) {
  if (state_.base.owner.empty() || !is_name(name())) {
    return false;
  }
  const auto all = client(ctx).list_everywhere(
      ctx, state_.project, "disks", with_name(boot_disk_name(state_)), "name,zone,labels");
  for (const Json& disk : all) {
    if (labels_of(disk).contains(std::string(store_label)) && is_ours(disk)) {
      state_.resolved_zone = last_segment(JsonFields(disk, "Disk").text("zone"));
      return true;
    }
  }
  return false;
}

Place GoogleDriver::found_place(const Context& ctx) {
  if (place().zone.empty() && !locate(ctx)) {
    throw Error(Errc::not_found,
                fmt::format("there is no instance {} of this machine in any zone", name()));
  }
  return place();
}

}  // namespace dmachine::google
