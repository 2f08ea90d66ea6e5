// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/resource_labels.hpp"

#include "drivers/google/names.hpp"
#include "drivers/google/rancher_rules.hpp"
#include "drivers/google/values.hpp"

#include <algorithm>

namespace dmachine::google {

namespace {

void add_owner(MetadataMap& labels, const BaseState& base) {
  const auto ours = owner_labels(base);
  const bool can_be =
      std::ranges::all_of(ours, [](const auto& label) { return is_label_value(label.second); });
  MetadataMap all = labels;
  all.insert(ours.begin(), ours.end());
  // Two of three would say something else than all or none.
  if (can_be && all.size() <= most_labels) {
    labels = std::move(all);
  }
}

}  // namespace

MetadataMap disk_labels(const StoredState& state) {
  MetadataMap labels = parse_labels(state.labels);
  add_owner(labels, state.base);
  return labels;
}

MetadataMap instance_labels(const StoredState& state) {
  MetadataMap labels = parse_labels(state.labels);
  labels.merge(parse_vm_labels(state.vm_labels));
  labels.merge(rancher_rule_labels(state));
  add_owner(labels, state.base);
  return labels;
}

MetadataMap labels_of(const Json& resource) {
  MetadataMap labels;
  const Json* object = find_member(resource, "labels");
  if (object != nullptr && object->is_object()) {
    for (const auto& [key, value] : object->items()) {
      if (value.is_string()) {
        labels[key] = value.get<std::string>();
      }
    }
  }
  return labels;
}

}  // namespace dmachine::google
