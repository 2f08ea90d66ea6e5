// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "cloud/sigv4.hpp"
#include "cloud/token.hpp"
#include "core/context.hpp"
#include "core/poll.hpp"
#include "core/secret.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace dmachine::amazonec2 {

struct TimedKeys {
  cloud::AwsCredentials keys;
  std::optional<cloud::WallClock::time_point> expires{};  // nothing: never
};

/// One place where keys may be. Need not be thread-safe: see KeyChain.
class KeySource {
 public:
  virtual ~KeySource() = default;
  /// Keys that are valid now; nothing when this source is not configured. Throws Error when it is
  /// configured and wrong, TransportError, and as the context does.
  virtual std::optional<TimedKeys> fetch(const Context& ctx) = 0;
};

using KeySources = std::vector<std::unique_ptr<KeySource>>;

/// The first source that has keys is kept for the life of the process, and its keys until five
/// minutes before their end. Thread-safe: one thread looks, the others wait for what it finds.
class KeyChain {
 public:
  /// What may happen when a server refuses keys: only that their source gives newer ones, or that
  /// the next source is asked as well.
  enum class Fallback { same_source, next_source };

  KeyChain(KeySources sources, Fallback fallback, cloud::Now now = cloud::WallClock::now)
      : sources_(std::move(sources)), fallback_(fallback), now_(std::move(now)) {}

  /// Throws Error{denied} in the words of the reference when no source has keys; what a source
  /// throws.
  cloud::AwsCredentials keys(const Context& ctx);

  /// After a server refused `refused`: whether `keys` will give others now.
  bool replace(const Context& ctx, const cloud::AwsCredentials& refused);

 private:
  bool look(const Context& ctx);
  bool refresh(const Context& ctx);
  void keep(TimedKeys found);
  bool is_refused(const cloud::AwsCredentials& keys) const;

  std::mutex mutex_;
  KeySources sources_;
  Fallback fallback_;
  cloud::Now now_;
  std::size_t at_ = 0;
  std::optional<TimedKeys> current_;
  cloud::WallClock::time_point fetched_;
  std::vector<cloud::AwsCredentials> refused_;
};

struct CredentialOptions {
  // What the machine's flags or its store hold.
  std::string access_key;
  Secret secret_key;
  Secret session_token;
  /// They came from the environment when the machine was made.
  bool from_environment = false;
  /// The machine is an old one: refused keys may be replaced by those of today's environment.
  bool is_loaded = false;
  std::string region;  // for the Security Token Service
  cloud::Now now = cloud::WallClock::now;
  Backoff backoff{Duration(200), std::chrono::seconds(5)};
};

/// Flags or store, environment, web identity, profile, container, instance role (amazonec2.md 2.2).
/// A pair of keys on the command line ends the search: nothing else is asked. `transport` must
/// outlive the result.
std::unique_ptr<KeyChain> make_key_chain(cloud::Transport& transport,
                                         const CredentialOptions& options);

}  // namespace dmachine::amazonec2
