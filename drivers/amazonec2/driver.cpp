// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/driver.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/account.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/from_options.hpp"
#include "drivers/amazonec2/options.hpp"
#include "drivers/cannot_stop.hpp"

namespace dmachine::amazonec2 {

namespace {

std::unique_ptr<Driver> from_options(const MachineIdentity& machine, const OptionValues& values,
                                     const SwarmFacts& swarm) {
  return std::make_unique<Amazonec2Driver>(state_from_options(machine, values, swarm));
}

std::unique_ptr<Driver> from_json(const Json& object) {
  return std::make_unique<Amazonec2Driver>(parse_state(object));
}

std::vector<StateAnswer> states(const Context& ctx, std::span<Driver* const> machines) {
  return states_of(ctx, machines, Services{});
}

}  // namespace

const DriverType type{"amazonec2", options(), &from_options, &from_json, &states, "Amazon EC2"};

Amazonec2Driver::Amazonec2Driver(StoredState state, Services services)
    : state_(std::move(state)), services_(std::move(services)) {}

Client& Amazonec2Driver::client(const Context& /*ctx*/) {
  if (!access_) {
    access_ = services_.access(services_, access_key(state_, services_));
  }
  return access_->client();
}

std::unique_ptr<Account> Amazonec2Driver::account() const {
  return std::make_unique<Ec2Account>(state_, services_);
}

const std::string& Amazonec2Driver::address_of(const Instance& instance) const {
  if (state_.ipv6_address_only) {
    return instance.ipv6;
  }
  return state_.private_ip_only || state_.use_private_ip ? instance.private_ip : instance.public_ip;
}

/// No call ever goes out with an empty id: EC2 would answer for all instances of the account.
const std::string& Amazonec2Driver::instance_id(const Context& ctx) {
  if (state_.instance_id.empty() && state_.pending && state_.pending->sent_at != 0) {
    if (const auto found = find_by_token(ctx)) {
      state_.instance_id = found->id;
    }
  }
  if (state_.instance_id.empty()) {
    throw Error(Errc::not_found,
                "Missing instance ID, this is likely due to a failure during machine creation");
  }
  return state_.instance_id;
}

bool Amazonec2Driver::was_just_made() const {
  return made_at_ && services_.now() - *made_at_ < services_.settles_within;
}

std::optional<Instance> Amazonec2Driver::find_instance(const Context& ctx) {
  try {
    auto found = client(ctx).instances_by_id(ctx, {instance_id(ctx)});
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
  } catch (const ApiError& error) {
    if (error.api_code() != "InvalidInstanceID.NotFound") {
      throw;
    }
    return std::nullopt;
  }
}

State Amazonec2Driver::state(const Context& ctx) {
  if (const auto seen = std::exchange(just_seen_, std::nullopt)) {
    return state_of(*seen);
  }
  const auto instance = find_instance(ctx);
  if (!instance) {
    // What was made a moment ago is not known everywhere at once.
    return was_just_made() ? State::starting : State::none;
  }
  if (instance->has_gone() && !instance->reason().empty()) {
    log::debug("({}) {}", name(), instance->reason());
  }
  return state_of(*instance);
}

void Amazonec2Driver::keep_address(const Instance& instance) {
  state_.base.ip_address = address_of(instance);
  if (!instance.private_ip.empty()) {
    state_.private_ip_address = instance.private_ip;
  }
  if (!instance.spot_request_id.empty()) {
    state_.spot_request_id = instance.spot_request_id;
  }
}

std::string Amazonec2Driver::address(const Context& ctx) {
  std::optional<Instance> instance;
  const std::string known = state_.base.ip_address;
  try {
    // Who has an answer at hand does not sit out an outage for minutes.
    instance = find_instance(known.empty() ? ctx : ctx.within(std::chrono::seconds(15)));
  } catch (const Error& error) {
    ctx.check();
    if (known.empty() || state_.instance_id.empty()) {
      throw;
    }
    log::debug("asking for the address: {}", error.what());
    return known;
  }
  if (!instance) {
    throw Error(Errc::not_found, fmt::format("instance {} does not exist", state_.instance_id));
  }
  if (instance->has_ended()) {
    state_.base.ip_address.clear();
    throw Error(Errc::unavailable, "Host is not running");
  }
  keep_address(*instance);
  if (state_.base.ip_address.empty()) {
    throw Error(Errc::unavailable,
                fmt::format("No {} for instance {}",
                            state_.ipv6_address_only                          ? "IPv6 address"
                            : state_.private_ip_only || state_.use_private_ip ? "private IP"
                                                                              : "IP",
                            instance->id));
  }
  return state_.base.ip_address;
}

std::optional<std::string> Amazonec2Driver::stored_address() const {
  return state_.base.ip_address.empty() ? std::nullopt : std::optional(state_.base.ip_address);
}

/// Until it runs and can be reached. Fails at once when it has ended by itself: a volume that
/// cannot be decrypted, a spot instance that was taken back.
Instance Amazonec2Driver::wait_until_reachable(const Context& ctx) {
  constexpr int most_without_address = 12;
  int without_address = 0;
  const bool was_stopped = !made_at_;
  bool has_begun = false;
  return poll(
      ctx.within(services_.starts_within), fmt::format("instance {} to run", instance_id(ctx)),
      services_.starting, [&]() -> std::optional<Instance> {
        auto instance = find_instance(ctx);
        if (!instance && !was_just_made()) {
          throw Error(Errc::not_found,
                      fmt::format("instance {} does not exist", state_.instance_id));
        }
        if (!instance) {
          return std::nullopt;
        }
        const bool not_begun = was_stopped && !has_begun && instance->state == "stopped";
        has_begun = has_begun || instance->state == "pending";
        if (instance->has_ended() && !not_begun) {
          throw Error(
              instance->has_lost_capacity() ? Errc::capacity : Errc::unavailable,
              fmt::format("instance {} is {}: {}", instance->id, instance->state,
                          instance->reason().empty() ? "EC2 gives no reason" : instance->reason()));
        }
        if (instance->state != "running") {
          return std::nullopt;
        }
        if (address_of(*instance).empty() && ++without_address >= most_without_address) {
          throw Error(Errc::unavailable,
                      fmt::format("No {}IP for instance {}",
                                  state_.private_ip_only || state_.use_private_ip ? "private " : "",
                                  instance->id));
        }
        return address_of(*instance).empty() ? std::nullopt : instance;
      });
}

void Amazonec2Driver::start(const Context& ctx) {
  client(ctx).start(ctx, instance_id(ctx));
  keep_address(wait_until_reachable(ctx));
}

void Amazonec2Driver::halt(const Context& ctx, bool force) {
  try {
    client(ctx).stop(ctx, instance_id(ctx), force);
  } catch (const ApiError& error) {
    const bool is_ban =
        error.api_code() == "UnsupportedOperation" || error.api_code() == "OperationNotPermitted";
    if (!state_.request_spot || !is_ban) {
      throw;
    }
    throw CannotStop(fmt::format(
        "({}) A one-time spot instance cannot be stopped: it runs until it is removed", name()));
  }
  // The public address is another one after the next start.
  state_.base.ip_address.clear();
}

void Amazonec2Driver::restart(const Context& ctx) {
  const auto instance = find_instance(ctx);
  if (!instance || instance->state != "running") {
    return start(ctx);
  }
  client(ctx).reboot(ctx, instance->id);
  keep_address(*instance);
}

ssh::Endpoint Amazonec2Driver::endpoint(const std::string& address) const {
  return {address, state_.base.ssh_port == 0 ? 22 : state_.base.ssh_port,
          state_.base.ssh_user.empty() ? "ubuntu" : state_.base.ssh_user,
          key_path_or_default(state_.base)};
}

}  // namespace dmachine::amazonec2
