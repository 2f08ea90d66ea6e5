// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// From nothing to an instance that lets us in, and from somebody's instance to one that lets us in.
#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/firewall.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"
#include "drivers/google/rancher_rules.hpp"
#include "ssh/key_pair.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dmachine::google {

/// What an insert needs, from look-ups that do not depend on each other.
struct GoogleDriver::Prepared {
  std::string static_ip;
  bool disk_exists = false;
  bool disk_is_foreign = false;  // somebody else left it: it stays when this create is undone
};

std::string GoogleDriver::static_ip(const Context& ctx) {
  // Names have letters, but so have IPv6 addresses.
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  const std::string& text = state_.address;
  const bool is_literal = inet_pton(AF_INET, text.c_str(), ignored.data()) == 1 ||
                          inet_pton(AF_INET6, text.c_str(), ignored.data()) == 1;
  if (text.empty() || is_literal) {
    return text;
  }
  const auto reply = client(ctx).address(ctx, state_.project, region_of(state_), text);
  return JsonFields(reply, "Address").text("address");
}

void GoogleDriver::open_firewall(const Context& ctx) {
  if (!state_.skip_firewall) {
    ensure_firewall(ctx, client(ctx), state_);
    ensure_rancher_rules(ctx, client(ctx), state_);
  }
}

GoogleDriver::Prepared GoogleDriver::prepare(const Context& ctx, Prepare what) {
  Prepared prepared;
  std::vector<std::function<void()>> tasks{
      [&] {
        const std::string key = key_path_or_default(state_.base);
        ssh::ensure_key_pair(key);
        public_key_ = ssh::public_key_line(key);
      },
  };
  if (what != Prepare::without_firewall) {
    tasks.emplace_back([&] { open_firewall(ctx); });
  }
  const bool is_adoption = state_.use_existing && what == Prepare::all;
  if (!is_adoption && what != Prepare::without_zone) {
    tasks.emplace_back([&] { prepared.static_ip = static_ip(ctx); });
    tasks.emplace_back([&] { prepared.disk_exists = has_disk(ctx); });
  }
  parallel_map(tasks, services_.threads, [](const auto& task) {
    task();
    return true;
  });
  return prepared;
}

void GoogleDriver::create(const Context& ctx, const Checkpoint& checkpoint) {
  client(ctx);  // found before the tasks below share it
  log::info("({}) Generating SSH Key", name());
  log::info("({}) Creating host...", name());
  log::info("({}) {}", name(),
            state_.skip_firewall ? "Skipping opening firewall ports" : "Opening firewall ports");
  if (state_.use_existing) {
    prepare(ctx, Prepare::all);
    adopt(ctx);
  } else if (state_.bulk_insert) {
    prepare(ctx, Prepare::without_zone);
    create_in_bulk(ctx, checkpoint);
  } else {
    create_where_there_is_room(ctx, checkpoint);
  }
}

void GoogleDriver::create_where_there_is_room(const Context& ctx, const Checkpoint& checkpoint) {
  const StoredState wanted = state_;
  const auto all = candidates_of(state_);
  const CapacityMemory memory(state_.base.store_path, "google project " + state_.project);
  Prepare what = Prepare::all;
  try_candidates(ctx, memory, all, [&](const Candidate& candidate) {
    take_candidate(state_, wanted, candidate);
    Prepared prepared = prepare(ctx, std::exchange(what, Prepare::without_firewall));
    prepared.disk_is_foreign = prepared.disk_exists;
    try {
      insert(ctx, prepared, checkpoint);
    } catch (const Error& error) {
      if (error.code() == Errc::capacity && all.size() > 1) {
        undo_attempt(ctx, checkpoint);
      }
      throw;
    }
    return true;
  });
}

/// What a place without capacity left (nothing, as a rule) is gone before the next is tried.
void GoogleDriver::undo_attempt(const Context& ctx, const Checkpoint& checkpoint) {
  if (state_.pending && !state_.pending->request_id.empty()) {
    // The operation has ended: nothing more comes of it.
    state_.pending->operation.clear();
    state_.pending->sent_at = 0;
    with_context("removing what an attempt without capacity left", [&] {
      if (owns_pending_instance(ctx)) {
        delete_instance(ctx);
      }
      if (!state_.pending->disk_was_there) {
        delete_disk(ctx);
      }
    });
  }
  state_.pending = PendingCreate{};
  state_.resolved_zone.clear();
  state_.resolved_machine_type.clear();
  checkpoint();
}

void GoogleDriver::insert(const Context& ctx, const Prepared& prepared,
                          const Checkpoint& checkpoint) {
  StoredState with_user = state_;
  with_user.base.ssh_user = user();
  const Json body =
      instance_body(state_, {client(ctx).resource_base(), prepared.static_ip, prepared.disk_exists,
                             instance_metadata(with_user, public_key_)});
  if (prepared.disk_exists) {
    log::info("({}) Using the disk {} that is there already", name(), boot_disk_name(state_));
  }
  log::info("({}) Creating instance", name());
  const Operation operation =
      send_insert(ctx, prepared.disk_is_foreign, checkpoint,
                  [&](const std::string& request_id, const Client::BeforeSend& before_send) {
                    return client(ctx).insert_instance(ctx, place(), body, request_id, before_send);
                  });
  log::info("({}) Waiting for Instance", name());
  wait(ctx, operation);
  // The key went with the insert. The line stays for those who watch for it.
  log::info("({}) Uploading SSH Key", name());
  if (const auto instance = find_instance(ctx)) {
    state_.base.ip_address = address_of(*instance);
  }
  state_.pending.reset();
}

/// Saves before and after what is needed to find out about this insert.
Operation GoogleDriver::send_insert(const Context& ctx, bool disk_is_foreign,
                                    const Checkpoint& checkpoint, const Send& send) {
  PendingCreate pending{disk_is_foreign, random_uuid(), 0, {}};
  unsigned tries = 0;
  Operation operation;
  try {
    operation = send(pending.request_id, [&] {
      ++tries;
      pending.sent_at = cloud::WallClock::to_time_t(services_.now());
      state_.pending = pending;
      try {
        checkpoint();
      } catch (...) {
        if (tries == 1) {
          state_.pending = PendingCreate{};  // so nothing leaves
        }
        throw;
      }
    });
  } catch (const ApiError& error) {
    // After one clear refusal nothing was made; after an earlier try without an answer nobody
    // knows.
    const bool made_nothing = error.is_refusal() || error.code() == Errc::capacity;
    if (made_nothing && tries == 1) {
      state_.pending = PendingCreate{};
    }
    throw;
  }
  state_.pending->operation = operation.name;
  checkpoint();
  ctx.check();
  return operation;
}

/// The old disk is this machine's own, unless its create left a note that it is not.
void GoogleDriver::recreate(const Context& ctx) {
  Prepared prepared = prepare(ctx, Prepare::without_firewall);
  prepared.disk_is_foreign = state_.pending && state_.pending->disk_was_there;
  const auto before = state_.pending;
  try {
    insert(ctx, prepared, [this] { checkpoint(); });
  } catch (const Error&) {
    if (state_.pending && state_.pending->request_id.empty()) {
      // Nothing was made. For a machine whose create came to its end that does not mean that
      // nothing is its own: the disk is.
      state_.pending = before;
      save_quietly();
    }
    throw;
  }
}

void GoogleDriver::save_quietly() const {
  try {
    checkpoint();
  } catch (const Error& error) {
    log::debug("saving {}: {}", name(), error.what());
  }
}

void GoogleDriver::adopt(const Context& ctx) {
  log::info("({}) Configuring instance", name());
  log::info("({}) Adding tag for the firewall rule", name());
  retry_races(ctx, client(ctx).backoff(), [&] { add_tag(ctx); });
  log::info("({}) Uploading SSH Key", name());
  retry_races(ctx, client(ctx).backoff(), [&] { add_key(ctx); });
  state_.pending.reset();
}

void GoogleDriver::add_tag(const Context& ctx) {
  const auto instance = find_instance(ctx);
  if (!instance) {
    throw Error(Errc::not_found, fmt::format("unable to find instance {} in zone {}",
                                             go_quote(name()), go_quote(state_.zone)));
  }
  auto tags = instance->tags;
  if (std::ranges::find(tags, firewall_tag) == tags.end()) {
    tags.emplace_back(firewall_tag);
    wait(ctx, client(ctx).set(ctx, place(), name(), "setTags",
                              Json{{"fingerprint", instance->tags_fingerprint}, {"items", tags}}));
  }
}

void GoogleDriver::add_key(const Context& ctx) {
  const auto instance = find_instance(ctx);
  if (!instance) {
    throw Error(Errc::not_found, fmt::format("unable to find instance {} in zone {}",
                                             go_quote(name()), go_quote(state_.zone)));
  }
  const auto value = with_ssh_key(instance->metadata(ssh_keys), user(), public_key_);
  Json items = with_item(instance->metadata_items, ssh_keys, value);
  if (!state_.userdata.empty()) {
    items = with_item(std::move(items), "user-data", state_.userdata);
  }
  wait(ctx, client(ctx).set(ctx, place(), name(), "setMetadata",
                            Json{{"fingerprint", instance->metadata_fingerprint},
                                 {"items", std::move(items)}}));
  state_.base.ip_address = address_of(*instance);
}

}  // namespace dmachine::google
