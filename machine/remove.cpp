// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/remove.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/lock.hpp"

namespace dmachine::machine {

namespace {

/// The cloud's part. An Error means that something may be left there.
void remove_from_cloud(const Context& ctx, const Store& store, const std::string& name) {
  with_context(fmt::format("Error removing host {}", go_quote(name)), [&] {
    Machine machine = store.load(name);
    machine.driver->remove(ctx);
  });
}

}  // namespace

void remove(const Context& ctx, const Store& store, const std::string& name, Force force) {
  const Error absent(Errc::not_found, fmt::format("Can't remove {}", go_quote(name)));
  // The name rule keeps `rm -f ..` and `rm -f ""` from reaching other folders; a folder of any name that is a direct
  // child of machines/ can be removed.
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
    try {
      remove_from_cloud(ctx, store, name);
    } catch (const Error& error) {
      if (force == Force::no) {
        throw;
      }
      log::error(error.what());
    }
    store.remove_folder(name);
  }
  log::info("Successfully removed {}", name);
}

}  // namespace dmachine::machine
