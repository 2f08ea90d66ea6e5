// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/access.hpp"
#include "drivers/amazonec2/instance.hpp"
#include "drivers/amazonec2/state.hpp"
#include "drivers/capacity.hpp"
#include "drivers/driver.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// Instances of Amazon's EC2.
namespace dmachine::amazonec2 {

extern const DriverType type;

/// The verbs are spread over precheck.cpp, create.cpp, remove.cpp and, for a machine that is there,
/// driver.cpp; many machines at once are in states.cpp.
class Amazonec2Driver final : public Driver {
 public:
  explicit Amazonec2Driver(StoredState state, Services services = {});

  void precheck(const Context& ctx) override;
  void create(const Context& ctx, const Checkpoint& checkpoint) override;
  void remove(const Context& ctx) override;
  State state(const Context& ctx) override;
  std::string address(const Context& ctx) override;
  std::optional<std::string> stored_address() const override;
  void start(const Context& ctx) override;
  void stop(const Context& ctx) override { halt(ctx, false); }
  void kill(const Context& ctx) override { halt(ctx, true); }
  void restart(const Context& ctx) override;
  ssh::Endpoint endpoint(const std::string& address) const override;
  Json to_json() const override { return amazonec2::to_json(state_); }
  std::unique_ptr<Account> account() const override;
  std::vector<Finding> examine(const Context& ctx) override;
  std::vector<std::string> plan() const override;
  std::string placement() const override;
  void set_owner(const Owner& owner) override { state_.base.owner = owner; }

  const StoredState& stored() const { return state_; }
  /// The address that people and we use: by the options, public, private or IPv6.
  const std::string& address_of(const Instance& instance) const;

 private:
  class Examiner;
  class Notes;

  Client& client(const Context& ctx);
  const std::string& name() const { return state_.base.machine_name; }
  const std::string& instance_id(const Context& ctx);
  /// Nothing when EC2 knows no instance of our id.
  std::optional<Instance> find_instance(const Context& ctx);
  bool was_just_made() const;
  Instance wait_until_reachable(const Context& ctx);
  void keep_address(const Instance& instance);
  void halt(const Context& ctx, bool force);

  void read_user_data();
  void check_key_files();
  void check_key_pair(const Context& ctx);
  void take_subnet(const Subnet& subnet);
  void take_image(const std::optional<Image>& image);

  void launch(const Context& ctx, const Checkpoint& checkpoint);
  void make_key_pair(const Context& ctx, Notes& notes);
  void import_key_pair(const Context& ctx, const std::string& public_key);
  void make_groups(const Context& ctx, Notes& notes);
  std::optional<Instance> run(const Context& ctx, const Checkpoint& checkpoint);
  void undo(const Context& ctx);

  std::vector<Candidate> candidates() const;
  void take(const Candidate& candidate);
  void attempt(const Context& ctx, const Checkpoint& checkpoint);
  void take_back_attempt(const Context& ctx);

  std::optional<Instance> find_by_token(const Context& ctx);
  void adopt_pending(const Context& ctx);
  void adopt_by_tags(const Context& ctx);
  bool may_have_launched() const;
  Duration left_in_flight(std::int64_t sent_at) const;
  void terminate(const Context& ctx);
  void cancel_spot_request(const Context& ctx);
  void cancel_spot_requests_of_create(const Context& ctx);
  void await_key_pair(const Context& ctx);
  void delete_key_pair(const Context& ctx);
  void delete_key_pairs_of_create(const Context& ctx);
  std::vector<std::string> groups_of_create(const Context& ctx);
  void delete_groups(const Context& ctx, bool had_instance);
  void delete_group(const Context& ctx, const std::string& id, bool had_instance);

  StoredState state_;
  Services services_;
  std::shared_ptr<Access> access_;
  std::vector<Subnet> subnets_;  // to try in turn, once they are known
  std::optional<Image> image_;
  std::string user_data_;
  std::optional<cloud::WallClock::time_point> made_at_;  // in this process
  std::optional<Instance> just_seen_;  // the answer that ended create: good for one question
};

/// The `states` of the driver's type. `machines` are of this driver.
std::vector<StateAnswer> states_of(const Context& ctx, std::span<Driver* const> machines,
                                   const Services& services);

}  // namespace dmachine::amazonec2
