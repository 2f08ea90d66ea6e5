// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/api_error.hpp"

#include "cloud/retry.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::amazonec2 {

namespace {

struct ErrorBody {
  std::string code;
  std::string message;
  std::string request_id;
};

/// AWS's JSON protocols: {"__type": "PREFIX#Code", "message": "…"} with either spelling of message.
/// Source: Smithy, "AWS JSON 1.1 protocol", operation error serialization.
ErrorBody parse_json_body(const cloud::HttpReply& reply) {
  ErrorBody error;
  try {
    const Json body = parse_json(reply.body);
    const std::string type = text_of(body, "__type");
    error.code = type.substr(type.find('#') + 1);
    error.message = text_of(body, "message");
  } catch (const Error&) {  // no JSON: no code
  }
  error.request_id = reply.header("x-amzn-RequestId").value_or("");
  return error;
}

/// EC2: Response/Errors/Error. STS: ErrorResponse/Error.
ErrorBody parse_body(const cloud::HttpReply& reply) {
  if (trim(reply.body).starts_with('{')) {
    return parse_json_body(reply);
  }
  const auto root = parse_xml(reply.body);
  if (!root) {
    return {};
  }
  Element error = root->child("Errors/Error");
  error = error ? error : root->child("Error");
  auto id = root->text("RequestID");
  return {error.text("Code"), error.text("Message"), id.empty() ? root->text("RequestId") : id};
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& list, std::string_view code) {
  return std::ranges::find(list, code) != list.end();
}

constexpr std::array<std::string_view, 11> throttles{"Throttling",
                                                     "ThrottlingException",
                                                     "ThrottledException",
                                                     "RequestLimitExceeded",
                                                     "RequestThrottled",
                                                     "RequestThrottledException",
                                                     "TooManyRequestsException",
                                                     "EC2ThrottledException",
                                                     "SlowDown",
                                                     "PriorRequestNotComplete",
                                                     "TransactionInProgressException"};

Errc code_for(int status, std::string_view code) {
  if (code.find("NotFound") != std::string_view::npos || code == "NoSuchResourceException") {
    return Errc::not_found;
  }
  if (is_capacity(code)) {
    return Errc::capacity;
  }
  if (is_limit(code) || is_one_of(throttles, code)) {
    return Errc::quota;
  }
  if (code.find("Duplicate") != std::string_view::npos || code == "DependencyViolation" ||
      code == "IncorrectInstanceState" || code == "IdempotentParameterMismatch") {
    return Errc::conflict;
  }
  if (is_key_refusal(code) || code == "UnauthorizedOperation" || code == "AccessDenied" ||
      code == "AccessDeniedException" || code == "OptInRequired" || status == 401 ||
      status == 403) {
    return Errc::denied;
  }
  return status >= 500 || status == 429 ? Errc::unavailable : Errc::invalid;
}

std::string hint_for(std::string_view code) {
  if (code == "InsufficientInstanceCapacity") {
    return "AWS has no such instance left in this zone: another zone, subnet or instance type may "
           "have";
  }
  if (code == "SpotMaxPriceTooLow") {
    return "--amazonec2-spot-price= (empty) sets no limit below the on-demand price";
  }
  if (code == "MaxSpotInstanceCountExceeded" || code == "InstanceLimitExceeded" ||
      code == "VcpuLimitExceeded") {
    return "the account's limit is reached: see Service Quotas in the AWS console";
  }
  if (code == "RequestExpired" || code == "ExpiredToken" || code == "ExpiredTokenException") {
    return "the session token has expired, or this machine's clock is wrong";
  }
  return {};
}

std::string text_for(const cloud::HttpReply& reply, const ErrorBody& body) {
  if (body.code.empty()) {
    return fmt::format(
        "SerializationError: failed to unmarshal error message\n\tstatus code: {}, request id: {}",
        reply.status, body.request_id);
  }
  return fmt::format("{}: {}\n\tstatus code: {}, request id: {}", body.code, body.message,
                     reply.status, body.request_id);
}

}  // namespace

bool ApiError::is_refusal() const {
  return !api_code_.empty() &&
         (is_capacity(api_code_) || is_limit(api_code_) ||
          (status_ >= 400 && status_ < 500 && status_ != 429)) &&
         !is_one_of(throttles, api_code_);
}

std::string one_line(const Error& error) {
  std::string text = replace_all(error.what(), "\n\t", ", ");
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

ApiError parse_api_error(const cloud::HttpReply& reply) {
  ErrorBody body = parse_body(reply);
  return {code_for(reply.status, body.code),
          text_for(reply, body),
          hint_for(body.code),
          reply.status,
          body.code,
          body.message};
}

bool is_throttle(const cloud::HttpReply& reply) {
  return reply.status >= 400 &&
         (reply.status == 429 || is_one_of(throttles, parse_body(reply).code));
}

bool is_transient(const cloud::HttpReply& reply) {
  if (reply.status < 400) {
    return false;
  }
  const std::string code = parse_body(reply).code;
  return !is_capacity(code) && !is_limit(code) &&
         (is_one_of(throttles, code) || cloud::is_transient_status(reply) ||
          code == "RequestTimeout" || code == "RequestTimeoutException");
}

// Source of both lists: EC2 API reference, "Error codes for the Amazon EC2 API".
bool is_capacity(std::string_view api_code) {
  static constexpr std::array<std::string_view, 10> codes{
      "InsufficientInstanceCapacity",          // none of this type in this zone, or no spot ones
      "InsufficientHostCapacity",              // of dedicated hosts
      "InsufficientCapacityOnHost",            // the same
      "InsufficientReservedInstanceCapacity",  // of reserved ones
      "InsufficientCapacity",                  // of the zone, for a launch or an import
      "InsufficientVolumeCapacity",            // of EBS in this zone
      "InsufficientAddressCapacity",           // of public addresses
      "InsufficientFreeAddressesInSubnet",     // the subnet is full
      "SpotMaxPriceTooLow",                    // here; elsewhere it may be cheaper
      "Unsupported",                           // the type is not offered in this zone
  };
  return is_one_of(codes, api_code);
}

bool is_limit(std::string_view api_code) {
  static constexpr std::array<std::string_view, 7> codes{
      "MaxSpotInstanceCountExceeded", "InstanceLimitExceeded", "VcpuLimitExceeded",
      "VolumeLimitExceeded",          "MaxIOPSLimitExceeded",  "NetworkInterfaceLimitExceeded",
      "AddressLimitExceeded"};
  return is_one_of(codes, api_code);
}

bool is_key_refusal(std::string_view api_code) {
  static constexpr std::array<std::string_view, 8> codes{
      "AuthFailure",           "RequestExpired",
      "InvalidClientTokenId",  "ExpiredToken",
      "ExpiredTokenException", "InvalidAccessKeyId",
      "SignatureDoesNotMatch", "UnrecognizedClientException"};
  return is_one_of(codes, api_code);
}

bool is_maybe_skew(std::string_view api_code) {
  static constexpr std::array<std::string_view, 6> codes{
      "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure",
      "RequestTimeTooSkewed",      "AccessDeniedException", "RequestExpired"};
  return is_one_of(codes, api_code);
}

}  // namespace dmachine::amazonec2
