// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/access.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "engine/client.hpp"
#include "machine/lock.hpp"

#include <fmt/format.h>

namespace dmachine::machine {

using std::chrono::seconds;

namespace {

/// Someone listens at the SSH port, the engine's port, or at least refuses: the address is a living
/// host's.
bool answers(const Context& ctx, const Machine& machine, const std::string& address) {
  try {
    engine::check_connection(ctx.within(seconds(3)), machine.driver->engine_url(address),
                             tls_files(machine.options.auth));
    return true;
  } catch (const Error& error) {
    log::debug("asking the engine at {}: {}", address, error.what());
    return false;
  }
}

/// What a command learned on the way; whoever works on the machine knows better.
void save_if_free(const Store& store, const Machine& machine) {
  if (const auto lock = MachineLock::try_take(store, machine.name)) {
    try {
      store.save(machine);
    } catch (const Error& error) {
      log::debug("saving the new address of {}: {}", machine.name, error.what());
    }
  }
}

}  // namespace

void check_engine(const Context& ctx, const std::string& url, const Machine& machine) {
  with_tls_files(machine.options.auth,
                 [&](const engine::TlsFiles& files) { engine::check_connection(ctx, url, files); });
}

bool has_other_copies(const certs::AuthOptions& auth) {
  if (auth.store_path.empty()) {
    return false;
  }
  const engine::TlsFiles copies = copied_tls_files(auth);
  const auto differ = [](const std::filesystem::path& a, const std::filesystem::path& b) {
    const auto copy = find_file(a);
    return copy && copy != find_file(b);
  };
  return differ(copies.ca_cert, auth.ca_cert_path) ||
         differ(copies.client_cert, auth.client_cert_path);
}

std::string engine_url(const Context& ctx, Machine& machine) {
  const auto stored = machine.driver->stored_address();
  return machine.driver->engine_url(stored ? *stored
                                           : machine.driver->address(ctx.within(look_up_limit)));
}

State current_state(const Context& ctx, Machine& machine) {
  return machine.driver->state(ctx.within(look_up_limit));
}

std::string current_address(const Context& ctx, Machine& machine) {
  const auto stored = machine.driver->stored_address();
  if (stored && (!machine.driver->has_host() || answers(ctx, machine, *stored))) {
    return *stored;
  }
  return machine.driver->address(ctx.within(look_up_limit));
}

std::string connected_url(const Context& ctx, const Store& store, Machine& machine) {
  const auto stored = machine.driver->stored_address();
  if (!stored) {
    const std::string url = engine_url(ctx, machine);
    check_engine(ctx, url, machine);
    save_if_free(store, machine);
    return url;
  }
  std::string url = machine.driver->engine_url(*stored);
  try {
    check_engine(ctx, url, machine);
    return url;
  } catch (const Error& failure) {
    // The address may have changed behind our back (stopped and started, preempted).
    std::string fresh;
    try {
      fresh = machine.driver->address(ctx.within(look_up_limit));
    } catch (const Error& error) {
      log::debug("asking for a newer address of {}: {}", machine.name, error.what());
    }
    if (fresh.empty() || fresh == *stored) {
      throw failure;
    }
    url = machine.driver->engine_url(fresh);
    check_engine(ctx, url, machine);
    save_if_free(store, machine);
    return url;
  }
}

}  // namespace dmachine::machine
