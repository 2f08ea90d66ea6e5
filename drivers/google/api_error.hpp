// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::google {

/// An answer of the API other than success. what() is the text of Google's Go library (`googleapi:
/// Error 403: MESSAGE, REASON`).
class ApiError : public Error {
 public:
  ApiError(Errc code, const std::string& text, std::string hint, int status, std::string message,
           std::vector<std::string> reasons)
      : Error(code, text, std::move(hint)),
        status_(status),
        message_(std::move(message)),
        reasons_(std::move(reasons)) {}

  /// Of HTTP.
  int status() const { return status_; }
  /// The API's own sentence, without code and reason.
  const std::string& message() const { return message_; }
  bool has_reason(std::string_view reason) const;
  /// What was asked for was not done, and would not be if it was asked again.
  bool is_refusal() const {
    return status_ >= 400 && status_ < 500 && status_ != 408 && status_ != 429;
  }

 private:
  int status_;
  std::string message_;
  std::vector<std::string> reasons_;
};

ApiError parse_api_error(const cloud::HttpReply& reply);

/// Worth another try: 5xx, 429, a quota window of a minute (403 rateLimitExceeded,
/// userRateLimitExceeded), another operation on the same resource (400 resourceNotReady). Not: 403
/// forbidden and quotaExceeded, nor a place without capacity.
bool is_transient(const cloud::HttpReply& reply);

/// A code of an operation's error, or a reason, that says that the place has no machine to give.
bool is_stockout(std::string_view code);

}  // namespace dmachine::google
