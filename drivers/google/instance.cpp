// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/instance.hpp"

#include "core/json_fields.hpp"
#include "drivers/google/resource_labels.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dmachine::google {

namespace {

/// A member that is an object; an empty one when it is missing.
Json object_in(const Json& parent, std::string_view key) {
  const Json* value = find_member(parent, key);
  return value == nullptr || value->is_null() ? Json::object() : *value;
}

/// The first element of a list; an empty object when there is none.
Json first_in(const Json& parent, std::string_view key) {
  const Json* value = find_member(parent, key);
  return value == nullptr || !value->is_array() || value->empty() ? Json::object() : value->front();
}

}  // namespace

std::string Instance::metadata(std::string_view key) const {
  for (const Json& item : metadata_items) {
    const JsonFields fields(item, "MetadataItems");
    if (fields.text("key") == key) {
      return fields.text("value");
    }
  }
  return {};
}

Instance parse_instance(const Json& reply) {
  Instance instance;
  instance.status = JsonFields(reply, "Instance").text("status");
  const Json interface = first_in(reply, "networkInterfaces");
  instance.internal_ip = JsonFields(interface, "NetworkInterface").text("networkIP");
  const Json access = first_in(interface, "accessConfigs");
  instance.external_ip = JsonFields(access, "AccessConfig").text("natIP");
  const Json tags = object_in(reply, "tags");
  instance.tags = JsonFields(tags, "Tags").texts("items");
  instance.tags_fingerprint = JsonFields(tags, "Tags").text("fingerprint");
  instance.labels = labels_of(reply);
  instance.labels_fingerprint = JsonFields(reply, "Instance").text("labelFingerprint");
  const Json metadata = object_in(reply, "metadata");
  instance.metadata_fingerprint = JsonFields(metadata, "Metadata").text("fingerprint");
  const Json* items = find_member(metadata, "items");
  instance.metadata_items = items != nullptr && items->is_array() ? *items : Json::array();
  return instance;
}

State state_of(std::string_view status) {
  static constexpr std::array<std::pair<std::string_view, State>, 12> states{{
      {"PENDING", State::starting},
      {"PROVISIONING", State::starting},
      {"STAGING", State::starting},
      {"RUNNING", State::running},
      {"PENDING_STOP", State::stopping},
      {"STOPPING", State::stopping},
      {"SUSPENDING", State::stopping},
      {"DEPROVISIONING", State::stopping},
      {"STOPPED", State::stopped},
      {"TERMINATED", State::stopped},
      {"SUSPENDED", State::saved},
      {"REPAIRING", State::error},
  }};
  const auto found = std::ranges::find(states, status, &std::pair<std::string_view, State>::first);
  return found == states.end() ? State::error : found->second;
}

}  // namespace dmachine::google
