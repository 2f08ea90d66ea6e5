// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/remove.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "machine/lock.hpp"
#include "machine/records.hpp"
#include "machine/tombstone.hpp"

#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <set>

namespace dmachine::machine {

namespace {

constexpr std::size_t removals_at_once = 16;

/// How one name's removal ended.
struct Ending {
  std::vector<std::string> errors;  // for stderr, under force
  bool removed = false;             // `Successfully removed NAME`
  std::string failure;              // without force
};

/// Prints the endings in the order of the names, each as soon as those before it are known.
class InOrder {
 public:
  InOrder(const std::vector<std::string>& names) : names_(names), endings_(names.size()) {}

  void tell(std::size_t index, Ending ending) {
    const std::lock_guard lock(mutex_);
    endings_[index] = std::move(ending);
    for (; next_ < endings_.size() && endings_[next_]; ++next_) {
      for (const auto& error : endings_[next_]->errors) {
        log::error(error);
      }
      if (endings_[next_]->removed) {
        log::info("Successfully removed {}", names_[next_]);
      }
    }
  }

  std::vector<std::string> failures() const {
    std::vector<std::string> failures;
    for (const auto& ending : endings_) {
      if (ending && !ending->failure.empty()) {
        failures.push_back(ending->failure);
      }
    }
    return failures;
  }

 private:
  const std::vector<std::string>& names_;
  std::mutex mutex_;
  std::vector<std::optional<Ending>> endings_;
  std::size_t next_ = 0;
};

/// Removes the machine in the cloud, then its folder. With force a failure in the cloud is told,
/// and what is known of the machine is kept in a tombstone, since the instance may still be
/// running.
void remove_everywhere(const Context& ctx, const Store& store, const std::string& name, Force force,
                       Ending& ending, Recorder& recorder) {
  const std::string doing = fmt::format("Error removing host {}", go_quote(name));
  bool loaded = false;
  try {
    with_context(doing, [&] {
      Machine machine = store.load(name);
      loaded = true;
      recorder.set_driver(machine.driver_name);
      recorder.set_placement(machine.driver->placement());
      const PhaseTimer timer("remove");
      machine.driver->remove(ctx);
    });
    store.remove_folder(name);
    recorder.succeeded();
  } catch (const Error& error) {
    recorder.failed(error.code());
    if (force == Force::no) {
      throw;
    }
    if (!loaded) {
      // Nothing that could be looked up again.
      ending.errors.emplace_back(error.what());
      store.remove_folder(name);
      return;
    }
    const Tombstone tombstone = bury(store, name, error.what());
    ending.errors.push_back(fmt::format(
        "{} (it may still be running; what is known of it is kept in {}. Later creates and "
        "removals try again; \"docker-machine gc --yes\" does so at once)",
        error.what(), tombstone.folder.string()));
  }
}

void remove_one(const Context& ctx, const Store& store, const std::string& name, Force force,
                Ending& ending) {
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
    ending.errors.emplace_back(unknown.what());
    throw absent;
  }
  const MachineLock lock = MachineLock::take_over(ctx, store, name);
  // A create that we stopped has removed its machine itself.
  if (store.exists(name)) {
    Recorder recorder(store, "rm", name);
    remove_everywhere(ctx, store, name, force, ending, recorder);
  }
  ending.removed = true;
}

Ending remove_and_tell(const Context& ctx, const Store& store, const std::string& name,
                       Force force) {
  Ending ending;
  try {
    remove_one(ctx, store, name, force, ending);
  } catch (const Error& error) {
    if (force == Force::yes) {
      ending.errors.emplace_back(error.what());
    } else {
      ending.failure = error.what();
    }
  }
  return ending;
}

}  // namespace

std::vector<std::string> remove(const Context& ctx, const Store& store,
                                const std::vector<std::string>& names, Force force) {
  // A name that is given again comes when the first one is done: a removal stops whoever holds the
  // machine's lock.
  std::vector<std::size_t> first;
  std::vector<std::size_t> repeated;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    (seen.insert(names[i]).second ? first : repeated).push_back(i);
  }
  InOrder order(names);
  const auto work = [&](std::size_t i) {
    order.tell(i, remove_and_tell(ctx, store, names[i], force));
    return true;
  };
  parallel_map(first, removals_at_once, work);
  parallel_map(repeated, 1, work);
  return order.failures();
}

}  // namespace dmachine::machine
