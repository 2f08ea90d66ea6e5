// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/security_groups.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::amazonec2 {

namespace {

constexpr int engine_port = 2376;

std::string protocol_number(const std::string& protocol) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> names{
      {{"tcp", "6"}, {"udp", "17"}, {"icmp", "1"}}};
  const auto found =
      std::ranges::find(names, protocol, [](const auto& pair) { return pair.first; });
  return found == names.end() ? protocol : std::string(found->second);
}

bool lets_in(const InRule& rule, const Port& port) {
  if (rule.protocol == "-1") {
    return true;
  }
  return protocol_number(rule.protocol) == protocol_number(port.protocol) &&
         (rule.from == -1 || (rule.from <= port.port && port.port <= rule.to));
}

/// Work on the groups of one VPC.
struct Groups {
  const Context& ctx;
  Client& client;
  const StoredState& state;
  const GroupWork& work;
  std::vector<Port> ports = wanted_ports(state);

  std::vector<Group> look_up(const std::vector<std::string>& names) const {
    std::vector<std::string> by_name;
    std::vector<std::string> by_id;
    for (const auto& name : names) {
      (is_group_id(name) ? by_id : by_name).push_back(name);
    }
    std::vector<Group> found;
    if (!by_name.empty()) {
      found = client.groups(ctx, {{"group-name", by_name}, {"vpc-id", {state.vpc_id}}});
    }
    // Nothing has to be known of those that are only used.
    if (!by_id.empty() && !state.security_group_readonly) {
      const auto more = client.groups_by_id(ctx, by_id);
      found.insert(found.end(), more.begin(), more.end());
    }
    return found;
  }

  Group make(const std::string& name) const {
    if (work.before_create) {
      work.before_create(name);
    }
    std::string id;
    try {
      id = create(name);
    } catch (const ApiError& error) {
      if (error.is_refusal() && work.refused) {
        work.refused();
      }
      if (error.api_code() != "InvalidGroup.Duplicate") {
        throw;
      }
      return find_others(name);
    }
    if (work.created) {
      work.created(id);
    }
    return {id, name, state.vpc_id, {}, {}};
  }

  std::string create(const std::string& name) const {
    // The default group is everybody's: it must not look like one machine's.
    const Tags& tags = equal_ignoring_case(name, default_group) ? work.shared_tags : work.tags;
    try {
      return client.create_group(ctx, name, state.vpc_id, tags);
    } catch (const ApiError& error) {
      // Who may make groups need not be allowed to tag them.
      if (error.api_code() != "UnauthorizedOperation" || tags.empty()) {
        throw;
      }
      return client.create_group(ctx, name, state.vpc_id, {});
    }
  }

  /// Somebody else's group of that name: made just now, or written in other letters, which EC2
  /// takes for the same.
  Group find_others(const std::string& name) const {
    return poll(
        ctx.within(work.settles_within), fmt::format("security group {}", go_quote(name)),
        work.settling, [&]() -> std::optional<Group> {
          const Filters in_vpc{{"vpc-id", {state.vpc_id}}};
          for (const auto& filters : {Filters{{"group-name", {name}}, in_vpc.front()}, in_vpc}) {
            for (auto& group : client.groups(ctx, filters)) {
              if (equal_ignoring_case(group.name, name)) {
                return std::move(group);
              }
            }
          }
          return std::nullopt;
        });
  }

  /// Tries until EC2 knows everywhere what was just made.
  template <typename Call>
  void once_settled(Call&& call) const {
    poll(ctx.within(work.settles_within), "a new security group to be known", work.settling,
         [&]() -> std::optional<bool> {
           try {
             call();
             return true;
           } catch (const ApiError& error) {
             if (error.api_code() != "InvalidGroup.NotFound" &&
                 error.api_code() != "InvalidGroupId.NotFound") {
               throw;
             }
             return std::nullopt;
           }
         });
  }

  void open(Group group) const {
    constexpr unsigned most_tries = 8;
    for (unsigned attempt = 0;; ++attempt) {
      const auto missing = missing_ports(group, ports);
      if (missing.empty()) {
        return;
      }
      try {
        once_settled([&] { client.authorize(ctx, group.id, missing); });
        return;
      } catch (const ApiError& error) {
        if (error.api_code() != "InvalidPermission.Duplicate") {
          throw;
        }
        // Of several rules EC2 adds none when one is there. With a single one we are done.
        if (missing.size() == 1 || attempt + 1 == most_tries) {
          return add_one_by_one(group.id, missing);
        }
      }
      once_settled([&] {
        const auto now = client.groups_by_id(ctx, {group.id});
        group = now.empty() ? group : now.front();
      });
    }
  }

  void add_one_by_one(const std::string& id, const std::vector<Port>& missing) const {
    for (const auto& port : missing) {
      try {
        client.authorize(ctx, id, {port});
      } catch (const ApiError& error) {
        if (error.api_code() != "InvalidPermission.Duplicate") {
          throw;
        }
      }
    }
  }

  std::vector<std::string> ensure() const {
    const auto names = group_names(state);
    const auto found = look_up(names);
    std::vector<std::string> ids;
    for (const auto& name : names) {
      const auto is_named = [&](const Group& group) {
        return group.id == name || equal_ignoring_case(group.name, name);
      };
      const auto at = std::ranges::find_if(found, is_named);
      if (at == found.end() && is_group_id(name)) {
        ids.push_back(name);
        continue;
      }
      const Group group = at == found.end() ? make(name) : *at;
      if (!state.security_group_readonly) {
        open(group);
      }
      ids.push_back(group.id);
    }
    return ids;
  }
};

}  // namespace

std::vector<std::string> group_names(const StoredState& state) {
  std::vector<std::string> names;
  if (!state.security_group_name.empty()) {
    names.push_back(state.security_group_name);
  }
  names.insert(names.end(), state.security_group_names.begin(), state.security_group_names.end());
  return names;
}

std::vector<Port> wanted_ports(const StoredState& state) {
  std::vector<Port> ports;
  const auto add = [&](const Port& port) {
    if (std::ranges::find(ports, port) == ports.end()) {
      ports.push_back(port);
    }
  };
  add({state.base.ssh_port == 0 ? 22 : state.base.ssh_port, "tcp"});
  add({engine_port, "tcp"});
  if (state.base.swarm_master) {
    add(parse_swarm_port(state.base.swarm_host));
  }
  for (const auto& text : state.open_ports) {
    add(parse_port(text));
  }
  return ports;
}

std::vector<Port> missing_ports(const Group& group, const std::vector<Port>& wanted) {
  std::vector<Port> missing = wanted;
  std::erase_if(missing, [&](const Port& port) {
    return std::ranges::any_of(group.rules,
                               [&](const InRule& rule) { return lets_in(rule, port); });
  });
  return missing;
}

std::vector<std::string> ensure_groups(const Context& ctx, Client& client, const StoredState& state,
                                       const GroupWork& work) {
  try {
    return Groups{ctx, client, state, work}.ensure();
  } catch (const ApiError& error) {
    throw Error(error.code(), error.what(),
                error.api_code() == "UnauthorizedOperation" && !state.security_group_readonly
                    ? "--amazonec2-security-group-readonly leaves the groups' rules to you"
                    : error.hint());
  }
}

}  // namespace dmachine::amazonec2
