// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/account.hpp"
#include "drivers/amazonec2/access.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/state.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace dmachine::amazonec2 {

/// "region eu-west-1, access key AKIA…, endpoint https://…/": a key that was given by itself stands
/// there, as it may be another account's, and an endpoint that is not Amazon's own.
std::string account_name(const StoredState& state);

/// One region of an account of AWS.
class Ec2Account final : public Account {
 public:
  /// `state`: of any machine in it; its place, keys and ways to log in are used.
  Ec2Account(StoredState state, Services services);

  std::string name() const override { return name_; }
  /// Six lists, each of what carries the store's tag. What goes with its instance
  /// (volumes, interfaces, a one-time spot request) is not listed beside it. Where AWS knows the
  /// machine's own key no more, keys at hand (environment, profile, role) take its place if they
  /// are of the same account.
  std::vector<OwnedResource> owned(const Context& ctx) override;
  Erasure erase(const Context& ctx, const OwnedResource& resource) override;
  Json adopt(const Context& ctx, const OwnedResource& instance, const BaseState& base) override;

 private:
  Client& client();
  std::vector<OwnedResource> list(const Context& ctx);
  void take_keys_at_hand(const Context& ctx, const ApiError& refusal);
  OwnedResource resource(ResourceKind kind, const std::string& id, const std::string& zone,
                         const std::string& created, const Tags& tags) const;

  std::optional<Erasure> look_again(const Context& ctx, const OwnedResource& resource);
  void erase_kind(const Context& ctx, const OwnedResource& one);
  void terminate(const Context& ctx, const OwnedResource& resource);
  void delete_group(const Context& ctx, const OwnedResource& resource);
  bool is_group_in_use(const Context& ctx, const std::string& id);

  StoredState state_;
  std::string name_;
  Services services_;
  std::mutex mutex_;  // of access_
  std::shared_ptr<Access> access_;
};

}  // namespace dmachine::amazonec2
