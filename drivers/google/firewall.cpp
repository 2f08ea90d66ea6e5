// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/firewall.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/parallel.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::google {

namespace {

constexpr std::string_view shared_rule = "docker-machines";
constexpr std::string_view engine_port = "2376";

struct Range {
  int first = 0;
  int last = 0;
};

Range parse_range(const std::string& text) {
  const auto dash = text.find('-');
  const auto number = [](const std::string& digits) {
    return static_cast<int>(parse_go_int(digits).value_or(-1));
  };
  const int first = number(text.substr(0, dash));
  return {first, dash == std::string::npos ? first : number(text.substr(dash + 1))};
}

bool lets_through(const Json& entry, const Port& port) {
  const JsonFields fields(entry, "FirewallAllowed");
  const std::string protocol = to_lower(fields.text("IPProtocol"));
  if (protocol == "all") {
    return true;
  }
  if (protocol != port.protocol) {
    return false;
  }
  const auto ports = fields.texts("ports");
  const Range wanted = parse_range(port.port);
  return ports.empty() || std::ranges::any_of(ports, [&](const std::string& text) {
           const Range range = parse_range(text);
           return text == port.port || (range.first <= wanted.first && wanted.last <= range.last);
         });
}

bool is_for_network(const Json& rule, const std::string& network, const std::string& project) {
  const std::string theirs = JsonFields(rule, "Firewall").text("network");
  return resource_path(theirs, project) == resource_path(network, project);
}

Json new_rule(const std::string& name, const std::string& network, const std::vector<Port>& ports) {
  return Json{{"allowed", allowed_entries(ports)},
              {"name", name},
              {"network", network},
              {"sourceRanges", Json::array({"0.0.0.0/0"})},
              {"targetTags", Json::array({std::string(firewall_tag)})}};
}

/// Work on the rules of one network.
struct Firewall {
  const Context& ctx;
  Client& client;
  const StoredState& state;
  std::string project;  // the network's: another one with a shared VPC
  std::string network;
  std::vector<Port> ports = wanted_ports(state);

  void open(Json rule) const {
    const auto missing = missing_ports(rule, ports);
    if (missing.empty()) {
      return;
    }
    for (Json& entry : allowed_entries(missing)) {
      rule["allowed"].push_back(std::move(entry));
    }
    wait_until_done(ctx, client, client.update_firewall(ctx, project, rule), state.backoff);
  }

  void make(const std::string& name) const {
    const auto operation = client.insert_firewall(ctx, project, new_rule(name, network, ports));
    ctx.check();
    wait_until_done(ctx, client, operation, state.backoff);
  }

  /// One look, and one write if need be.
  void ensure() const {
    const std::string own = rule_name(network);
    std::vector<std::string> names{std::string(shared_rule)};
    if (own != names.front()) {
      names.push_back(own);
    }
    auto found = parallel_map(names, names.size(), [&](const std::string& name) {
      return client.find_firewall(ctx, project, name);
    });
    for (auto& rule : found) {
      if (rule && is_for_network(*rule, network, project)) {
        return open(std::move(*rule));
      }
    }
    if (!found.back()) {
      return make(names.back());
    }
    // The shared name belongs to another network: its own rule then, also for the network default.
    const std::string other = fmt::format("{}-default", shared_rule);
    auto rule = names.size() == 1 ? client.find_firewall(ctx, project, other) : std::nullopt;
    if (names.size() == 1 && !rule) {
      return make(other);
    }
    if (rule && is_for_network(*rule, network, project)) {
      return open(std::move(*rule));
    }
    throw Error(Errc::conflict,
                fmt::format("firewall rule {} is there for another network", names.back()),
                "--google-skip-firewall-create leaves the firewall to you");
  }
};

}  // namespace

std::vector<Port> wanted_ports(const StoredState& state) {
  std::vector<Port> ports{{std::string(engine_port), "tcp"}};
  const auto add = [&](const Port& port) {
    if (std::ranges::find(ports, port) == ports.end()) {
      ports.push_back(port);
    }
  };
  if (state.base.swarm_master) {
    add(parse_swarm_port(state.base.swarm_host));
  }
  if (state.external_rule_prefix.empty()) {
    for (const auto& text : state.open_ports) {
      add(parse_port(text));
    }
  }
  return ports;
}

std::vector<Port> missing_ports(const Json& rule, const std::vector<Port>& wanted) {
  std::vector<Port> missing = wanted;
  const Json* allowed = find_member(rule, "allowed");
  if (allowed != nullptr && allowed->is_array()) {
    std::erase_if(missing, [&](const Port& port) {
      return std::ranges::any_of(*allowed,
                                 [&](const Json& entry) { return lets_through(entry, port); });
    });
  }
  return missing;
}

Json allowed_entries(const std::vector<Port>& ports) {
  Json entries = Json::array();
  for (const auto& port : ports) {
    auto entry = std::ranges::find_if(
        entries, [&](const Json& other) { return other.at("IPProtocol") == port.protocol; });
    if (entry == entries.end()) {
      entries.push_back(Json{{"IPProtocol", port.protocol}, {"ports", Json::array()}});
      entry = std::prev(entries.end());
    }
    entry->at("ports").push_back(port.port);
  }
  return entries;
}

std::string rule_name(const std::string& network) {
  const std::string name = network.substr(network.rfind('/') + 1);
  if (name == "default") {
    return std::string(shared_rule);
  }
  std::string rule = fmt::format("{}-{}", shared_rule, name).substr(0, longest_name);
  while (rule.ends_with('-')) {
    rule.pop_back();
  }
  return rule;
}

void retry_races(const Context& ctx, Backoff backoff, const std::function<void()>& make) {
  constexpr unsigned most_tries = 8;
  for (unsigned attempt = 0;; ++attempt) {
    try {
      return make();
    } catch (const Error& error) {
      const auto* api = dynamic_cast<const ApiError*>(&error);
      const auto* operation = dynamic_cast<const OperationError*>(&error);
      const bool was_slower = (api != nullptr && (api->status() == 409 || api->status() == 412)) ||
                              (operation != nullptr && operation->code() == Errc::conflict);
      if (!was_slower || attempt + 1 == most_tries) {
        throw;
      }
    }
    ctx.sleep(backoff.delay(attempt, random_fraction()));
  }
}

void ensure_firewall(const Context& ctx, Client& client, const StoredState& state) {
  const Firewall firewall{ctx, client, state, project_of(state.network, state.project),
                          network_reference(state, client.resource_base())};
  try {
    retry_races(ctx, client.backoff(), [&] { firewall.ensure(); });
  } catch (const Error& error) {
    const bool may_not = error.code() == Errc::denied && error.hint().empty();
    throw Error(
        error.code(), fmt::format("requesting firewall rule: {}", error.what()),
        may_not ? "--google-skip-firewall-create leaves the firewall to you" : error.hint());
  }
}

}  // namespace dmachine::google
