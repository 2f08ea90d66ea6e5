// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Undoing a create, whole or cut short at any point.
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/driver.hpp"
#include "drivers/amazonec2/tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace dmachine::amazonec2 {

namespace {

/// Runs `work`; false when EC2 says that what it is about is not there.
template <typename Work>
bool unless_gone(Work&& work) {
  try {
    work();
    return true;
  } catch (const ApiError& error) {
    if (error.code() != Errc::not_found) {
      throw;
    }
    return false;
  }
}

}  // namespace

Duration Amazonec2Driver::left_in_flight() const {
  if (!state_.pending || state_.pending->sent_at == 0) {
    return Duration::zero();
  }
  const auto since_sent = services_.now() - cloud::WallClock::from_time_t(state_.pending->sent_at);
  const auto left = services_.in_flight - std::chrono::duration_cast<Duration>(since_sent);
  return std::clamp(left, Duration::zero(), services_.in_flight);
}

std::optional<Instance> Amazonec2Driver::find_by_token(const Context& ctx) {
  // EC2 remembers a token longer than it shows a terminated instance.
  auto found = client(ctx).instances(ctx, {{"client-token", {state_.pending->client_token}}});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

/// After a create whose RunInstances was never answered: what it launched, now or in a moment.
void Amazonec2Driver::adopt_pending(const Context& ctx) {
  if (!state_.instance_id.empty() || !state_.pending || state_.pending->sent_at == 0) {
    return;
  }
  auto instance = find_by_token(ctx);
  const auto end = Clock::now() + left_in_flight();
  for (unsigned attempt = 0; !instance && Clock::now() < end; ++attempt) {
    ctx.sleep(services_.settling.delay(attempt, random_fraction()));
    instance = find_by_token(ctx);
  }
  if (instance) {
    state_.instance_id = instance->id;
    state_.spot_request_id = instance->spot_request_id;
  }
}

void Amazonec2Driver::terminate(const Context& ctx) {
  if (state_.instance_id.empty()) {
    log::warn("({}) Missing instance ID, this is likely due to a failure during machine creation",
              name());
    return;
  }
  const auto end = Clock::now() + left_in_flight();
  for (unsigned attempt = 0; !unless_gone([&] { client(ctx).terminate(ctx, state_.instance_id); });
       ++attempt) {
    // An id that is a moment old is not known everywhere.
    if (Clock::now() >= end) {
      log::warn("({}) Remote instance does not exist, proceeding with removing local reference",
                name());
      break;
    }
    ctx.sleep(services_.settling.delay(attempt, random_fraction()));
  }
}

void Amazonec2Driver::cancel_spot_request(const Context& ctx) {
  if (!state_.spot_request_id.empty()) {
    unless_gone([&] { client(ctx).cancel_spot_request(ctx, state_.spot_request_id); });
  }
}

void Amazonec2Driver::delete_key_pair(const Context& ctx) {
  if (state_.existing_key) {
    return;
  }
  if (state_.key_name.empty()) {
    log::warn("({}) Missing key pair name, this is likely due to a failure during machine creation",
              name());
    return;
  }
  unless_gone([&] { client(ctx).delete_key_pair(ctx, state_.key_name); });
}

void Amazonec2Driver::delete_group(const Context& ctx, const std::string& id, bool had_instance) {
  const auto is_gone = [&]() -> std::optional<bool> {
    try {
      unless_gone([&] { client(ctx).delete_group(ctx, id); });
      return true;
    } catch (const ApiError& error) {
      if (error.api_code() != "DependencyViolation" && error.api_code() != "InvalidGroup.InUse") {
        throw;
      }
      // In use by our instance until that has ended, or by somebody else's.
      return had_instance ? std::nullopt : std::optional(false);
    }
  };
  try {
    if (!poll(ctx.within(services_.settles_within), "the instance to leave its security group",
              services_.starting, is_gone)) {
      log::debug("({}) security group {} is in use and stays", name(), id);
    }
  } catch (const Error& error) {
    ctx.check();
    if (error.code() != Errc::timeout) {
      throw;
    }
    log::warn("({}) The security group {} is in use and stays", name(), id);
  }
}

/// Groups that a create made which did not come to its end. Those of a machine that was finished
/// stay, as in the reference: other machines may count on them by now.
void Amazonec2Driver::delete_groups(const Context& ctx, bool had_instance) {
  if (!state_.pending) {
    return;
  }
  auto ids = state_.pending->made_groups;
  if (!state_.pending->group_names_sent.empty() && !state_.vpc_id.empty()) {
    const auto found = client(ctx).groups(
        ctx, {{"group-name", state_.pending->group_names_sent}, {"vpc-id", {state_.vpc_id}}});
    for (const auto& group : found) {
      if (is_ours(group.tags, state_) && std::ranges::find(ids, group.id) == ids.end()) {
        ids.push_back(group.id);
      }
    }
  }
  for (const auto& id : ids) {
    delete_group(ctx, id, had_instance);
  }
}

void Amazonec2Driver::remove(const Context& ctx) {
  client(ctx);  // found before the tasks below share it
  just_seen_.reset();
  adopt_pending(ctx);
  const bool had_instance = !state_.instance_id.empty();
  // Each is tried, whatever becomes of the others.
  const std::vector<std::function<void()>> tasks{
      [&] { terminate(ctx); },
      [&] { cancel_spot_request(ctx); },
      [&] { delete_key_pair(ctx); },
  };
  const auto failures =
      parallel_map(tasks, services_.threads, [](const auto& task) -> std::optional<Error> {
        try {
          task();
          return std::nullopt;
        } catch (const Error& error) {
          return error;
        }
      });
  std::string told;
  Errc code = Errc::internal;
  std::string hint;
  for (const auto& failure : failures) {
    if (failure) {
      code = told.empty() ? failure->code() : code;
      hint = told.empty() ? failure->hint() : hint;
      told += (told.empty() ? "" : "\n") + std::string(failure->what());
    }
  }
  if (!told.empty()) {
    // Not as "not there": something may be left.
    throw Error(code == Errc::not_found ? Errc::unavailable : code,
                failures.front() ? "unable to terminate instance: " + told : told, hint);
  }
  delete_groups(ctx, had_instance);
  state_.instance_id.clear();
  state_.spot_request_id.clear();
  state_.base.ip_address.clear();
  if (!state_.existing_key) {
    state_.key_name.clear();
  }
  if (state_.pending) {
    state_.pending = PendingCreate{state_.pending->client_token, 0, {}, {}};
  }
}

}  // namespace dmachine::amazonec2
