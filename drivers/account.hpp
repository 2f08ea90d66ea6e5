// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/json.hpp"
#include "drivers/owner.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine {

struct BaseState;

/// What a resource is, in the order in which such things can be deleted: nothing is held by what
/// stands behind it.
enum class ResourceKind {
  spot_request,
  instance,
  network_interface,
  disk,
  public_ip,
  key_pair,
  security_group,
  availability_set,
  network,
};
/// "spot request", "instance", "network interface", …
std::string_view to_string(ResourceKind kind);

/// What a forgotten resource costs, roughly: the cost class that `gc` prints.
enum class Cost { nothing, storage, address, computing };
std::string_view to_string(Cost cost);

/// A resource in the cloud that says (by its labels, or by a name that belongs to such a resource)
/// that dmachine made it.
struct OwnedResource {
  ResourceKind kind = ResourceKind::instance;
  std::string id;       // what the cloud calls it: unique in its place and kind
  std::string place;    // zone, region, or resource group: what `gc` shows under WHERE
  std::string machine;  // the machine's name; empty for what several machines share
  Owner owner;
  std::optional<std::int64_t> made_at;  // seconds since 1970
  Cost cost = Cost::nothing;
  Json details = Json::object();  // the driver's own, for `erase` and `adopt`
};

/// What became of a resource that was to be erased. gone: by us, or before us.
enum class Erasure { gone, changed_hands };

/// One account of a cloud as far as one set of credentials reaches: Google's project, AWS's region
/// of an account, Azure's subscription. For what belongs to no machine that we know. Its functions
/// may be called from several threads.
class Account {
 public:
  virtual ~Account() = default;
  Account() = default;
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  /// One line for people, the same for all machines of the account: "project my-ci",
  /// "region eu-west-1, endpoint …", "subscription …". No secrets. Asks nobody.
  virtual std::string name() const = 0;

  /// All that carries our labels, of every store and machine, in as few requests as the API allows
  /// and whole: throws when a part could not be listed.
  virtual std::vector<OwnedResource> owned(const Context&) = 0;

  /// Deletes it and waits until nothing is held by it any more. "Not found" is success, and what
  /// changed hands since it was listed (other labels now) is left alone. Throws Errc::conflict when
  /// it is in use.
  virtual Erasure erase(const Context&, const OwnedResource&) = 0;

  /// The Driver object of config.json for an instance of ours that no machine accounts for, so that
  /// the machine can be used and removed again. `base` has name, store and key.
  virtual Json adopt(const Context&, const OwnedResource& instance, const BaseState& base) = 0;
};

}  // namespace dmachine
