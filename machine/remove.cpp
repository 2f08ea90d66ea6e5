// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/remove.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/lock.hpp"

#include <fmt/format.h>

namespace dmachine::machine {

namespace {

/// Removes the machine in the cloud, then its folder. With force a failure in the cloud is told,
/// and what is known of the machine is kept in a tombstone, since the instance may still be
/// running.
void remove_everywhere(const Context& ctx, const Store& store, const std::string& name,
                       Force force) {
  const std::string doing = fmt::format("Error removing host {}", go_quote(name));
  bool loaded = false;
  try {
    with_context(doing, [&] {
      Machine machine = store.load(name);
      loaded = true;
      machine.driver->remove(ctx);
    });
    store.remove_folder(name);
  } catch (const Error& error) {
    if (force == Force::no) {
      throw;
    }
    if (!loaded) {
      // Nothing that could be looked up again.
      log::error(error.what());
      store.remove_folder(name);
      return;
    }
    log::error(fmt::format("{} (it may still be running; what is known of it is kept in {})",
                           error.what(), store.keep_tombstone(name).string()));
  }
}

}  // namespace

void remove(const Context& ctx, const Store& store, const std::string& name, Force force) {
  const Error absent(Errc::not_found, fmt::format("Can't remove {}", go_quote(name)));
  // The name rule keeps `rm -f ..` and `rm -f ""` from reaching other folders; a folder of any name
  // that is a direct child of machines/ can be removed.
  const bool reachable = !name.empty() && name[0] != '.' && name.find('/') == std::string::npos;
  if (!reachable || (!store.exists(name) && !MachineLock::is_held(store, name))) {
    const Error unknown(Errc::not_found, fmt::format("Error removing host {}: {}", go_quote(name),
                                                     no_such_machine(name).what()));
    if (force == Force::no) {
      throw unknown;
    }
    log::error(unknown.what());
    throw absent;
  }
  const MachineLock lock = MachineLock::take_over(ctx, store, name);
  // A create that we stopped has removed its machine itself.
  if (store.exists(name)) {
    remove_everywhere(ctx, store, name, force);
  }
  log::info("Successfully removed {}", name);
}

}  // namespace dmachine::machine
