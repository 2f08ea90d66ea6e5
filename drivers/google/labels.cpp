// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/firewall.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/resource_labels.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

void check_labels(const std::map<std::string, std::string>& labels) {
  for (const auto& [key, value] : labels) {
    if (!is_label_key(key) || !is_label_value(value)) {
      throw Error(Errc::invalid,
                  fmt::format("label {}={} is none that Google takes", key, go_quote(value)),
                  "lower-case letters, digits, _ and -, at most 63; a key begins with a letter");
    }
  }
}

}  // namespace

void GoogleDriver::update_labels(const Context& ctx,
                                 const std::map<std::string, std::string>& labels) {
  check_labels(labels);
  retry_races(ctx, client(ctx).backoff(), [&] { merge_labels(ctx, labels); });
}

void GoogleDriver::merge_labels(const Context& ctx,
                                const std::map<std::string, std::string>& labels) {
  const auto instance = find_instance(ctx);
  if (!instance) {
    throw Error(Errc::not_found, fmt::format("unable to find instance {} in zone {}",
                                             go_quote(name()), go_quote(state_.zone)));
  }
  auto merged = instance->labels;
  for (const auto& [key, value] : labels) {
    merged[key] = value;
  }
  if (merged.size() > most_labels) {
    throw Error(Errc::invalid, fmt::format("instance {} would have {} labels; Google takes {}",
                                           go_quote(name()), merged.size(), most_labels));
  }
  if (merged == instance->labels) {
    return;
  }
  wait(ctx, client(ctx).set(
                ctx, place(), name(), "setLabels",
                Json{{"labels", merged}, {"labelFingerprint", instance->labels_fingerprint}}));
}

}  // namespace dmachine::google
