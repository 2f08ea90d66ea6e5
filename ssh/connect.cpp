// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/process.hpp"
#include "ssh/external_session.hpp"
#include "ssh/native_session.hpp"
#include "ssh/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace dmachine::ssh {

namespace {

using std::chrono::seconds;

std::string place(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format("SSH to {}@{}:{}", endpoint.user,
                     is_ipv6 ? fmt::format("[{}]", endpoint.host) : endpoint.host, endpoint.port);
}

/// libssh2, and the system's ssh for what it can do and libssh2 cannot: old libssh2 and an RSA host
/// key, and logins by the default keys in ~/.ssh.
std::unique_ptr<Session> connect_automatic(const Context& ctx, const Endpoint& endpoint,
                                           const HostKeyPin& pin, const LoginLimits& limits) {
  const bool other_way = find_program("ssh").has_value();
  try {
    return std::make_unique<NativeSession>(ctx, endpoint, pin, limits);
  } catch (const NoCommonAlgorithm& failure) {
    if (!other_way) {
      throw;
    }
    log::debug("{}: {}; using the system's ssh", place(endpoint), failure.what());
  } catch (const Error& failure) {
    if (!other_way || !endpoint.key.empty() || failure.code() == Errc::unavailable ||
        failure.code() == Errc::timeout) {
      throw;
    }
    log::debug("{}: {}; using the system's ssh", place(endpoint), failure.what());
  }
  return std::make_unique<ExternalSession>(ctx, endpoint, pin);
}

std::unique_ptr<Session> connect_by(Client client, const Context& ctx, const Endpoint& endpoint,
                                    const HostKeyPin& pin, const LoginLimits& limits) {
  check(endpoint);
  return with_context(place(endpoint), [&]() -> std::unique_ptr<Session> {
    switch (client) {
      case Client::native:
        return std::make_unique<NativeSession>(ctx, endpoint, pin, limits);
      case Client::external:
        return std::make_unique<ExternalSession>(ctx, endpoint, pin);
      case Client::automatic:
        break;
    }
    return connect_automatic(ctx, endpoint, pin, limits);
  });
}

/// What may heal while a host boots.
bool may_heal(const Error& failure) {
  return failure.code() == Errc::unavailable || failure.code() == Errc::timeout ||
         failure.code() == Errc::denied;
}

/// Pauses between tries by what the last one met.
class Pace {
 public:
  Duration after(const Error& failure) {
    if (failure.code() == Errc::denied) {
      // cloud-init writes the key a moment after sshd starts. sshd 9.8 and later shuts out who
      // fails more often than about once in 5 s (PerSourcePenalties).
      return refused_++ == 0 ? Duration(1500) : Duration(5000);
    }
    if (failure.code() == Errc::timeout) {
      return Duration(50);  // it took its time already
    }
    return Backoff{Duration(100), Duration(1000)}.delay(closed_++, random_fraction());
  }

 private:
  unsigned refused_ = 0;
  unsigned closed_ = 0;
};

/// While a host boots its address swallows packets, and TCP repeats them after 1, 3 and 7 s: giving
/// up early and starting anew notices the host sooner. Now and then a patient try, for networks
/// that are that slow.
LoginLimits limits_of_try(unsigned number) {
  LoginLimits limits;
  if (number % 8 != 7) {
    limits.tcp = seconds(2);
  }
  return limits;
}

}  // namespace

std::unique_ptr<Session> connect(const Context& ctx, const Endpoint& endpoint,
                                 const HostKeyPin& pin, Client client) {
  return connect_by(client, ctx, endpoint, pin, LoginLimits{});
}

std::unique_ptr<Session> connect_when_ready(const Context& ctx, const Endpoint& endpoint,
                                            const HostKeyPin& pin, const StillWorthWaiting& look,
                                            Client client) {
  constexpr auto look_each = seconds(5);
  const auto started = Clock::now();
  auto looked = started;
  std::string last_cause = "no try was made";
  const auto give_up = [&] {
    const auto waited = std::chrono::duration_cast<seconds>(Clock::now() - started);
    return Error(Errc::timeout, fmt::format("gave up after {} s: {}", waited.count(), last_cause));
  };
  Pace pace;
  for (unsigned number = 0;; ++number) {
    Duration pause{};
    try {
      return connect_by(client, ctx, endpoint, pin, limits_of_try(number));
    } catch (const Error& failure) {
      if (!may_heal(failure)) {
        throw;
      }
      const bool cut_short = ctx.has_deadline() && ctx.remaining() == Duration::zero();
      if (!cut_short || number == 0) {
        last_cause = failure.what();
      }
      if (cut_short) {
        throw give_up();
      }
      log::debug("try {}: {}", number + 1, failure.what());
      pause = pace.after(failure);
    }
    if (look && Clock::now() - looked >= look_each) {
      look(ctx);
      looked = Clock::now();
    }
    if (ctx.has_deadline() && ctx.remaining() <= pause) {
      // One last try at the end rather than none.
      pause = std::max(Duration::zero(), ctx.remaining() - Duration(200));
      if (pause == Duration::zero()) {
        throw give_up();
      }
    }
    ctx.sleep(pause);
  }
}

}  // namespace dmachine::ssh
