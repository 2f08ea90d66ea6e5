// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/account.hpp"
#include "drivers/azure/access.hpp"
#include "drivers/azure/state.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dmachine::azure {

/// A subscription, as far as one machine's credentials reach.
class AzureAccount final : public Account {
 public:
  /// `state`: who we are; what it says of a machine counts for nothing.
  AzureAccount(StoredState state, Services services);

  std::string name() const override;
  /// One list of what has our tag, which Azure filters but shows without the tags, then one of each
  /// resource group where there was something. Resource groups themselves are not among it: they
  /// cost nothing, and Azure deletes them with whatever was put into them a moment ago.
  std::vector<OwnedResource> owned(const Context& ctx) override;
  Erasure erase(const Context& ctx, const OwnedResource& resource) override;
  Json adopt(const Context& ctx, const OwnedResource& instance, const BaseState& base) override;

 private:
  Client& client();

  StoredState state_;
  Services services_;
  std::mutex mutex_;
  std::shared_ptr<Access> access_;
};

/// What of a resource group's list is ours: what has our tags, and OS disks without, beside
/// resources that were made for their machine. Pure.
std::vector<OwnedResource> parse_owned(const Json& resources, const std::string& group);

/// The state of a machine from its virtual machine and what belongs to it, over `base`, which has
/// the account. Any of the last three may be absent. Pure.
StoredState adopted_state(StoredState base, const Json& virtual_machine, const Json& interface,
                          const Json& security_group);

}  // namespace dmachine::azure
