// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/operations.hpp"

#include "cloud/retry.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/client.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

constexpr auto longest_operation = std::chrono::minutes(20);
constexpr auto longest_contest = std::chrono::minutes(10);

std::string provisioning_state(const Json& resource) {
  const Json* properties = find_member(resource, "properties");
  return properties != nullptr ? text_of(*properties, "provisioningState") : std::string();
}

bool is_bad_end(std::string_view status) {
  return equal_ignoring_case(status, "Failed") || equal_ignoring_case(status, "Canceled");
}

/// States at rest. Anything else, also what we do not know, is on its way.
bool is_end(std::string_view status) {
  return status.empty() || equal_ignoring_case(status, "Succeeded") || is_bad_end(status);
}

Json parse_body(const cloud::HttpReply& reply) {
  Json body = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  return body.is_object() ? body : Json::object();
}

std::optional<Duration> pause_of(const cloud::HttpReply& reply, std::chrono::sys_seconds now) {
  const auto value = reply.header("Retry-After");
  return value ? cloud::parse_retry_after(*value, now) : std::nullopt;
}

template <typename Work>
auto contest(const Context& ctx, Client& client, WhenPreempted when_preempted, Work&& work) {
  const auto end = Clock::now() + longest_contest;
  for (unsigned attempt = 0;; ++attempt) {
    try {
      return work();
    } catch (const ApiError& error) {
      // The loser of a race is told so in its operation's result, without any HTTP status.
      const bool is_final = error.is_preempted() && when_preempted == WhenPreempted::give_up;
      if (!error.is_busy() || is_final || Clock::now() >= end || !client.is_persistent()) {
        throw;
      }
      log::debug("{}; trying again", error.what());
    }
    ctx.sleep(client.backoff().delay(attempt, random_fraction()));
  }
}

}  // namespace

Duration pause_before_look(const Operation& operation, const Backoff& backoff, unsigned attempt,
                           double random) {
  const auto told = operation.retry_after.value_or(Duration::zero());
  return told > Duration::zero() ? told : backoff.delay(attempt, random);
}

Operation parse_operation(const cloud::HttpReply& reply, const std::string& resource_url,
                          std::chrono::sys_seconds now) {
  Operation operation;
  operation.body = parse_body(reply);
  operation.retry_after = pause_of(reply, now);
  if (const auto url = reply.header("Azure-AsyncOperation"); url && !url->empty()) {
    operation.style = Operation::Style::status;
    operation.url = *url;
    return operation;
  }
  const auto location = reply.header("Location");
  if (reply.status == 202 && location && !location->empty()) {
    operation.style = Operation::Style::location;
    operation.url = *location;
    return operation;
  }
  const auto state = provisioning_state(operation.body);
  if (is_bad_end(state)) {
    throw operation_error(state, parse_fault(operation.body));
  }
  if (!is_end(state)) {
    operation.style = Operation::Style::resource;
    operation.url = resource_url;
  }
  return operation;
}

std::optional<Json> parse_progress(const Operation& operation, const cloud::HttpReply& reply) {
  if (operation.style == Operation::Style::location && reply.status == 202) {
    return std::nullopt;
  }
  Json body = parse_body(reply);
  if (operation.style == Operation::Style::location) {
    return body;
  }
  const auto status = operation.style == Operation::Style::status ? text_of(body, "status")
                                                                  : provisioning_state(body);
  if (is_bad_end(status)) {
    throw operation_error(status, parse_fault(body));
  }
  if (operation.style == Operation::Style::status && status.empty()) {
    throw Error(Errc::unavailable, "an operation's answer has no status");
  }
  return is_end(status) ? std::optional(std::move(body)) : std::nullopt;
}

Json wait_until_done(const Context& ctx, Client& client, Operation operation) {
  if (operation.style == Operation::Style::done) {
    return std::move(operation.body);
  }
  const Context patient = ctx.within(longest_operation);
  for (unsigned attempt = 0;; ++attempt) {
    patient.sleep(
        pause_before_look(operation, client.operation_backoff(), attempt, random_fraction()));
    cloud::HttpReply reply;
    try {
      reply = client.look(patient, operation.url);
    } catch (const ApiError& error) {
      // Of a resource that was to be deleted, this is the end.
      if (operation.style == Operation::Style::location && error.status() == 404) {
        return Json::object();
      }
      throw;
    }
    if (auto body = parse_progress(operation, reply)) {
      // A status document is no resource: what the call answered is nearer to it.
      const bool is_resource = operation.style != Operation::Style::status && body->contains("id");
      return is_resource ? *std::move(body) : std::move(operation.body);
    }
    operation.retry_after = pause_of(reply, client.now());
  }
}

Json apply(const Context& ctx, Client& client, const Target& target, const Json& body,
           WhenPreempted when_preempted) {
  return contest(ctx, client, when_preempted, [&] {
    auto operation = client.put(ctx, target, body);
    ctx.check();
    return wait_until_done(ctx, client, std::move(operation));
  });
}

bool erase(const Context& ctx, Client& client, const Target& target) {
  return contest(ctx, client, WhenPreempted::repeat, [&] {
    try {
      auto operation = client.remove(ctx, target);
      if (!operation) {
        return false;
      }
      wait_until_done(ctx, client, *std::move(operation));
      return true;
    } catch (const ApiError& error) {
      if (error.is_gone()) {
        return false;
      }
      throw;
    }
  });
}

void act(const Context& ctx, Client& client, const Target& target) {
  contest(ctx, client, WhenPreempted::give_up, [&] {
    wait_until_done(ctx, client, client.post(ctx, target));
    return 0;
  });
}

}  // namespace dmachine::azure
