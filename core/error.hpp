// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace dmachine {

/// What kind of failure it is; what a caller can do about it differs by this and nothing else.
enum class Errc {
  usage,        // the command line is wrong
  invalid,      // a value is wrong, wherever it came from
  not_found,    // it is not there, and whoever would know said so
  conflict,     // it is there already, or is in use
  denied,       // credentials or permissions
  quota,        // a limit of the account, or of requests per time
  capacity,     // the place has none of what was asked for just now: another one may have
  unavailable,  // not now: network, server fault, not running
  timeout,      // the deadline passed
  internal,     // a fault of ours
};

/// A failure with a message for people: `what failed: why`, outermost first, no full stop.
/// The hint says what would be right; it is empty when there is nothing to add.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message, std::string hint = {})
      : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

  Errc code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  Errc code_;
  std::string hint_;
};

/// The user (or the system) asked us to stop. Not an Error, so that nothing which handles errors
/// swallows it.
class Cancelled : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

/// Runs `work`; an Error that leaves it gets `doing: ` put in front of its message.
template <typename Work>
std::invoke_result_t<Work> with_context(const std::string& doing, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const Error& error) {
    throw Error(error.code(), doing + ": " + error.what(), error.hint());
  }
}

/// Error for a failed system call: `doing: strerror(errno_value)` in Go's wording
/// ("no such file or directory"), since scripts match on the reference's texts.
[[nodiscard]] Error system_error(const std::string& doing, int errno_value);

/// strerror as Go prints it: lower-case first letter, no locale. E.g. ENOENT: "no such file or
/// directory".
std::string errno_text(int errno_value);

}  // namespace dmachine
