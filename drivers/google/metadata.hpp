// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/google/state.hpp"

#include <string>
#include <string_view>

namespace dmachine::google {

/// The metadata key by which the guest learns whom to let in.
constexpr std::string_view ssh_keys = "ssh-keys";

/// USER:ssh-rsa BASE64 USER
std::string ssh_key_line(std::string_view user, std::string_view public_key);

/// A value of ssh-keys with our line at its end: an older line of ours for this user goes, all
/// others stay.
std::string with_ssh_key(std::string_view value, std::string_view user,
                         std::string_view public_key);

/// The metadata of a new instance: the user's entries, the content of the user's files, user data,
/// and our key. Entries with an empty value are left out. Throws `open PATH: no such file or
/// directory`, and for what is larger than Compute Engine takes.
MetadataMap instance_metadata(const StoredState& state, std::string_view public_key);

/// {"items": [{"key", "value"}, …]}
Json to_items(const MetadataMap& map);

/// `items` with the value of one key replaced or added.
Json with_item(Json items, std::string_view key, std::string_view value);

}  // namespace dmachine::google
