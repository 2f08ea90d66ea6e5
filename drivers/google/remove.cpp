// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Undoing a create, whole or cut short at any point, by names alone.
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"
#include "drivers/google/rancher_rules.hpp"
#include "drivers/in_flight.hpp"
#include "ssh/key_pair.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

constexpr std::string_view no_instance =
    "Remote instance does not exist, proceeding with removing local reference";

/// Runs `work`; false when the API says that what it is about is not there.
template <typename Work>
bool unless_gone(Work&& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) {
      throw;
    }
    return false;
  }
}

}  // namespace

void GoogleDriver::remove(const Context& ctx) {
  const bool adoption_failed = state_.pending && state_.use_existing;
  const bool nothing_sent = state_.pending && state_.pending->request_id.empty();
  if (adoption_failed || nothing_sent) {
    // What has our name is somebody else's.
    log::debug("no instance was made for {}", name());
  } else if (!state_.pending || owns_pending_instance(ctx)) {
    delete_instance(ctx);
    delete_disk(ctx);
  } else if (!state_.pending->disk_was_there) {
    log::warn("({}) {}", name(), no_instance);
    delete_disk(ctx);
  }
  if (!state_.skip_firewall) {
    remove_rancher_rules(ctx, client(ctx), state_);
  }
  state_.base.ip_address.clear();
}

/// After a create that did not come to its end: whether there is an instance of its making, now or
/// in a moment.
bool GoogleDriver::owns_pending_instance(const Context& ctx) {
  const auto instance = find_pending_instance(ctx);
  if (!instance) {
    return false;
  }
  if (!has_our_key(*instance)) {
    log::warn("({}) The instance of this name was not made by this machine's create, so it stays",
              name());
    state_.pending->disk_was_there = true;
    return false;
  }
  return true;
}

std::optional<Instance> GoogleDriver::find_pending_instance(const Context& ctx) {
  auto instance = find_instance(ctx);
  const PendingCreate& pending = *state_.pending;
  if (instance) {
    return instance;
  }
  if (!is_placed_by_cloud(state_) && !state_.base.owner.empty() && locate(ctx)) {
    return find_instance(ctx);  // the store is older than the last attempt
  }
  if (!pending.operation.empty()) {
    // Accepted, but not to be seen (yet): the operation's end tells.
    try {
      const auto scope =
          state_.bulk_insert ? region_path(state_.project, state_.region) : place().path();
      unless_gone([&] { wait(ctx, {scope, pending.operation, "", {}}); });
    } catch (const OperationError& error) {
      log::debug("{}", error.what());
    }
    return find_instance(ctx);
  }
  // Sent, and never answered: the request may still be on its way.
  const auto end =
      Clock::now() + left_in_flight(pending.sent_at, services_.now(), services_.in_flight);
  for (unsigned attempt = 0; !instance && Clock::now() < end; ++attempt) {
    ctx.sleep(services_.in_flight_poll.delay(attempt, random_fraction()));
    instance = find_instance(ctx);
  }
  return instance;
}

bool GoogleDriver::has_our_key(const Instance& instance) const {
  std::string key = public_key_;
  try {
    if (key.empty()) {
      key = ssh::public_key_line(key_path_or_default(state_.base));
    }
  } catch (const Error& error) {
    if (!state_.pending || state_.pending->operation.empty()) {
      throw Error(Errc::invalid, fmt::format("cannot tell whether instance {} is ours: {}",
                                             go_quote(name()), error.what()));
    }
    return true;  // our insert was accepted
  }
  return instance.metadata(ssh_keys).find(std::string(trim(key))) != std::string::npos;
}

void GoogleDriver::delete_instance(const Context& ctx) {
  log::info("({}) Deleting instance.", name());
  const auto remove_it = [&] {
    try {
      const auto operation = client(ctx).delete_instance(ctx, place(), name());
      log::info("({}) Waiting for instance to delete.", name());
      wait(ctx, operation);
    } catch (const ApiError& error) {
      if (error.status() == 400 && !is_name(name())) {
        throw Error(Errc::not_found, error.what());  // no instance can ever have had this name
      }
      throw;
    }
  };
  const bool is_known = !place().zone.empty() || locate(ctx);
  if (is_known && unless_gone(remove_it)) {
    return;
  }
  // Not where the store says: in another zone perhaps, with the labels that its create gave it.
  const bool may_be_elsewhere = is_known && !state_.base.owner.empty();
  if (!may_be_elsewhere || !locate(ctx) || !unless_gone(remove_it)) {
    log::warn("({}) {}", name(), no_instance);
  }
}

void GoogleDriver::delete_disk(const Context& ctx) {
  // Deleted with the instance as a rule (autoDelete). A look-up that fails is no answer.
  if (!has_disk(ctx)) {
    return;
  }
  log::info("({}) Deleting disk.", name());
  const auto remove_it = [&] {
    const auto operation = client(ctx).delete_disk(ctx, place(), boot_disk_name(state_));
    log::info("({}) Waiting for disk to delete.", name());
    wait(ctx, operation);
  };
  if (!unless_gone(remove_it)) {
    log::warn("({}) Remote disk does not exist, proceeding", name());
  }
}

}  // namespace dmachine::google
