// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/operations.hpp"

#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/client.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dmachine::google {

namespace {

Errc code_for(std::string_view code) {
  if (is_stockout(code)) {
    return Errc::capacity;
  }
  if (code.find("QUOTA") != std::string_view::npos) {
    return Errc::quota;
  }
  if (code == "RESOURCE_NOT_FOUND") {
    return Errc::not_found;
  }
  if (code == "RESOURCE_ALREADY_EXISTS" || code == "CONDITION_NOT_MET" ||
      code.starts_with("RESOURCE_IN_USE")) {
    return Errc::conflict;
  }
  return Errc::unavailable;
}

/// A Go struct's print: code, location, message, and two lists that are always empty.
std::string text_for(const OperationFailure& failure) {
  return fmt::format("operation error: {{{} {} {} [] []}}", failure.code, failure.location,
                     failure.message);
}

std::optional<OperationFailure> parse_failure(const std::string& name, const Json& reply) {
  const Json* error = find_member(reply, "error");
  if (error == nullptr || error->is_null()) {
    return std::nullopt;
  }
  const Json* list = error->is_object() ? find_member(*error, "errors") : nullptr;
  if (list == nullptr || !list->is_array() || list->empty() || !list->front().is_object()) {
    throw Error(Errc::unavailable,
                fmt::format("operation {} failed with an empty or malformed error payload",
                            go_quote(name)));
  }
  const JsonFields fields(list->front(), "OperationErrorErrors");
  return OperationFailure{fields.text("code"), fields.text("location"), fields.text("message")};
}

/// Of instancesBulkInsertOperationMetadata.perLocationStatus, where exactly one place made one.
std::string zone_of_bulk_insert(const Json& reply) {
  const Json* metadata = find_member(reply, "instancesBulkInsertOperationMetadata");
  const Json* places = metadata == nullptr ? nullptr : find_member(*metadata, "perLocationStatus");
  if (places == nullptr || !places->is_object()) {
    return {};
  }
  std::vector<std::string> zones;
  for (const auto& [place, status] : places->items()) {
    if (JsonFields(status, "PerLocationStatus").integer("createdVmCount") > 0) {
      zones.push_back(last_segment(place));
    }
  }
  return zones.size() == 1 && is_zone(zones.front()) ? zones.front() : std::string();
}

}  // namespace

OperationError::OperationError(const OperationFailure& failure)
    : Error(code_for(failure.code), text_for(failure)), operation_code_(failure.code) {}

Operation parse_operation(std::string scope, const Json& reply) {
  const JsonFields fields(reply, "Operation");
  Operation operation{std::move(scope), fields.text("name"), fields.text("status"), {}};
  if (operation.name.empty()) {
    throw Error(Errc::unavailable, "the answer holds no operation");
  }
  operation.failure = parse_failure(operation.name, reply);
  operation.placed_in = zone_of_bulk_insert(reply);
  return operation;
}

Duration operation_pause(const OperationBackoff& backoff, unsigned attempt, double random) {
  using Seconds = std::chrono::duration<double>;
  // A store may hold anything; without a least pause a bad one would ask without end.
  constexpr double least = 0.05;
  const double most = std::max(Seconds(backoff.max_interval).count(), least);
  const double whole = Seconds(backoff.initial_interval).count() *
                       std::pow(std::max(backoff.multiplier, 1.0), std::min(attempt, 64U));
  const double spread = std::clamp(backoff.randomization_factor, 0.0, 1.0);
  const double pause = std::clamp(whole, least, most) * (1 - spread + 2 * spread * random);
  return std::chrono::duration_cast<Duration>(Seconds(std::max(pause, least)));
}

Operation wait_until_done(const Context& ctx, Client& client, Operation operation,
                          const OperationBackoff& backoff) {
  const bool has_end = backoff.max_elapsed_time.count() > 0;
  const auto limit = std::chrono::duration_cast<Duration>(backoff.max_elapsed_time);
  const Context limited = has_end ? ctx.within(limit) : ctx;
  const auto end = Clock::now() + limit;
  const auto give_up = [] { return Error(Errc::timeout, "maximum backoff elapsed time exceeded"); };
  for (unsigned attempt = 0; !operation.is_done(); ++attempt) {
    try {
      if (attempt > 0) {
        const auto pause = operation_pause(backoff, attempt - 1, random_fraction());
        if (has_end && Clock::now() + pause > end) {
          throw give_up();
        }
        limited.sleep(pause);
      }
      operation = client.wait(limited, operation);
    } catch (const Error& error) {
      if (error.code() == Errc::timeout && has_end && Clock::now() >= end) {
        throw give_up();
      }
      throw;
    }
    log::debug("Operation {} status: {}", go_quote(operation.name), operation.status);
  }
  if (operation.failure) {
    throw OperationError(*operation.failure);
  }
  return operation;
}

}  // namespace dmachine::google
