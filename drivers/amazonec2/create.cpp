// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// From nothing to an instance that runs and lets us in.
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/poll.hpp"
#include "core/random.hpp"
#include "core/secret.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/account.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/driver.hpp"
#include "drivers/amazonec2/options.hpp"
#include "drivers/amazonec2/run_request.hpp"
#include "drivers/amazonec2/security_groups.hpp"
#include "drivers/amazonec2/tags.hpp"
#include "ssh/key_pair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>

namespace dmachine::amazonec2 {

namespace {

/// Below the 90 s after which systemd kills what is left of a service.
constexpr auto undo_limit = std::chrono::seconds(60);

}  // namespace

/// What tasks side by side write into the state. A request that makes something is on disk before
/// it leaves: if this process is killed, `remove` knows that it may yet arrive.
class Amazonec2Driver::Notes {
 public:
  Notes(const Checkpoint& checkpoint, const cloud::Now& now) : checkpoint_(checkpoint), now_(now) {}

  void sent(std::int64_t& sent_at) {
    const std::lock_guard lock(mutex_);
    sent_at = cloud::WallClock::to_time_t(now_());
    try {
      checkpoint_();
    } catch (...) {
      sent_at = 0;  // so nothing leaves
      throw;
    }
  }
  /// Goes to disk with the next checkpoint.
  template <typename Change>
  void note(const Change& change) {
    const std::lock_guard lock(mutex_);
    change();
  }
  /// Is on disk when this returns.
  template <typename Change>
  void save(const Change& change) {
    const std::lock_guard lock(mutex_);
    change();
    checkpoint_();
  }

 private:
  const Checkpoint& checkpoint_;
  const cloud::Now& now_;
  std::mutex mutex_;
};

void Amazonec2Driver::make_key_pair(const Context& ctx, Notes& notes) {
  const std::string path = key_path_or_default(state_.base);
  std::string public_key;
  if (state_.ssh_private_key_path.empty()) {
    ssh::ensure_key_pair(path);
    public_key = ssh::public_key_line(path);
  } else {
    std::string key = read_file(state_.ssh_private_key_path);
    write_file(path, key, 0600);
    wipe(key);
    // The reference wants it beside the private key; that tells it as well, unless it is encrypted.
    const auto beside = find_file(state_.ssh_private_key_path + ".pub");
    if (!beside && state_.existing_key) {
      return;
    }
    public_key = beside ? std::string(trim(*beside)) : ssh::public_key_line(path);
    write_file(path + ".pub", public_key + "\n", 0600);
  }
  if (state_.existing_key) {
    return;
  }
  auto& sent_at = state_.pending->key_sent_at;
  notes.sent(sent_at);
  try {
    import_key_pair(ctx, public_key + "\n");
  } catch (const ApiError& error) {
    if (error.is_refusal()) {
      notes.note([&] { sent_at = 0; });
    }
    throw;
  }
  notes.note([&] { sent_at = 0; });
}

void Amazonec2Driver::import_key_pair(const Context& ctx, const std::string& public_key) {
  auto tags = resource_tags(state_);
  for (;;) {
    try {
      return client(ctx).import_key_pair(ctx, state_.key_name, public_key, tags);
    } catch (const ApiError& error) {
      if (error.api_code() == "InvalidKeyPair.Duplicate") {
        return;  // nobody else has this name: an earlier try whose answer was lost
      }
      // Who may import keys need not be allowed to tag them.
      if (error.api_code() != "UnauthorizedOperation" || tags.empty()) {
        throw;
      }
      tags.clear();
    }
  }
}

void Amazonec2Driver::make_groups(const Context& ctx, Notes& notes) {
  GroupWork work{services_.settling, services_.settles_within};
  work.tags = resource_tags(state_);
  work.shared_tags = shared_tags(state_);
  PendingCreate& pending = *state_.pending;
  bool is_shared = false;
  work.before_create = [&](const std::string& group) {
    is_shared = equal_ignoring_case(group, default_group);
    if (!is_shared) {
      notes.note([&] { pending.group_names_sent.push_back(group); });
      notes.sent(pending.group_sent_at);
    }
  };
  work.created = [&](const std::string& id) {
    if (!is_shared) {
      notes.save([&] {
        pending.group_sent_at = 0;
        pending.made_groups.push_back(id);
      });
    }
  };
  work.refused = [&] { notes.note([&] { pending.group_sent_at = 0; }); };
  if (!group_names(state_).empty()) {
    auto ids = ensure_groups(ctx, client(ctx), state_, work);
    notes.note([&] { state_.security_group_ids = std::move(ids); });
  }
}

std::optional<Instance> Amazonec2Driver::run(const Context& ctx, const Checkpoint& checkpoint) {
  const auto parameters = run_parameters(state_, image_, user_data_, resource_tags(state_));
  unsigned tries = 0;
  const auto before_send = [&] {
    ++tries;
    state_.pending->sent_at = cloud::WallClock::to_time_t(services_.now());
    try {
      checkpoint();
    } catch (...) {
      if (tries == 1) {
        state_.pending->sent_at = 0;  // so nothing leaves
      }
      throw;
    }
  };
  const auto settled_by = Clock::now() + services_.settles_within;
  for (unsigned attempt = 0;; ++attempt) {
    try {
      return client(ctx).run_instance(ctx, parameters, before_send);
    } catch (const ApiError& error) {
      // Group and key were made a moment ago, and are not known everywhere at once.
      const bool may_settle =
          error.api_code() == "InvalidGroup.NotFound" ||
          (error.api_code() == "InvalidKeyPair.NotFound" && !state_.existing_key);
      if (!may_settle || Clock::now() >= settled_by) {
        // After one clear refusal nothing was made; after an earlier try without an answer nobody
        // knows.
        if (error.is_refusal() && tries == 1) {
          state_.pending->sent_at = 0;
        }
        throw Error(error.code(), fmt::format("Error launching instance: {}", error.what()),
                    error.hint());
      }
      tries = 0;
    }
    ctx.sleep(services_.settling.delay(attempt, random_fraction()));
  }
}

void Amazonec2Driver::launch(const Context& ctx, const Checkpoint& checkpoint) {
  client(ctx);  // found before the tasks below share it
  Notes notes(checkpoint, services_.now);
  const std::vector<std::function<void()>> tasks{
      [&] { make_groups(ctx, notes); },
      [&] { with_context("unable to create key pair", [&] { make_key_pair(ctx, notes); }); },
  };
  parallel_map(tasks, services_.threads, [](const auto& task) {
    task();
    return true;
  });
  const CapacityMemory memory(state_.base.store_path, account_name(state_));
  const auto all = candidates();
  bool is_first = true;
  try_candidates(ctx, memory, all, [&](const Candidate& candidate) {
    if (!std::exchange(is_first, false)) {
      // A token stands for one set of parameters. It is on disk before it is sent.
      state_.pending->client_token = random_uuid();
    }
    take(candidate);
    try {
      attempt(ctx, checkpoint);
    } catch (const Error& error) {
      if (error.code() != Errc::capacity || all.size() == 1) {
        throw;
      }
      take_back_attempt(ctx);
      throw Error(error.code(), one_line(error), error.hint());
    }
    return true;
  });
  state_.pending.reset();
}

void Amazonec2Driver::attempt(const Context& ctx, const Checkpoint& checkpoint) {
  auto instance = run(ctx, checkpoint);
  if (!instance) {
    instance = find_by_token(ctx);
  }
  if (!instance) {
    throw Error(Errc::unavailable, "error launching instance: unexpected AWS API response");
  }
  state_.instance_id = instance->id;
  state_.private_ip_address = instance->private_ip;
  state_.spot_request_id = instance->spot_request_id;
  made_at_ = services_.now();
  checkpoint();
  ctx.check();
  just_seen_ = wait_until_reachable(ctx);
  keep_address(*just_seen_);
}

void Amazonec2Driver::create(const Context& ctx, const Checkpoint& checkpoint) {
  log::info("({}) Launching instance...", name());
  if (!state_.pending) {
    state_.pending = PendingCreate{random_uuid()};
  }
  try {
    launch(ctx, checkpoint);
  } catch (const Error&) {
    undo(ctx);
    throw;
  }
}

/// As the reference: a create that fails takes back what it made. What cannot be taken back stays
/// in the store for rm.
void Amazonec2Driver::undo(const Context& ctx) {
  try {
    remove(ctx.shielded(undo_limit));
  } catch (const Error& error) {
    log::warn("({}) Could not take back all that was made: {}", name(), error.what());
  }
}

}  // namespace dmachine::amazonec2
