// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/states.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "drivers/registry.hpp"

#include <algorithm>

namespace dmachine::machine {

namespace {

StateAnswer ask_alone(const Context& ctx, Machine& machine) {
  try {
    ctx.check();
    return {.state = machine.driver->state(ctx)};
  } catch (const Cancelled&) {
    throw;
  } catch (const std::exception& error) {  // one file's odd content is one row's failure
    return {.state = State::error, .error = error.what()};
  }
}

std::vector<StateAnswer> ask_list(const Context& ctx, const FleetPart& part) {
  std::vector<Driver*> drivers;
  for (const Machine* machine : part.machines) {
    drivers.push_back(machine->driver.get());
  }
  try {
    auto answers = part.lister->states(ctx, drivers);
    if (answers.size() != drivers.size()) {
      throw Error(Errc::internal, "the driver's listing has another length");
    }
    return answers;
  } catch (const Cancelled&) {
    throw;
  } catch (const std::exception& error) {
    return std::vector<StateAnswer>(drivers.size(), {.state = State::error, .error = error.what()});
  }
}

}  // namespace

std::vector<FleetPart> fleet_parts(const std::vector<Machine*>& machines) {
  std::vector<FleetPart> parts;
  for (Machine* machine : machines) {
    const DriverType* type = find_driver_type(machine->driver_name);
    const DriverType* lister = type != nullptr && type->states != nullptr ? type : nullptr;
    auto part = std::ranges::find(parts, lister, &FleetPart::lister);
    if (part == parts.end()) {
      part = parts.insert(part, {lister, {}});
    }
    part->machines.push_back(machine);
  }
  return parts;
}

std::vector<StateAnswer> ask_states(const Context& ctx, const FleetPart& part) {
  if (part.lister != nullptr) {
    return ask_list(ctx, part);
  }
  return parallel_map(part.machines, machines_at_once,
                      [&](Machine* machine) { return ask_alone(ctx, *machine); });
}

std::map<std::string, StateAnswer> ask_states(const Context& ctx,
                                              const std::vector<Machine*>& machines) {
  const auto parts = fleet_parts(machines);
  const auto answers = parallel_map(parts, std::max<std::size_t>(parts.size(), 1),
                                    [&](const FleetPart& part) { return ask_states(ctx, part); });
  std::map<std::string, StateAnswer> by_name;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    for (std::size_t i = 0; i < answers[part].size(); ++i) {
      by_name.emplace(parts[part].machines[i]->name, answers[part][i]);
    }
  }
  return by_name;
}

}  // namespace dmachine::machine
