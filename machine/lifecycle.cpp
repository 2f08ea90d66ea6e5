// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/lifecycle.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/cannot_stop.hpp"
#include "machine/lock.hpp"
#include "machine/provisioning.hpp"

#include <fmt/format.h>

#include <mutex>

namespace dmachine::machine {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::size_t most_at_once = 16;
constexpr auto state_limit = minutes(5);
constexpr auto engine_limit = minutes(1);

void wait_for_state(const Context& ctx, Driver& driver, State wanted) {
  poll(ctx.within(state_limit), fmt::format("the machine to be {}", to_string(wanted)),
       Backoff{Duration(200), seconds(3)},
       [&] { return driver.state(ctx) == wanted ? std::optional(true) : std::nullopt; });
}

/// Until someone listens on the engine's port: /proc/net/tcp needs no tool on the host (0A is
/// LISTEN).
void wait_for_engine(const Context& ctx, const Store& store, Machine& machine) {
  log::info("Waiting for SSH to be available...");
  const std::string address = machine.driver->address(ctx);
  const auto session = connect_when_ready(ctx, store, machine, address);
  log::info("Detecting the provisioner...");
  const std::string url = machine.driver->engine_url(address);
  const auto port = parse_go_int(url.substr(url.rfind(':') + 1)).value_or(2376);
  const std::string look =
      fmt::format("grep -qi ':{:04X} [0-9A-F]*:[0-9A-F]* 0A ' /proc/net/tcp /proc/net/tcp6", port);
  with_context("Unable to verify the Docker daemon is listening", [&] {
    poll(ctx.within(engine_limit), fmt::format("a listener on port {}", port),
         Backoff{Duration(200), seconds(2)},
         [&] { return session->run(ctx, look).ok() ? std::optional(true) : std::nullopt; });
  });
}

void save_on_checkpoints(const Store& store, Machine& machine) {
  machine.driver->set_checkpoint([&store, &machine] { store.save(machine); });
}

void start_and_wait(const Context& ctx, Machine& machine) {
  machine.driver->start(ctx);
  wait_for_state(ctx, *machine.driver, State::running);
}

/// False, with a line that says so, when the cloud can only remove this machine.
template <typename Halt>
bool halts(Halt&& halt) {
  try {
    halt();
    return true;
  } catch (const CannotStop& error) {
    log::warn(error.what());
    return false;
  }
}

std::string join_failures(const std::vector<std::string>& failures) {
  std::vector<std::string> told;
  for (const auto& failure : failures) {
    if (!failure.empty()) {
      told.push_back(failure);
    }
  }
  return join(told, "\n");
}

}  // namespace

void for_each_machine(const Context& ctx, const Store& store, const std::vector<std::string>& names,
                      Locking locking, const Action& action) {
  struct Task {
    std::string name;
    std::unique_ptr<Machine> machine;
    std::optional<MachineLock> lock;
  };
  std::vector<std::shared_ptr<Task>> tasks;
  std::vector<std::string> failures;
  for (const auto& name : names) {
    try {
      auto task = std::make_shared<Task>();
      task->name = name;
      task->machine = std::make_unique<Machine>(store.load(name));
      if (locking == Locking::wait) {
        task->lock.emplace(MachineLock::wait(ctx, store, name));
        // Whoever had the lock may have changed the machine.
        task->machine = std::make_unique<Machine>(store.load(name));
      }
      tasks.push_back(std::move(task));
    } catch (const Error& error) {
      failures.emplace_back(error.what());
    }
  }
  if (!failures.empty()) {
    throw Error(Errc::not_found, join_failures(failures));
  }
  // What a driver learned is saved for each machine that went well, whatever became of the others.
  failures =
      parallel_map(tasks, most_at_once, [&](const std::shared_ptr<Task>& task) -> std::string {
        try {
          action(ctx, store, *task->machine);
          store.save(*task->machine);
          return {};
        } catch (const Error& error) {
          return error.what();
        }
      });
  const std::string all = join_failures(failures);
  if (!all.empty()) {
    throw Error(Errc::unavailable, all);
  }
}

void start(const Context& ctx, const Store& store, Machine& machine) {
  log::info("Starting {}...", go_quote(machine.name));
  if (machine.driver->state(ctx) == State::running) {
    throw Error(Errc::conflict,
                fmt::format("Machine {} is already running.", go_quote(machine.name)));
  }
  save_on_checkpoints(store, machine);
  start_and_wait(ctx, machine);
  log::info("Machine {} was started.", go_quote(machine.name));
  store.save(machine);
  wait_for_engine(ctx, store, machine);
}

void stop(const Context& ctx, const Store&, Machine& machine) {
  log::info("Stopping {}...", go_quote(machine.name));
  if (machine.driver->state(ctx) == State::stopped) {
    throw Error(Errc::conflict,
                fmt::format("Machine {} is already stopped.", go_quote(machine.name)));
  }
  if (!halts([&] { machine.driver->stop(ctx); })) {
    return;
  }
  wait_for_state(ctx, *machine.driver, State::stopped);
  log::info("Machine {} was stopped.", go_quote(machine.name));
}

void kill(const Context& ctx, const Store&, Machine& machine) {
  log::info("Killing {}...", go_quote(machine.name));
  if (machine.driver->state(ctx) == State::stopped) {
    throw Error(Errc::conflict,
                fmt::format("Machine {} is already stopped.", go_quote(machine.name)));
  }
  if (!halts([&] { machine.driver->kill(ctx); })) {
    return;
  }
  wait_for_state(ctx, *machine.driver, State::stopped);
  log::info("Machine {} was killed.", go_quote(machine.name));
}

void restart(const Context& ctx, const Store& store, Machine& machine) {
  log::info("Restarting {}...", go_quote(machine.name));
  const State state = machine.driver->state(ctx);
  save_on_checkpoints(store, machine);
  if (state == State::stopped) {
    start_and_wait(ctx, machine);
  } else if (state == State::running) {
    machine.driver->restart(ctx);
    wait_for_state(ctx, *machine.driver, State::running);
  }
  store.save(machine);
  wait_for_engine(ctx, store, machine);
}

void upgrade(const Context& ctx, const Store& store, Machine& machine) {
  if (machine.driver->state(ctx) != State::running) {
    log::info("Starting machine so machine can be upgraded...");
    log::info("Starting {}...", go_quote(machine.name));
    start_and_wait(ctx, machine);
    log::info("Machine {} was started.", go_quote(machine.name));
    store.save(machine);
  }
  provision_again(ctx, store, machine, Certificates::keep_if_good, provision::Upgrade::yes);
}

}  // namespace dmachine::machine
