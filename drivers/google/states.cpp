// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"

#include <algorithm>

namespace dmachine::google {

namespace {

/// Requests side by side for machines that nobody may list.
constexpr std::size_t singles_at_once = 16;

StateAnswer failed(const Error& error) {
  const auto* api = dynamic_cast<const ApiError*>(&error);
  const bool has_message = api != nullptr && !api->message().empty();
  return {.state = State::error, .error = has_message ? api->message() : error.what()};
}

/// Whether the list is refused to one who may still read single resources.
bool is_list_denied(const ApiError& error) {
  return error.status() == 403 && error.code() == Errc::denied;
}

using ListMethod = Listing (Client::*)(const Context&, const Place&, std::span<const std::string>);

/// Nothing when the list is refused. Names that the API could not have are left out, and absent.
std::optional<Listing> list(const Context& ctx, Client& client, ListMethod method,
                            const Place& place, std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) { return !is_name(name); });
  try {
    return (client.*method)(ctx, place, names);
  } catch (const ApiError& error) {
    if (is_list_denied(error)) {
      log::debug("{}; asking for each machine", error.what());
      return std::nullopt;
    }
    if (error.status() == 404) {
      return Listing{};  // no such project or zone: as a look-up of each would say
    }
    throw;
  }
}

}  // namespace

/// The machines of one account in one zone.
class GoogleDriver::Group {
 public:
  explicit Group(GoogleDriver& first) : place_(first.place()) {}

  bool is_place_of(const GoogleDriver& machine) const {
    const Place place = machine.place();
    return place.project == place_.project && place.zone == place_.zone;
  }

  void add(GoogleDriver& machine, StateAnswer& answer) { members_.push_back({&machine, &answer}); }

  /// A failure is the answer of all.
  void ask(const Context& ctx, const std::shared_ptr<Access>& access) const {
    for (const auto& [machine, answer] : members_) {
      machine->access_ = access;
    }
    try {
      list_members(ctx, access->client());
    } catch (const Error& error) {
      fail(error);
    }
  }

  void fail(const Error& error) const {
    for (const auto& [machine, answer] : members_) {
      *answer = failed(error);
    }
  }

 private:
  struct Member {
    GoogleDriver* machine;
    StateAnswer* answer;
  };

  void list_members(const Context& ctx, Client& client) const {
    std::vector<std::string> names;
    for (const Member& member : members_) {
      names.push_back(member.machine->name());
    }
    if (place_.zone.empty()) {  // each has to be found first
      return ask_each(ctx, members_);
    }
    const auto instances = list(ctx, client, &Client::list_instances, place_, std::move(names));
    if (!instances) {
      return ask_each(ctx, members_);
    }
    std::vector<Member> missing;
    for (const Member& member : members_) {
      const auto found = instances->found.find(member.machine->name());
      if (found != instances->found.end()) {
        answer_each({member}, [&](GoogleDriver& machine) {
          return machine.answer_of(parse_instance(found->second));
        });
      } else if (!instances->incomplete.empty()) {
        *member.answer = {.state = State::error, .error = instances->incomplete};
      } else {
        missing.push_back(member);
      }
    }
    look_for_disks(ctx, client, missing);
  }

  /// An instance that is gone while its disk is there counts as stopped.
  void look_for_disks(const Context& ctx, Client& client,
                      const std::vector<Member>& missing) const {
    std::vector<std::string> names;
    for (const Member& member : missing) {
      *member.answer = member.machine->answer_of(std::nullopt);
      names.push_back(boot_disk_name(member.machine->state_));
    }
    if (missing.empty()) {
      return;
    }
    const auto disks = list(ctx, client, &Client::list_disks, place_, names);
    if (!disks) {
      return ask_each(ctx, missing);
    }
    for (std::size_t i = 0; i < missing.size(); ++i) {
      if (disks->found.contains(names[i])) {
        missing[i].answer->state = State::stopped;
      } else if (!disks->incomplete.empty()) {
        *missing[i].answer = {.state = State::error, .error = disks->incomplete};
      }
    }
  }

  static void ask_each(const Context& ctx, const std::vector<Member>& members) {
    answer_each(members, [&](GoogleDriver& machine) { return machine.answer_alone(ctx); });
  }

  template <typename Work>
  static void answer_each(const std::vector<Member>& members, const Work& work) {
    const auto answers = parallel_map(members, singles_at_once, [&](const Member& member) {
      try {
        return work(*member.machine);
      } catch (const Error& error) {
        return failed(error);
      }
    });
    for (std::size_t i = 0; i < members.size(); ++i) {
      *members[i].answer = answers[i];
    }
  }

  Place place_;
  std::vector<Member> members_;
};

StateAnswer GoogleDriver::answer_of(const std::optional<Instance>& instance) const {
  if (!instance) {
    return {.state = State::none,
            .error = fmt::format("The resource '{}/instances/{}' was not found", place().path(),
                                 name())};
  }
  return {.state = state_of(instance->status), .address = address_of(*instance)};
}

StateAnswer GoogleDriver::answer_alone(const Context& ctx) {
  const auto instance = find_instance(ctx);
  StateAnswer answer = answer_of(instance);
  if (!instance && has_disk(ctx)) {
    answer.state = State::stopped;
  }
  return answer;
}

std::vector<StateAnswer> GoogleDriver::states(const Context& ctx,
                                              std::span<Driver* const> drivers) {
  struct Account {
    Secret credentials;
    GoogleDriver* first;
    std::vector<Group> groups;
  };
  std::vector<StateAnswer> answers(drivers.size());
  std::vector<Account> accounts;
  for (std::size_t i = 0; i < drivers.size(); ++i) {
    auto& machine = dynamic_cast<GoogleDriver&>(*drivers[i]);
    const Secret credentials = machine.credentials_given();
    auto account = std::ranges::find_if(accounts, [&](const Account& one) {
      return one.credentials.reveal() == credentials.reveal();
    });
    if (account == accounts.end()) {
      account = accounts.insert(account, {credentials, &machine, {}});
    }
    auto group = std::ranges::find_if(account->groups,
                                      [&](const Group& one) { return one.is_place_of(machine); });
    if (group == account->groups.end()) {
      group = account->groups.insert(group, Group(machine));
    }
    group->add(machine, answers[i]);
  }
  const auto ask_account = [&](const Account& account) {
    try {
      account.first->client(ctx);
    } catch (const Error& error) {
      std::ranges::for_each(account.groups, [&](const Group& group) { group.fail(error); });
      return 0;
    }
    parallel_map(account.groups, account.first->services_.threads, [&](const Group& group) {
      group.ask(ctx, account.first->access_);
      return 0;
    });
    return 0;
  };
  parallel_map(accounts, std::max<std::size_t>(accounts.size(), 1), ask_account);
  return answers;
}

}  // namespace dmachine::google
