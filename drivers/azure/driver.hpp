// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/azure/access.hpp"
#include "drivers/azure/state.hpp"
#include "drivers/azure/survey.hpp"
#include "drivers/capacity.hpp"
#include "drivers/driver.hpp"

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

/// Virtual machines of Microsoft Azure.
namespace dmachine::azure {

extern const DriverType type;

/// The verbs are spread over precheck.cpp, examine.cpp, plan.cpp, create.cpp, candidates.cpp,
/// remove.cpp and, for a machine that is there, driver.cpp.
class AzureDriver final : public Driver {
 public:
  explicit AzureDriver(StoredState state, Services services = {});

  void precheck(const Context& ctx) override;
  void create(const Context& ctx, const Checkpoint& checkpoint) override;
  void remove(const Context& ctx) override;
  State state(const Context& ctx) override;
  std::string address(const Context& ctx) override;
  std::optional<std::string> stored_address() const override;
  void start(const Context& ctx) override;
  void stop(const Context& ctx) override;
  void kill(const Context& ctx) override;
  void restart(const Context& ctx) override;
  std::string engine_url(const std::string& address) const override;
  ssh::Endpoint endpoint(const std::string& address) const override;
  Json to_json() const override { return azure::to_json(state_); }
  std::unique_ptr<Account> account() const override;
  std::vector<Finding> examine(const Context& ctx) override;
  std::vector<std::string> plan() const override;
  std::string placement() const override;
  void set_owner(const Owner& owner) override { state_.base.owner = owner; }

  /// See DriverType::states. All of `machines` are AzureDrivers.
  static std::vector<StateAnswer> states(const Context& ctx, std::span<Driver* const> machines);

 private:
  Client& client();
  const std::string& name() const { return state_.base.machine_name; }
  Scope scope() const { return {state_.subscription_id, state_.resource_group}; }
  Target virtual_machine() const { return scope().virtual_machine(name()); }
  void refuse_legacy() const;
  void examine_cloud(const Context& ctx, std::vector<Finding>& findings);
  void examine_offer(std::vector<Finding>& findings, const std::optional<Json>& skus,
                     const std::optional<Json>& compute_usages) const;
  void act_on_machine(const Context& ctx, const std::string& action);
  std::string ask_address(const Context& ctx);
  std::string address_in(const Json& resource) const;
  /// Nothing for a machine that the cloud does not know.
  StateAnswer answer_from(const Json* view) const;

  void check_name() const;
  std::string read_custom_data() const;

  struct Parts;
  void build(const Context& ctx, const Checkpoint& checkpoint, const std::string& custom_data);
  void begin(const std::set<std::string>& parts, const Checkpoint& checkpoint);
  void make_surroundings(const Context& ctx, const Survey& survey, Parts& parts);
  void make_public_ip(const Context& ctx, Parts& parts);
  Json make_interface(const Context& ctx, Parts& parts);
  std::vector<Candidate> candidates() const;
  void take(const Candidate& candidate);
  void try_sizes(const Context& ctx, const Checkpoint& checkpoint, Parts& parts,
                 const std::string& custom_data);
  void clear_for_next(const Context& ctx, const Checkpoint& checkpoint, Parts& parts);
  void make_virtual_machine(const Context& ctx, const Parts& parts, const std::string& custom_data);
  void roll_back(const Context& ctx);

  struct Removal;
  void remove_own(const Context& ctx, Removal& removal);
  void remove_shared(const Context& ctx);
  bool remove_interrupted(const Context& ctx, Removal& removal);
  bool has_come_late(const Context& ctx, const PendingCreate& pending,
                     const std::set<std::string>& deleted);

  StoredState state_;
  Services services_;
  std::shared_ptr<Access> access_;
  std::optional<Survey> survey_;  // of precheck, for the create that follows
};

}  // namespace dmachine::azure
