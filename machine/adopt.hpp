// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/collect.hpp"
#include "machine/tombstone.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace dmachine::machine {

/// The private key with which one can log in to the instance: the machine's folder without a
/// readable config.json, or a tombstone of its name. Nothing when it is lost.
std::optional<std::filesystem::path> find_key(const Store& store, const OwnedResource& instance);

/// Writes a store entry for an instance that has none, so that it can be used and removed again:
/// config.json and id_rsa, under the machine's name. `provision` then gives it certificates of this
/// store. Takes the machine's lock; throws Error{conflict} when there is a readable machine of the
/// name by now, and what the cloud and the disk throw.
void adopt(const Context& ctx, const Store& store, const Survey& survey,
           const OwnedResource& instance, const std::filesystem::path& key);

/// Takes the machine out of its tombstone, as it was. Throws as `adopt`.
void dig_out(const Store& store, const Tombstone& tombstone);

}  // namespace dmachine::machine
