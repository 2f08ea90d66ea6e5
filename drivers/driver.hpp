// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/json.hpp"
#include "drivers/account.hpp"
#include "drivers/finding.hpp"
#include "drivers/option.hpp"
#include "ssh/endpoint.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine {

/// A machine's state, with the numbers that ls templates print.
enum class State { none, running, paused, saved, stopped, stopping, starting, error, timeout };

/// The word that `status` prints: "", "Running", "Paused", …
std::string_view to_string(State state);

/// Makes what the driver knows durable: a write of to_json() to the store. Throws when that fails,
/// and `Error{conflict}` when the machine's folder is gone (somebody removed it while we created).
using Checkpoint = std::function<void()>;

/// What every driver is told about the machine it is for.
struct MachineIdentity {
  std::string name;
  std::string store_path;  // STORE as given, may be relative
};

/// The swarm options that drivers keep a copy of.
struct SwarmFacts {
  bool master = false;
  std::string host;
  std::string discovery;
};

/// One machine in one cloud. Knows nothing of provisioning or of the store.
class Driver {
 public:
  virtual ~Driver() = default;
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Refuses what the cloud would refuse. Creates nothing. Throws Errc::invalid, denied, quota,
  /// conflict.
  virtual void precheck(const Context&) = 0;

  /// Makes the machine. Calls `checkpoint` with the names or tokens of what is about to exist
  /// before each request that may create it. Requests that create are not cut by a stop: they
  /// finish, are recorded, and then Cancelled is thrown.
  virtual void create(const Context&, const Checkpoint& checkpoint) = 0;

  /// Undoes any prefix of create. What is already gone is fine; what the user brought stays. Throws
  /// when something may be left.
  virtual void remove(const Context&) = 0;

  /// A refused or failed look-up throws; only the cloud's own word "not found" is State::none.
  virtual State state(const Context&) = 0;

  /// IP address or host name, asked of the cloud if need be. Throws Error{unavailable} "Host is not
  /// running" while there is none.
  virtual std::string address(const Context&) = 0;

  /// The address that the store knows, without asking anybody; nothing when it may be wrong
  /// (stopped, never started).
  virtual std::optional<std::string> stored_address() const = 0;

  /// What start and restart call before they make something anew, such as an instance that
  /// vanished. Without one they make nothing durable.
  void set_checkpoint(Checkpoint checkpoint) { checkpoint_ = std::move(checkpoint); }

  virtual void start(const Context&) = 0;
  virtual void stop(const Context&) = 0;
  virtual void kill(const Context&) = 0;
  virtual void restart(const Context& ctx) {
    stop(ctx);
    start(ctx);
  }

  /// URL of the engine at `address`: tcp://ADDRESS:2376 unless the driver has another port or
  /// scheme.
  virtual std::string engine_url(const std::string& address) const;

  /// How to log in at `address`. Throws Error{unavailable} where there is no SSH (driver none).
  virtual ssh::Endpoint endpoint(const std::string& address) const = 0;

  /// False where there is nothing to provision (driver none).
  virtual bool has_host() const { return true; }

  /// The Driver object of config.json: all keys in the reference's order, then those of the loaded
  /// object that we do not know.
  virtual Json to_json() const = 0;

  /// Whose the resources are that `create` makes; set before it. Kept with the machine.
  virtual void set_owner(const Owner&) {}

  /// Adds labels to the machine, or gives them other values; those that it has besides stay. Throws
  /// Error{invalid} for what the cloud would not take.
  virtual void update_labels(const Context&, const std::map<std::string, std::string>& labels);

  /// The account that the machine lies in. Null where there is no cloud.
  virtual std::unique_ptr<Account> account() const { return nullptr; }

  /// Looks before a create at all that it needs (credentials, each permission, quota, image and its
  /// architecture, size, network, names), by the cloud's own test calls and dry runs. Creates
  /// nothing. What goes wrong is a finding; throws Cancelled alone.
  virtual std::vector<Finding> examine(const Context&) { return {}; }

  /// What `create` would make, a line each, in order, with the candidates that it would try. Asks
  /// nobody.
  virtual std::vector<std::string> plan() const { return {}; }

  /// Where and what the machine is: "us-east1-b, n2-standard-2, spot". Empty where there is no
  /// cloud.
  virtual std::string placement() const { return {}; }

 protected:
  void checkpoint() const {
    if (checkpoint_) {
      checkpoint_();
    }
  }

 private:
  Checkpoint checkpoint_;
};

/// What a cloud says about one machine of a listing. A missing word is never "gone": State::none,
/// or State::stopped for a disk without an instance, only when the cloud itself said so.
struct StateAnswer {
  /// State::error with a text in `error` also when nobody could say.
  State state = State::none;
  /// Where the machine is now, if the same answer told it: what Driver::address would give, empty
  /// when it has none at present. Nothing when the API did not tell.
  std::optional<std::string> address{};
  /// For the column ERRORS of `ls`: why nobody could say, or the cloud's word on a machine that is
  /// gone. One line, no secrets.
  std::string error{};
};

/// What is known about a driver before any machine exists. One constant per driver, listed in
/// registry.cpp.
struct DriverType {
  std::string_view name;  // "google"
  std::span<const Option> options;
  /// Throws Error{invalid} for values that no cloud needs to be asked about; the message comes
  /// after `Error setting machine configuration from flags provided: `.
  std::unique_ptr<Driver> (*from_options)(const MachineIdentity&, const OptionValues&,
                                          const SwarmFacts&);
  /// Throws Error{invalid} in Go's words on a wrong type.
  std::unique_ptr<Driver> (*from_json)(const Json&);
  /// States of many machines of this driver in as few requests as the API allows, one answer for
  /// each in the order given. The machines may lie in several accounts, projects and places: each
  /// group is asked beside the others, and a failure (a list that is refused, a place that does not
  /// answer) is the answer of its own machines only. Throws Cancelled alone. Null: the machines are
  /// asked one by one.
  std::vector<StateAnswer> (*states)(const Context&, std::span<Driver* const>) = nullptr;
  std::string_view summary = {};  // "Google Compute Engine"
};

}  // namespace dmachine
