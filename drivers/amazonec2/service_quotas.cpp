// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/service_quotas.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "drivers/amazonec2/api_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::amazonec2 {

namespace {

/// Where they cannot be had (a closed partition, a network without a way there) nobody shall wait
/// for them as long as for EC2, without which nothing goes.
constexpr Duration patience = std::chrono::seconds(15);

Persistence impatient(Persistence persistence) {
  persistence.give_up_after = std::min(persistence.give_up_after, patience);
  return persistence;
}

cloud::HttpRequest quota_request(const ServicePlace& place, const std::string& operation,
                                 const std::string& code) {
  cloud::HttpRequest request;
  request.method = "POST";
  request.url = place.url;
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", "ServiceQuotasV20190624." + operation}};
  request.body = Json{{"ServiceCode", "ec2"}, {"QuotaCode", code}}.dump();
  return request;
}

const Json* find_at(const Json& object, std::string_view outer, std::string_view inner) {
  const Json* found = find_member(object, outer);
  return found == nullptr ? nullptr : find_member(*found, inner);
}

}  // namespace

ServiceQuotas::ServiceQuotas(cloud::Transport& transport, KeyChain& keys, ServicePlace place,
                             Persistence persistence, cloud::Now now)
    : calls_(transport, keys, std::move(place), impatient(persistence), std::move(now)) {}

std::int64_t parse_quota(const std::string& body) {
  Json answer;
  try {
    answer = parse_json(body);
  } catch (const Error& error) {
    throw Error(Errc::unavailable, fmt::format("Service Quotas: {}", error.what()));
  }
  constexpr double most = 1e10;  // of the API's type QuotaValue
  const Json* value = find_at(answer, "Quota", "Value");
  if (value != nullptr && value->is_number()) {
    const auto number = value->get<double>();
    if (number >= 0 && number <= most) {
      return static_cast<std::int64_t>(number);
    }
  }
  // It tells then why in ErrorReason: "DEPENDENCY_ACCESS_DENIED_ERROR", …
  const Json* quota = find_member(answer, "Quota");
  const Json* reason = quota == nullptr ? nullptr : find_at(*quota, "ErrorReason", "ErrorCode");
  throw Error(Errc::unavailable, reason != nullptr && reason->is_string()
                                     ? fmt::format("Service Quotas: {}", reason->get<std::string>())
                                     : std::string("Service Quotas: the answer holds no value"));
}

std::optional<std::int64_t> ServiceQuotas::ask(const Context& ctx, const std::string& operation,
                                               const std::string& code) {
  SignedClient::Options options;
  options.timeout = patience;
  try {
    return parse_quota(
        calls_.send(ctx, operation, quota_request(calls_.place(), operation, code), options).body);
  } catch (const ApiError& error) {
    if (error.api_code() == "NoSuchResourceException") {
      return std::nullopt;
    }
    throw;
  }
}

std::optional<std::int64_t> ServiceQuotas::ec2_quota(const Context& ctx, const std::string& code) {
  // "If the applied quota value is not available for a quota, the quota is not retrieved."
  const auto applied = ask(ctx, "GetServiceQuota", code);
  return applied ? applied : ask(ctx, "GetAWSDefaultServiceQuota", code);
}

}  // namespace dmachine::amazonec2
