// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/rancher_rules.hpp"

#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/firewall.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::google {

namespace {

constexpr std::string_view suffix = "-external-rancher-nodes";  // -internal-… is as long

constexpr std::array<std::string_view, 14> kubernetes_ports{
    "8443", "179",  "5473", "10256", "10250", "10251",    "10252",
    "6443", "2379", "2380", "9345",  "9796",  "8472/udp", "4789/udp"};

enum class From { internet, instances };

struct Rule {
  std::string name;
  std::string label;
  From from = From::internet;
  std::vector<Port> ports;
};

std::vector<Rule> rules_of(const StoredState& state) {
  std::vector<Rule> rules;
  if (!state.external_rule_prefix.empty() && !state.open_ports.empty()) {
    Rule rule{state.external_rule_prefix + "-external-rancher-nodes",
              "rancher-external-fw-rule",
              From::internet,
              {}};
    for (const auto& text : state.open_ports) {
      rule.ports.push_back(parse_port(text));
    }
    rules.push_back(std::move(rule));
  }
  if (!state.internal_rule_prefix.empty()) {
    Rule rule{state.internal_rule_prefix + "-internal-rancher-nodes",
              "rancher-internal-fw-rule",
              From::instances,
              {}};
    for (const auto text : kubernetes_ports) {
      rule.ports.push_back(parse_port(text));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

Json body_of(const Rule& rule, const std::string& network) {
  const bool is_public = rule.from == From::internet;
  Json body{{"allowed", allowed_entries(rule.ports)},
            {"description", fmt::format("rancher-machine managed {} firewall rule",
                                        is_public ? "external" : "internal")},
            {"name", rule.name},
            {"network", network}};
  if (is_public) {
    body["sourceRanges"] = Json::array({"0.0.0.0/0"});
  } else {
    body["sourceTags"] = Json::array({rule.name});
  }
  body["targetTags"] = Json::array({rule.name});
  return body;
}

/// Whether the rule lets through what is wanted and nothing else.
bool is_exact(const Json& found, const Rule& rule) {
  std::vector<Port> open;
  const Json* allowed = find_member(found, "allowed");
  for (const Json& entry : allowed != nullptr ? *allowed : Json::array()) {
    const JsonFields fields(entry, "FirewallAllowed");
    for (const auto& port : fields.texts("ports")) {
      open.push_back({port, fields.text("IPProtocol")});
    }
  }
  return open.size() == rule.ports.size() && std::ranges::is_permutation(open, rule.ports);
}

void ensure(const Context& ctx, Client& client, const StoredState& state, const Rule& rule) {
  const std::string project = project_of(state.network, state.project);
  auto found = client.find_firewall(ctx, project, rule.name);
  if (!found) {
    const auto body = body_of(rule, network_reference(state, client.resource_base()));
    wait_until_done(ctx, client, client.insert_firewall(ctx, project, body), state.backoff);
  } else if (!is_exact(*found, rule)) {
    (*found)["allowed"] = allowed_entries(rule.ports);
    wait_until_done(ctx, client, client.update_firewall(ctx, project, *found), state.backoff);
  }
}

void remove(const Context& ctx, Client& client, const StoredState& state, const Rule& rule) {
  const Place place{state.project, zone_of(state)};
  const bool is_needed =
      place.zone.empty()
          ? !client
                 .list_everywhere(ctx, place.project, "instances",
                                  fmt::format("labels.{}={}", rule.label, rule.name), "name")
                 .empty()
          : client.has_instance_with_label(ctx, place, rule.label, rule.name);
  if (is_needed) {
    return;
  }
  const std::string project = project_of(state.network, state.project);
  try {
    wait_until_done(ctx, client, client.delete_firewall(ctx, project, rule.name), state.backoff);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) {
      throw;
    }
  }
}

}  // namespace

void check_rule_prefix(std::string_view prefix) {
  if (!prefix.empty() && !is_name(std::string(prefix) + std::string(suffix))) {
    throw Error(
        Errc::invalid,
        fmt::format("{} begins no rule's name: it begins with a small letter and has at most "
                    "{} small letters, digits and dashes",
                    go_quote(prefix), longest_name - suffix.size()));
  }
}

std::vector<std::string> rancher_rule_tags(const StoredState& state) {
  std::vector<std::string> tags;
  for (const auto& rule : rules_of(state)) {
    tags.push_back(rule.name);
  }
  return tags;
}

MetadataMap rancher_rule_labels(const StoredState& state) {
  MetadataMap labels;
  for (const auto& rule : rules_of(state)) {
    labels[rule.label] = rule.name;
  }
  return labels;
}

void ensure_rancher_rules(const Context& ctx, Client& client, const StoredState& state) {
  for (const auto& rule : rules_of(state)) {
    log::info("({}) Ensuring firewall rule '{}'", state.base.machine_name, rule.name);
    with_context(fmt::format("requesting firewall rule {}", rule.name), [&] {
      retry_races(ctx, client.backoff(), [&] { ensure(ctx, client, state, rule); });
    });
  }
}

void remove_rancher_rules(const Context& ctx, Client& client, const StoredState& state) {
  for (const auto& rule : rules_of(state)) {
    with_context(fmt::format("removing firewall rule {}", rule.name),
                 [&] { remove(ctx, client, state, rule); });
  }
}

}  // namespace dmachine::google
