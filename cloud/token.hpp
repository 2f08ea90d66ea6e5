// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/secret.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

namespace dmachine::cloud {

using WallClock = std::chrono::system_clock;

/// Tells the time; tests put their own in its place.
using Now = std::function<WallClock::time_point()>;

/// What credentials yield: proof for a while.
struct Token {
  Secret value;
  WallClock::time_point expires;
};

/// Gets tokens from whoever issues them. Implementations need not be thread-safe: see CachedToken.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// A token that is valid now. Throws Error{denied} when the credentials are refused,
  /// TransportError, and as the context does.
  virtual Token fetch(const Context& ctx) = 0;
};

/// Keeps one token for the life of the process. Thread-safe: one thread fetches, the others wait
/// for its token.
class CachedToken final : public TokenSource {
 public:
  /// `early`: how long before its end a token counts as expired.
  CachedToken(std::unique_ptr<TokenSource> source, Duration early, Now now = WallClock::now)
      : source_(std::move(source)), early_(early), now_(std::move(now)) {}

  Token fetch(const Context& ctx) override;

  /// After a server refused the token: the next fetch gets a new one, unless that has happened
  /// since `refused` was fetched.
  void forget(const Secret& refused);

 private:
  std::mutex mutex_;
  std::unique_ptr<TokenSource> source_;
  Duration early_;
  Now now_;
  Token token_;
};

}  // namespace dmachine::cloud
