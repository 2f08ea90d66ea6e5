// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/driver.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What we read of an instance. Source: compute v1, Instance.
namespace dmachine::google {

struct Instance {
  std::string status;       // "RUNNING"
  std::string internal_ip;  // of the first interface
  std::string external_ip;  // empty without one
  std::vector<std::string> tags;
  std::string tags_fingerprint;
  std::map<std::string, std::string> labels;
  std::string labels_fingerprint;
  Json metadata_items;  // list of {key, value}
  std::string metadata_fingerprint;

  /// The value of a metadata key; empty when there is none.
  std::string metadata(std::string_view key) const;
};

/// Throws Error{invalid} for fields of a wrong type; missing ones are empty.
Instance parse_instance(const Json& reply);

/// The machine's state that an instance's status means; State::error for a status that we do not
/// know.
State state_of(std::string_view status);

}  // namespace dmachine::google
