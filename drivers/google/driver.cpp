// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/driver.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/google/account.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/from_options.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/options.hpp"
#include "drivers/google/placement.hpp"

namespace dmachine::google {

namespace {

std::unique_ptr<Driver> from_options(const MachineIdentity& machine, const OptionValues& values,
                                     const SwarmFacts& swarm) {
  return std::make_unique<GoogleDriver>(state_from_options(machine, values, swarm));
}

std::unique_ptr<Driver> from_json(const Json& object) {
  return std::make_unique<GoogleDriver>(parse_state(object));
}

}  // namespace

const DriverType type{
    "google", options(), &from_options, &from_json, &GoogleDriver::states, "Google Compute Engine"};

GoogleDriver::GoogleDriver(StoredState state, Services services)
    : state_(std::move(state)), services_(std::move(services)) {}

Client& GoogleDriver::client(const Context& ctx) {
  if (!access_) {
    access_ = services_.access(ctx, services_, credentials_given());
  }
  return access_->client();
}

Secret GoogleDriver::credentials_given() const {
  // As in rancher's fork: the variable of the day goes before what a store of last year holds.
  const auto current = find_env("GOOGLE_AUTH_ENCODED_JSON");
  return current ? Secret(*current) : state_.auth;
}

std::unique_ptr<Account> GoogleDriver::account() const {
  return std::make_unique<ProjectAccount>(state_.project, credentials_given(), services_);
}

std::string GoogleDriver::user() const {
  return state_.base.ssh_user.empty() ? "docker-user" : state_.base.ssh_user;
}

const std::string& GoogleDriver::address_of(const Instance& instance) const {
  return state_.use_internal_ip ? instance.internal_ip : instance.external_ip;
}

std::optional<Instance> GoogleDriver::find_instance(const Context& ctx) {
  if (place().zone.empty() && !locate(ctx)) {
    return std::nullopt;
  }
  try {
    const auto found = client(ctx).find_instance(ctx, place(), name());
    return found ? std::optional(parse_instance(*found)) : std::nullopt;
  } catch (const ApiError& error) {
    if (error.status() == 400 && !is_name(name())) {
      return std::nullopt;  // an old store's name that no instance can ever have had
    }
    throw;
  }
}

bool GoogleDriver::has_disk(const Context& ctx) {
  const std::string disk = boot_disk_name(state_);
  if (place().zone.empty()) {
    return locate_disk(ctx);
  }
  try {
    return client(ctx).find_disk(ctx, place(), disk).has_value();
  } catch (const ApiError& error) {
    if (error.status() == 400 && !is_name(disk)) {
      return false;
    }
    throw;
  }
}

Operation GoogleDriver::wait(const Context& ctx, Operation operation) {
  return wait_until_done(ctx, client(ctx), std::move(operation), state_.backoff);
}

State GoogleDriver::state(const Context& ctx) {
  const auto instance = find_instance(ctx);
  if (instance) {
    return state_of(instance->status);
  }
  return has_disk(ctx) ? State::stopped : State::none;
}

std::string GoogleDriver::address(const Context& ctx) {
  std::string& known = state_.base.ip_address;
  std::optional<Json> reply;
  try {
    // Who has an answer at hand does not sit out an outage for minutes.
    const Context patient = known.empty() ? ctx : ctx.within(std::chrono::seconds(15));
    if (!place().zone.empty() || locate(patient)) {
      reply = client(ctx).find_instance(patient, place(), name());
    }
  } catch (const Error& error) {
    ctx.check();
    if (known.empty()) {
      const auto* api = dynamic_cast<const ApiError*>(&error);
      throw Error(error.code(), api != nullptr ? api->message() : error.what(), error.hint());
    }
    log::debug("asking for the address: {}", error.what());
    return known;
  }
  if (!reply) {
    throw Error(Errc::not_found, fmt::format("The resource '{}/instances/{}' was not found",
                                             place().path(), name()));
  }
  known = address_of(parse_instance(*reply));
  if (known.empty()) {
    throw Error(Errc::unavailable, "Host is not running");
  }
  return known;
}

std::optional<std::string> GoogleDriver::stored_address() const {
  return state_.base.ip_address.empty() ? std::nullopt : std::optional(state_.base.ip_address);
}

void GoogleDriver::act(const Context& ctx, const std::string& action, const std::string& verb) {
  const auto operation = client(ctx).act(ctx, found_place(ctx), name(), action);
  log::info("({}) Waiting for instance to {}.", name(), verb);
  wait(ctx, operation);
}

void GoogleDriver::start(const Context& ctx) {
  const auto instance = find_instance(ctx);
  if (!instance) {
    if (is_placed_by_cloud(state_)) {
      // A new one might come into another zone, without the disk.
      throw Error(Errc::not_found,
                  fmt::format("instance {} is gone, and where the cloud picks the zone none is "
                              "made in its place",
                              go_quote(name())),
                  "remove the machine and create it again");
    }
    // As the reference does: a new instance on the old disk.
    recreate(ctx);
    return;
  }
  act(ctx, instance->status == "SUSPENDED" ? "resume" : "start", "start");
  address(ctx);
}

void GoogleDriver::stop(const Context& ctx) {
  act(ctx, "stop", "stop");
  state_.base.ip_address.clear();
}

void GoogleDriver::restart(const Context& ctx) {
  const auto instance = find_instance(ctx);
  if (!instance || instance->status != "RUNNING") {
    return start(ctx);
  }
  // The reference stops and starts: then an ephemeral address changes, and the engine's certificate
  // no longer fits.
  act(ctx, "reset", "restart");
  address(ctx);
}

ssh::Endpoint GoogleDriver::endpoint(const std::string& address) const {
  return {address, state_.base.ssh_port == 0 ? 22 : state_.base.ssh_port, user(),
          key_path_or_default(state_.base)};
}

}  // namespace dmachine::google
