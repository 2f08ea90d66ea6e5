// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/boot_material.hpp"
#include "drivers/driver.hpp"
#include "drivers/google/access.hpp"
#include "drivers/google/instance.hpp"
#include "drivers/google/state.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Instances of Google's Compute Engine.
namespace dmachine::google {

extern const DriverType type;

/// The verbs are spread over precheck.cpp, create.cpp, remove.cpp and, for a machine that is there,
/// driver.cpp; listings are in states.cpp.
class GoogleDriver final : public Driver, public TakesBootMaterial {
 public:
  explicit GoogleDriver(StoredState state, Services services = {});

  void precheck(const Context& ctx) override;
  void create(const Context& ctx, const Checkpoint& checkpoint) override;
  void remove(const Context& ctx) override;
  State state(const Context& ctx) override;
  std::string address(const Context& ctx) override;
  std::optional<std::string> stored_address() const override;
  void start(const Context& ctx) override;
  void stop(const Context& ctx) override;
  void kill(const Context& ctx) override { stop(ctx); }
  void restart(const Context& ctx) override;
  void update_labels(const Context& ctx, const std::map<std::string, std::string>& labels) override;
  ssh::Endpoint endpoint(const std::string& address) const override;
  Json to_json() const override { return google::to_json(state_); }
  void set_owner(const Owner& owner) override { state_.base.owner = owner; }
  std::unique_ptr<Account> account() const override;
  std::string placement() const override;
  std::vector<Finding> examine(const Context& ctx) override;
  std::vector<std::string> plan() const override;
  bool provisions_itself() const override { return state_.cos_tls_via_metadata; }
  void hand_over(const Context& ctx, const BootMaterial& material) override;
  void take_back(const Context& ctx) override;

  /// DriverType::states: a list of each zone, by all machines of one account on one connection.
  static std::vector<StateAnswer> states(const Context& ctx, std::span<Driver* const> drivers);

 private:
  class Group;

  Client& client(const Context& ctx);
  Secret credentials_given() const;
  StateAnswer answer_alone(const Context& ctx);
  StateAnswer answer_of(const std::optional<Instance>& instance) const;
  const std::string& name() const { return state_.base.machine_name; }
  std::string user() const;
  /// Its zone is empty while nobody knows where the cloud has put the instance.
  Place place() const;
  /// As place(), after a search if need be. Throws Error{not_found} when there is no instance.
  Place found_place(const Context& ctx);
  bool locate(const Context& ctx);
  bool locate_disk(const Context& ctx);
  bool is_ours(const Json& resource) const;
  void take_place(const Json& instance);
  /// The address that people and we use: by the options, internal or external.
  const std::string& address_of(const Instance& instance) const;
  /// Nothing when the API says that there is none, or that our name can be none.
  std::optional<Instance> find_instance(const Context& ctx);
  bool has_disk(const Context& ctx);
  Operation wait(const Context& ctx, Operation operation);
  void act(const Context& ctx, const std::string& action, const std::string& verb);

  void check_names() const;
  void read_user_files();
  void check_project(const Context& ctx, bool instance_is_readable,
                     const std::function<Json()>& read_project);

  struct Prepared;
  enum class Prepare { all, without_firewall, without_zone };
  Prepared prepare(const Context& ctx, Prepare what);
  std::string static_ip(const Context& ctx);
  void open_firewall(const Context& ctx);
  void create_where_there_is_room(const Context& ctx, const Checkpoint& checkpoint);
  void create_in_bulk(const Context& ctx, const Checkpoint& checkpoint);
  void insert_in_bulk(const Context& ctx, const StoredState& wanted, const Checkpoint& checkpoint);
  void undo_attempt(const Context& ctx, const Checkpoint& checkpoint);
  void insert(const Context& ctx, const Prepared& prepared, const Checkpoint& checkpoint);
  using Send = std::function<Operation(const std::string& request_id, const Client::BeforeSend&)>;
  Operation send_insert(const Context& ctx, bool disk_is_foreign, const Checkpoint& checkpoint,
                        const Send& send);
  void save_quietly() const;
  void recreate(const Context& ctx);
  void adopt(const Context& ctx);
  void add_tag(const Context& ctx);
  void merge_labels(const Context& ctx, const std::map<std::string, std::string>& labels);
  void add_key(const Context& ctx);
  void change_metadata(const Context& ctx, const std::function<Json(Json)>& change);

  std::vector<std::string> zones_to_try() const;
  std::optional<std::string> zone_with_instance(const Context& ctx);

  bool owns_pending_instance(const Context& ctx);
  bool has_our_key(const Instance& instance) const;
  std::optional<Instance> find_pending_instance(const Context& ctx);
  void delete_instance(const Context& ctx);
  void delete_disk(const Context& ctx);

  StoredState state_;
  Services services_;
  std::shared_ptr<Access> access_;
  std::string public_key_;  // once create has it
};

}  // namespace dmachine::google
