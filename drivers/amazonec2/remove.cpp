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
#include "drivers/in_flight.hpp"

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

/// For look-ups that find something once in a blue moon: who may not ask has to do without.
template <typename Work>
void if_allowed(const Context& ctx, Work&& work) {
  try {
    work();
  } catch (const ApiError& error) {
    ctx.check();
    if (error.api_code() != "UnauthorizedOperation") {
      throw;
    }
    log::debug("looking for what is left: {}", error.what());
  }
}

/// For what this machine's own create made.
Filters made_by(const StoredState& state) {
  Filters filters;
  for (const auto& [key, value] : owner_labels(state.base)) {
    filters.emplace_back("tag:" + key, std::vector<std::string>{value});
  }
  return filters;
}

}  // namespace

Duration Amazonec2Driver::left_in_flight(std::int64_t sent_at) const {
  return dmachine::left_in_flight(sent_at, services_.now(), services_.in_flight);
}

std::optional<Instance> Amazonec2Driver::find_by_token(const Context& ctx) {
  // EC2 remembers a token longer than it shows a terminated instance.
  auto found = client(ctx).instances(ctx, {{"client-token", {state_.pending->client_token}}});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

/// After a create whose RunInstances was never answered: what it launched, now or in a moment.
void Amazonec2Driver::adopt_pending(const Context& ctx) {
  if (!state_.instance_id.empty() || !may_have_launched()) {
    return;
  }
  if (!state_.pending) {
    return adopt_by_tags(ctx);
  }
  auto instance = find_by_token(ctx);
  const auto end = Clock::now() + left_in_flight(state_.pending->sent_at);
  for (unsigned attempt = 0; !instance && Clock::now() < end; ++attempt) {
    ctx.sleep(services_.settling.delay(attempt, random_fraction()));
    instance = find_by_token(ctx);
  }
  if (instance) {
    state_.instance_id = instance->id;
    state_.spot_request_id = instance->spot_request_id;
  }
}

/// False when the store knows that no launch of it was ever accepted.
bool Amazonec2Driver::may_have_launched() const {
  return !state_.pending || state_.pending->sent_at != 0 || !state_.instance_id.empty();
}

/// An id that got lost in the store: the tags tell.
void Amazonec2Driver::adopt_by_tags(const Context& ctx) {
  if (state_.base.owner.empty()) {
    return;
  }
  auto filters = made_by(state_);
  filters.push_back({"instance-state-name", {"pending", "running", "stopping", "stopped"}});
  for (const auto& instance : client(ctx).instances(ctx, filters)) {
    if (state_.instance_id.empty()) {
      state_.instance_id = instance.id;
      state_.spot_request_id = instance.spot_request_id;
    } else {
      client(ctx).terminate(ctx, instance.id);
    }
  }
}

void Amazonec2Driver::terminate(const Context& ctx) {
  if (state_.instance_id.empty()) {
    log::warn("({}) Missing instance ID, this is likely due to a failure during machine creation",
              name());
    return;
  }
  const auto end = Clock::now() + left_in_flight(state_.pending ? state_.pending->sent_at : 0);
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
  } else if (state_.request_spot && may_have_launched()) {
    cancel_spot_requests_of_create(ctx);
  }
}

/// Those that a launch left whose answer named none.
void Amazonec2Driver::cancel_spot_requests_of_create(const Context& ctx) {
  if (state_.base.owner.empty()) {
    return;
  }
  std::vector<SpotRequest> left;
  if_allowed(ctx, [&] { left = client(ctx).spot_requests(ctx, made_by(state_)); });
  for (const auto& request : left) {
    if (request.is_live()) {
      unless_gone([&] { client(ctx).cancel_spot_request(ctx, request.id); });
    }
  }
}

/// Until a key pair is there whose import was never answered, or can be there no more.
void Amazonec2Driver::await_key_pair(const Context& ctx) {
  const auto end = Clock::now() + left_in_flight(state_.pending ? state_.pending->key_sent_at : 0);
  if_allowed(ctx, [&] {
    for (unsigned attempt = 0;
         Clock::now() < end && !client(ctx).has_key_pair(ctx, state_.key_name); ++attempt) {
      ctx.sleep(services_.settling.delay(attempt, random_fraction()));
    }
  });
}

void Amazonec2Driver::delete_key_pair(const Context& ctx) {
  if (state_.existing_key) {
    return;
  }
  if (state_.key_name.empty()) {
    log::warn("({}) Missing key pair name, this is likely due to a failure during machine creation",
              name());
    return delete_key_pairs_of_create(ctx);
  }
  await_key_pair(ctx);
  unless_gone([&] { client(ctx).delete_key_pair(ctx, state_.key_name); });
}

/// A name that got lost in the store; a create that is on record has named its key from the start.
void Amazonec2Driver::delete_key_pairs_of_create(const Context& ctx) {
  if (state_.pending || state_.base.owner.empty()) {
    return;
  }
  std::vector<KeyPair> left;
  if_allowed(ctx, [&] { left = client(ctx).key_pairs(ctx, made_by(state_)); });
  for (const auto& pair : left) {
    unless_gone([&] { client(ctx).delete_key_pair_by_id(ctx, pair.id); });
  }
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

/// The ids of the groups that the create has made, or makes yet: one that was asked for without an
/// answer is known by its name.
std::vector<std::string> Amazonec2Driver::groups_of_create(const Context& ctx) {
  const auto& pending = *state_.pending;
  auto ids = pending.made_groups;
  if (pending.group_names_sent.empty() || state_.vpc_id.empty()) {
    return ids;
  }
  const auto look = [&] {
    return client(ctx).groups(
        ctx, {{"group-name", pending.group_names_sent}, {"vpc-id", {state_.vpc_id}}});
  };
  auto found = look();
  const auto end = Clock::now() + left_in_flight(pending.group_sent_at);
  for (unsigned attempt = 0; found.size() < pending.group_names_sent.size() && Clock::now() < end;
       ++attempt) {
    ctx.sleep(services_.settling.delay(attempt, random_fraction()));
    found = look();
  }
  for (const auto& group : found) {
    if (is_ours(group.tags, state_) && std::ranges::find(ids, group.id) == ids.end()) {
      ids.push_back(group.id);
    }
  }
  return ids;
}

/// Groups that a create made which did not come to its end. Those of a machine that was finished
/// stay, as in the reference: other machines may count on them by now.
void Amazonec2Driver::delete_groups(const Context& ctx, bool had_instance) {
  if (!state_.pending) {
    return;
  }
  for (const auto& id : groups_of_create(ctx)) {
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
    state_.pending = PendingCreate{state_.pending->client_token};
  }
}

}  // namespace dmachine::amazonec2
