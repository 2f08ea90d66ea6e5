// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/account.hpp"
#include "drivers/google/access.hpp"
#include "drivers/google/state.hpp"

#include <memory>
#include <mutex>

namespace dmachine::google {

/// A project. Firewall rules cost nothing and serve all machines of a network, so only instances
/// and disks are looked for.
class ProjectAccount final : public Account {
 public:
  /// `auth`: --google-auth-encoded-json; empty means the default search.
  ProjectAccount(std::string project, Secret auth, Services services);

  std::string name() const override;
  std::vector<OwnedResource> owned(const Context& ctx) override;
  Erasure erase(const Context& ctx, const OwnedResource& resource) override;
  Json adopt(const Context& ctx, const OwnedResource& instance, const BaseState& base) override;

 private:
  Client& client(const Context& ctx);

  std::string project_;
  Secret auth_;
  Services services_;
  std::mutex mutex_;
  std::shared_ptr<Access> access_;
};

/// The Driver object of an instance, as the API describes it. `base` has its name, key and owner.
/// Throws Error{invalid} when the instance does not let that key in. Pure but for reading the key.
StoredState state_from_instance(const Json& instance, const std::string& project, BaseState base);

}  // namespace dmachine::google
