// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/api_error.hpp"

#include "cloud/retry.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::google {

namespace {

constexpr std::size_t longest_body = 1000;

struct ErrorItem {
  std::string reason;
  std::string message;
};

struct ErrorBody {
  std::string message;
  std::vector<ErrorItem> items;
  std::vector<std::string> reasons;  // of items and details
};

const Json* list_of(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  return value != nullptr && value->is_array() ? value : nullptr;
}

ErrorBody parse_body(const std::string& body) {
  ErrorBody parsed;
  const Json document = Json::parse(body, nullptr, false);
  const Json* error = document.is_object() ? find_member(document, "error") : nullptr;
  if (error == nullptr || !error->is_object()) {
    return parsed;
  }
  parsed.message = text_of(*error, "message");
  if (const Json* items = list_of(*error, "errors")) {
    for (const Json& item : *items) {
      parsed.items.push_back({text_of(item, "reason"), text_of(item, "message")});
      parsed.reasons.push_back(parsed.items.back().reason);
    }
  }
  if (const Json* details = list_of(*error, "details")) {
    for (const Json& detail : *details) {
      parsed.reasons.push_back(text_of(detail, "reason"));
    }
  }
  return parsed;
}

bool has(const std::vector<std::string>& reasons, std::string_view reason) {
  return std::ranges::find(reasons, reason) != reasons.end();
}

bool has_stockout(const std::vector<std::string>& reasons) {
  return std::ranges::any_of(reasons, [](const auto& reason) { return is_stockout(reason); });
}

bool is_rate_limit(const std::vector<std::string>& reasons) {
  return has(reasons, "rateLimitExceeded") || has(reasons, "userRateLimitExceeded") ||
         has(reasons, "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED");
}

std::string text_for(const cloud::HttpReply& reply, const ErrorBody& body) {
  if (body.message.empty() && body.items.empty()) {
    const auto shown = trim(std::string_view(reply.body).substr(0, longest_body));
    return fmt::format("googleapi: got HTTP response code {} with body: {}", reply.status, shown);
  }
  auto text = fmt::format("googleapi: Error {}: {}", reply.status, body.message);
  if (body.items.empty()) {
    return text;
  }
  if (body.items.size() == 1 && body.items[0].message == body.message) {
    return fmt::format("{}, {}", text, body.items[0].reason);
  }
  text += "\nMore details:";
  for (const auto& item : body.items) {
    text += fmt::format("\nReason: {}, Message: {}", item.reason, item.message);
  }
  return text;
}

Errc code_for(int status, const std::vector<std::string>& reasons) {
  if (has_stockout(reasons)) {
    return Errc::capacity;
  }
  if (has(reasons, "quotaExceeded") || is_rate_limit(reasons)) {
    return Errc::quota;
  }
  if (has(reasons, "resourceInUseByAnotherResource")) {
    return Errc::conflict;
  }
  switch (status) {
    case 400:
      return Errc::invalid;
    case 401:
    case 403:
      return Errc::denied;
    case 404:
      return Errc::not_found;
    case 409:
    case 412:
      return Errc::conflict;
    case 429:
      return Errc::quota;
    default:
      return Errc::unavailable;
  }
}

std::string hint_for(const std::vector<std::string>& reasons) {
  if (has(reasons, "insufficientPermissions") || has(reasons, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")) {
    return "the credentials' access scopes do not include compute; a VM's own scopes are set when "
           "it "
           "is made or while it is stopped";
  }
  return {};
}

}  // namespace

bool ApiError::has_reason(std::string_view reason) const {
  return has(reasons_, reason);
}

ApiError parse_api_error(const cloud::HttpReply& reply) {
  ErrorBody body = parse_body(reply.body);
  const std::string text = text_for(reply, body);
  return {code_for(reply.status, body.reasons),
          text,
          hint_for(body.reasons),
          reply.status,
          body.message.empty() ? text : body.message,
          std::move(body.reasons)};
}

bool is_transient(const cloud::HttpReply& reply) {
  if (reply.status < 400) {
    return false;
  }
  const ErrorBody body = parse_body(reply.body);
  if (has_stockout(body.reasons)) {
    return false;
  }
  if (reply.status == 403) {
    return is_rate_limit(body.reasons);
  }
  if (reply.status == 400) {
    return has(body.reasons, "resourceNotReady");
  }
  return cloud::is_transient_status(reply);
}

bool is_stockout(std::string_view code) {
  // Codes of operations' errors, and reasons of answers and of their details. Quota is none of
  // them: what one zone refuses for it, the next one refuses too. Sources: Compute Engine,
  // "Troubleshooting resource availability errors" (the two ZONE_… codes and resource_availability)
  // and "Troubleshooting bulk VM creation" (insufficientCapacity, VM_MIN_COUNT_NOT_REACHED);
  // kubernetes/autoscaler#2521 (RESOURCE_POOL_EXHAUSTED).
  static constexpr std::array<std::string_view, 6> codes{
      "insufficientCapacity",         "VM_MIN_COUNT_NOT_REACHED",
      "ZONE_RESOURCE_POOL_EXHAUSTED", "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
      "RESOURCE_POOL_EXHAUSTED",      "RESOURCE_AVAILABILITY"};
  return std::ranges::any_of(
      codes, [&](std::string_view known) { return equal_ignoring_case(known, code); });
}

}  // namespace dmachine::google
