// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/api_error.hpp"

#include "cloud/retry.hpp"
#include "cloud/scrub.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::azure {

namespace {

constexpr std::size_t deepest = 5;

template <std::size_t count>
bool has_any(const Fault& fault, const std::array<std::string_view, count>& codes) {
  return std::ranges::any_of(codes, [&](auto code) { return fault.has_code(code); });
}

/// The place has none of what was asked for: another zone or size, or another price, may do.
/// Sources: "Troubleshoot allocation failures" and "Resolve errors for SKU not available" of
/// Azure's documentation, "Error messages for Azure Spot Virtual Machines", and the classification
/// in Azure/azure-sdk-for-go-extensions.
bool is_out_of_capacity(const Fault& fault) {
  static constexpr std::array<std::string_view, 6> codes{"SkuNotAvailable",
                                                         "AllocationFailed",
                                                         "ZonalAllocationFailed",
                                                         "OverconstrainedAllocationRequest",
                                                         "OverconstrainedZonalAllocationRequest",
                                                         "SpotPriceGreaterThanProvidedMaxPrice"};
  return has_any(fault, codes);
}

/// The account has reached a limit, which is the same for other places and sizes or needs somebody
/// to raise it. Source: "Resolve errors for resource quotas".
bool is_out_of_quota(const Fault& fault) {
  static constexpr std::array<std::string_view, 2> codes{"QuotaExceeded", "ResourceQuotaExceeded"};
  const bool limit = std::ranges::any_of(
      fault.codes, [](const std::string& code) { return code.ends_with("LimitReached"); });
  const bool quota = fault.has_code("OperationNotAllowed") &&
                     to_lower(fault.message).find("quota") != std::string::npos;
  return has_any(fault, codes) || limit || quota;
}

bool is_about_busy_resource(const Fault& fault) {
  static constexpr std::array<std::string_view, 7> codes{
      "AnotherOperationInProgress",
      "OperationPreempted",
      "CanceledAndSupersededDueToAnotherOperation",
      "RetryableError",
      "RetryableErrorDueToAnotherOperation",
      "ReferencedResourceNotProvisioned",
      "OperationNotAllowedOnVMImageAsVMsBeingProvisioned"};
  return has_any(fault, codes);
}

Errc code_for(int status, const Fault& fault) {
  if (is_out_of_quota(fault)) {
    return Errc::quota;
  }
  if (is_out_of_capacity(fault)) {
    return Errc::capacity;
  }
  if (fault.has_code("SubscriptionNotFound") || fault.has_code("InvalidSubscriptionId")) {
    return Errc::denied;
  }
  switch (status) {
    case 0:
      return Errc::unavailable;
    case 400:
      return Errc::invalid;
    case 401:
    case 403:
      return Errc::denied;
    case 404:
      return fault.code.empty() ? Errc::unavailable : Errc::not_found;
    case 409:
    case 412:
      return Errc::conflict;
    case 429:
      return Errc::quota;
    default:
      return Errc::unavailable;
  }
}

void collect(const Json& error, Fault& fault, std::size_t depth) {
  if (!error.is_object() || depth > deepest) {
    return;
  }
  if (auto code = text_of(error, "code"); !code.empty()) {
    fault.codes.push_back(std::move(code));
  }
  if (const Json* details = find_member(error, "details");
      details != nullptr && details->is_array()) {
    for (const Json& detail : *details) {
      const auto message = text_of(detail, "message");
      if (!message.empty() && fault.message.find(message) == std::string::npos) {
        fault.message += fmt::format("{}{}: {}", fault.message.empty() ? "" : " ",
                                     text_of(detail, "code"), message);
      }
      collect(detail, fault, depth + 1);
    }
  }
  if (const Json* inner = find_member(error, "innererror"); inner != nullptr) {
    collect(*inner, fault, depth + 1);
  }
}

Fault fault_of(const cloud::HttpReply& reply) {
  return parse_fault(Json::parse(reply.body, nullptr, /*allow_exceptions=*/false));
}

}  // namespace

bool Fault::has_code(std::string_view wanted) const {
  return std::ranges::any_of(codes, [&](const auto& one) { return one == wanted; });
}

Fault parse_fault(const Json& answer) {
  Fault fault;
  const Json* error = answer.is_object() ? find_member(answer, "error") : nullptr;
  const Json& where = error != nullptr && error->is_object() ? *error : answer;
  fault.code = text_of(where, "code");
  fault.message = text_of(where, "message");
  collect(where, fault, 0);
  return fault;
}

bool ApiError::is_gone() const {
  if (fault_.code.empty() || fault_.has_code("SubscriptionNotFound") ||
      fault_.has_code("InvalidSubscriptionId") || fault_.has_code("InvalidResourceType")) {
    return false;
  }
  return status_ == 404 || fault_.code == "ResourceNotFound" ||
         fault_.code == "ResourceGroupNotFound" || (status_ == 0 && fault_.code == "NotFound");
}

bool ApiError::is_busy() const {
  return is_about_busy_resource(fault_);
}

bool ApiError::is_in_use() const {
  static constexpr std::array<std::string_view, 6> codes{"NicInUse",
                                                         "NicInUseWithPrivateEndpoint",
                                                         "PublicIPAddressCannotBeDeleted",
                                                         "NetworkSecurityGroupCannotBeDeleted",
                                                         "OperationNotAllowed",
                                                         "AttachDiskWhileBeingDetached"};
  const bool in_use = std::ranges::any_of(
      fault_.codes, [](const std::string& one) { return one.starts_with("InUse"); });
  return in_use || has_any(fault_, codes);
}

bool ApiError::lacks_reference() const {
  static constexpr std::array<std::string_view, 6> codes{
      "InvalidResourceReference", "ResourceNotFound",           "NotFound",
      "ParentResourceNotFound",   "ReferencedResourceNotFound", "ResourceGroupNotFound"};
  return has_any(fault_, codes) && !fault_.has_code("SubscriptionNotFound");
}

bool ApiError::is_reserved() const {
  return fault_.has_code("NicReservedForAnotherVm");
}

ApiError parse_api_error(const cloud::HttpReply& reply) {
  Fault fault = fault_of(reply);
  std::string text = fmt::format("Service returned an error. Status={}", reply.status);
  if (fault.code.empty()) {
    const auto shown = cloud::scrub(reply.body, {});
    text += fmt::format(" Body={}", go_quote(std::string_view(shown).substr(0, 500)));
  } else {
    text += fmt::format(" Code={} Message={}", go_quote(fault.code), go_quote(fault.message));
  }
  if (const auto id = reply.header("x-ms-request-id")) {
    text += fmt::format(" RequestId={}", go_quote(*id));
  }
  return {code_for(reply.status, fault), text, reply.status, std::move(fault)};
}

ApiError operation_error(const std::string& status, Fault fault) {
  const auto text =
      fmt::format("Long running operation terminated with status '{}': Code={} Message={}", status,
                  go_quote(fault.code), go_quote(fault.message));
  return {code_for(0, fault), text, 0, std::move(fault)};
}

bool is_transient_but_busy(const cloud::HttpReply& reply) {
  if (reply.status < 400) {
    return false;
  }
  const Fault fault = fault_of(reply);
  return !is_out_of_capacity(fault) && !is_out_of_quota(fault) && !is_about_busy_resource(fault) &&
         cloud::is_transient_status(reply);
}

bool is_transient(const cloud::HttpReply& reply) {
  return is_transient_but_busy(reply) ||
         (reply.status >= 400 && is_about_busy_resource(fault_of(reply)));
}

}  // namespace dmachine::azure
