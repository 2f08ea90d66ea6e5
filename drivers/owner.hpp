// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmachine {

struct BaseState;

/// Labels (Google) or tags (AWS, Azure) that say whose a resource is. They stand in the request
/// that makes it, so that nothing that is paid for is ever without them.
constexpr std::string_view machine_label = "dmachine-machine";  // the machine's name
constexpr std::string_view store_label = "dmachine-store";      // Owner::store
constexpr std::string_view create_label = "dmachine-create";    // Owner::create

/// Who makes a machine's resources. Both texts are 16 lower-case hexadecimal digits, or both are
/// empty: with --no-owner-tags, and for machines of other programs.
struct Owner {
  std::string store;   // made once per store (machine/store_id.hpp)
  std::string create;  // made once per create

  bool empty() const { return store.empty(); }
  bool operator==(const Owner&) const = default;
};

/// The three labels for what is made for this machine; none when it has no owner.
std::vector<std::pair<std::string, std::string>> owner_labels(const BaseState& base);

/// The key `Owner` of a Driver object; other programs ignore and drop it. Throws Error{invalid} in
/// Go's words on a wrong type.
Owner parse_owner(const Json& driver);
/// Adds the key unless the owner is empty.
void put_owner(Json& driver, const Owner& owner);

}  // namespace dmachine
