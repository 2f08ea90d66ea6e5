// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// The forms of names in Compute Engine. Source: discovery document of compute v1, and RFC 1035.
namespace dmachine::google {

constexpr std::size_t longest_name = 63;

/// [a-z]([-a-z0-9]{0,61}[a-z0-9])?
bool is_name(std::string_view text);
/// A project's id, with or without its domain (`example.com:name`), or its number.
bool is_project(std::string_view text);
/// A zone such as us-central1-a or us-central1-ai1a, without anything before it.
bool is_zone(std::string_view text);
/// Letters, digits and dashes, as in the names of machine and disk types.
bool is_type_name(std::string_view text);
/// Letters, digits, dash and underscore, 1 to 128.
bool is_metadata_key(std::string_view text);
bool is_label_key(std::string_view text);
bool is_label_value(std::string_view text);

/// us-central1 of us-central1-ai1a.
std::string region_of(std::string_view zone);

/// The boot disk's name: NAME-disk.
std::string disk_name(std::string_view machine);

}  // namespace dmachine::google
