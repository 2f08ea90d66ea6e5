// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/credentials.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"

#include <algorithm>

namespace dmachine::amazonec2 {

namespace {

constexpr auto early = std::chrono::minutes(5);
/// Keys that live for less than `early` are not fetched again before each request.
constexpr auto least_life = std::chrono::minutes(1);

bool same(const cloud::AwsCredentials& a, const cloud::AwsCredentials& b) {
  return a.access_key_id == b.access_key_id &&
         a.secret_access_key.reveal() == b.secret_access_key.reveal() &&
         a.session_token.reveal() == b.session_token.reveal();
}

class FixedKeys final : public KeySource {
 public:
  explicit FixedKeys(cloud::AwsCredentials keys) : keys_(std::move(keys)) {}
  std::optional<TimedKeys> fetch(const Context& /*ctx*/) override { return TimedKeys{keys_}; }

 private:
  cloud::AwsCredentials keys_;
};

}  // namespace

bool KeyChain::is_refused(const cloud::AwsCredentials& keys) const {
  return std::ranges::any_of(refused_, [&](const auto& one) { return same(one, keys); });
}

void KeyChain::keep(TimedKeys found) {
  current_ = std::move(found);
  fetched_ = now_();
}

/// From the source at hand on, the first keys that nobody has refused.
bool KeyChain::look(const Context& ctx) {
  for (; at_ < sources_.size(); ++at_) {
    ctx.check();
    auto found = sources_[at_]->fetch(ctx);
    if (found && !is_refused(found->keys)) {
      keep(*std::move(found));
      return true;
    }
    if (found && fallback_ == Fallback::same_source) {
      return false;
    }
  }
  return false;
}

/// Newer keys of the same source. Those at hand serve until their end when there are none.
bool KeyChain::refresh(const Context& ctx) {
  try {
    auto found = sources_[at_]->fetch(ctx);
    if (found && !is_refused(found->keys)) {
      keep(*std::move(found));
      return true;
    }
  } catch (const Error& error) {
    if (now_() >= *current_->expires) {
      throw;
    }
    log::debug("refreshing the AWS keys: {}", error.what());
    fetched_ = now_();
    return true;
  }
  return now_() < *current_->expires;
}

cloud::AwsCredentials KeyChain::keys(const Context& ctx) {
  const std::lock_guard lock(mutex_);
  bool found = current_.has_value();
  if (found && current_->expires) {
    const auto due =
        std::min(*current_->expires, std::max(*current_->expires - early, fetched_ + least_life));
    found = now_() < due || refresh(ctx);
  } else if (!found) {
    found = look(ctx);
  }
  if (!found) {
    throw Error(Errc::denied,
                "amazonec2 driver requires AWS credentials configured with the "
                "--amazonec2-access-key and --amazonec2-secret-key options, environment "
                "variables, ~/.aws/credentials, or an instance role");
  }
  return current_->keys;
}

bool KeyChain::replace(const Context& ctx, const cloud::AwsCredentials& refused) {
  const std::lock_guard lock(mutex_);
  if (current_ && !same(current_->keys, refused)) {
    return true;  // another thread has done it
  }
  refused_.push_back(refused);
  const auto before = current_;
  const auto was_at = at_;
  try {
    if (look(ctx)) {
      return true;
    }
  } catch (const Error& error) {
    // The server's own words are told, not why there is nothing else.
    log::debug("looking for other AWS keys: {}", error.what());
  }
  current_ = before;
  at_ = was_at;
  return false;
}

std::unique_ptr<KeyChain> make_key_chain(cloud::Transport& transport,
                                         const CredentialOptions& options) {
  const SourceTools tools{transport, options.region, options.now, options.backoff};
  const bool has_own = !options.access_key.empty() && !options.secret_key.empty();
  const bool is_temporary = options.from_environment || !options.session_token.empty();
  KeySources sources;
  const auto add_own = [&] {
    sources.push_back(std::make_unique<FixedKeys>(
        cloud::AwsCredentials{options.access_key, options.secret_key, options.session_token}));
  };
  if (has_own && !options.from_environment) {
    add_own();
  }
  if (!has_own || (is_temporary && options.is_loaded)) {
    sources.push_back(environment_source());
    if (has_own && options.from_environment) {
      add_own();
    }
    sources.push_back(web_identity_source(tools));
    sources.push_back(profile_source(tools));
    sources.push_back(container_source(tools));
    sources.push_back(instance_role_source(tools));
  } else if (options.from_environment) {
    add_own();
  }
  return std::make_unique<KeyChain>(
      std::move(sources),
      has_own ? KeyChain::Fallback::next_source : KeyChain::Fallback::same_source, options.now);
}

}  // namespace dmachine::amazonec2
