// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// The states of many machines: one list for each resource group that they are in.
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/azure/driver.hpp"
#include "drivers/azure/instance_view.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace dmachine::azure {

namespace {

constexpr std::size_t most_at_once = 16;

/// The instance views of a group's machines, by name in small letters.
std::map<std::string, Json> views_by_name(const Json& machines) {
  std::map<std::string, Json> views;
  for (const Json& machine : machines) {
    const Json* view = member_at(machine, {"properties", "instanceView"});
    views[to_lower(text_at(machine, {"name"}))] = view != nullptr ? *view : Json::object();
  }
  return views;
}

StateAnswer unknown(const Error& error) {
  return {State::error, std::nullopt, error.what()};
}

}  // namespace

StateAnswer AzureDriver::answer_from(const Json* view) const {
  if (view != nullptr) {
    return {state_of(*view), std::nullopt, ""};
  }
  return {State::none, std::nullopt,
          fmt::format("{} was not found in resource group {}", virtual_machine().title,
                      go_quote(state_.resource_group))};
}

std::vector<StateAnswer> AzureDriver::states(const Context& ctx,
                                             std::span<Driver* const> machines) {
  std::vector<StateAnswer> answers(machines.size());
  // Machines with the same credentials share one Access, and so one token.
  std::map<std::pair<Access*, std::string>, std::vector<std::size_t>> groups;
  const auto machine = [&](std::size_t i) { return dynamic_cast<AzureDriver*>(machines[i]); };
  for (std::size_t i = 0; i < machines.size(); ++i) {
    try {
      machine(i)->refuse_legacy();
      machine(i)->client();
      groups[{machine(i)->access_.get(), to_lower(machine(i)->scope().group_id())}].push_back(i);
    } catch (const Error& error) {
      answers[i] = unknown(error);
    }
  }
  const auto ask = [&](const std::vector<std::size_t>& members) {
    AzureDriver& first = *machine(members.front());
    try {
      if (members.size() == 1) {
        const auto view = first.client().find(ctx, first.virtual_machine().below("/instanceView"));
        answers[members.front()] = first.answer_from(view ? &*view : nullptr);
        return;
      }
      const auto views =
          views_by_name(first.client().list(ctx, first.scope().virtual_machines_with_views()));
      for (const auto i : members) {
        const auto found = views.find(to_lower(machine(i)->name()));
        answers[i] = machine(i)->answer_from(found == views.end() ? nullptr : &found->second);
      }
    } catch (const ApiError& error) {
      for (const auto i : members) {
        answers[i] = error.is_gone() ? machine(i)->answer_from(nullptr) : unknown(error);
      }
    } catch (const Error& error) {
      for (const auto i : members) {
        answers[i] = unknown(error);
      }
    }
  };
  std::vector<std::vector<std::size_t>> lists;
  for (auto& entry : groups) {
    lists.push_back(std::move(entry.second));
  }
  parallel_map(lists, most_at_once, [&](const auto& members) {
    ask(members);
    return true;
  });
  return answers;
}

}  // namespace dmachine::azure
