// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/error.hpp"

#include <string>
#include <string_view>

namespace dmachine::amazonec2 {

/// An answer of EC2, STS or Service Quotas other than success. what() is the text of AWS's Go
/// library: `CODE: MESSAGE`, newline, tab, `status code: 400, request id: ID`.
class ApiError : public Error {
 public:
  ApiError(Errc code, const std::string& text, std::string hint, int status, std::string api_code,
           std::string message)
      : Error(code, text, std::move(hint)),
        status_(status),
        api_code_(std::move(api_code)),
        message_(std::move(message)) {}

  /// Of HTTP.
  int status() const { return status_; }
  /// "InvalidGroup.NotFound"; empty when the answer held none.
  const std::string& api_code() const { return api_code_; }
  /// The API's own sentence.
  const std::string& message() const { return message_; }
  /// What was asked for was not done, and would not be if it was asked again.
  bool is_refusal() const;

 private:
  int status_;
  std::string api_code_;
  std::string message_;
};

/// The text of an error in one line, for tables and lists.
std::string one_line(const Error& error);

ApiError parse_api_error(const cloud::HttpReply& reply);

/// Whether an answer asks to come back later because there are too many requests.
bool is_throttle(const cloud::HttpReply& reply);
/// Worth another try: throttles, and 429 and 5xx of any other kind. Not: a place without capacity,
/// which EC2 reports as a server error.
bool is_transient(const cloud::HttpReply& reply);

/// The place has none of what was asked for just now: another zone, subnet, type or market may.
bool is_capacity(std::string_view api_code);
/// A limit of the account is reached, wherever it is tried.
bool is_limit(std::string_view api_code);
/// The keys were not accepted: wrong, revoked, expired, or signed at a wrong time.
bool is_key_refusal(std::string_view api_code);
/// The answer may come from a clock that differs from AWS's.
bool is_maybe_skew(std::string_view api_code);

}  // namespace dmachine::amazonec2
