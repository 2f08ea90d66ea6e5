// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Whether the machine will have a network, and can be reached in it.
#include "core/json_fields.hpp"
#include "core/text.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/examination.hpp"
#include "drivers/google/firewall.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace dmachine::google {

namespace {

using Level = Finding::Level;

std::set<std::string> regions_of(const StoredState& state) {
  std::set<std::string> regions;
  if (state.bulk_insert) {
    regions.insert(state.region);
  } else {
    for (const auto& candidate : candidates_of(state)) {
      regions.insert(region_of(candidate.zone));
    }
  }
  return regions;
}

Findings examine_vpc(const Examined& machine, const std::string& network) {
  const std::string subject = "network " + machine.state.network;
  const Finding absent{Level::problem, subject, "there is none that these credentials may see",
                       "gcloud compute networks list, and --google-network"};
  return look(machine, subject, absent, [&]() -> Findings {
    const auto found = machine.client.find(machine.ctx, network);
    if (!found) {
      return {absent};
    }
    const bool makes_subnetworks = JsonFields(*found, "Network").boolean("autoCreateSubnetworks");
    if (!makes_subnetworks && machine.state.subnetwork.empty()) {
      return {{Level::problem, subject, "it makes no subnetworks by itself",
               "--google-subnetwork with the name of one of its own"}};
    }
    return {{Level::good, subject, "it is there"}};
  });
}

std::string subnetwork_path(const StoredState& state, const std::string& region) {
  if (state.subnetwork.find("/subnetworks/") != std::string::npos) {
    return resource_path(state.subnetwork, state.project);
  }
  return below_project(project_of(state.network, state.project),
                       fmt::format("regions/{}/subnetworks/{}", region, state.subnetwork));
}

Findings examine_subnetwork(const Examined& machine, const std::string& network,
                            const std::string& region) {
  const StoredState& state = machine.state;
  const std::string subject = fmt::format("subnetwork {} in {}", state.subnetwork, region);
  const Finding absent{Level::problem, subject, "there is none that these credentials may see",
                       "gcloud compute networks subnets list, and --google-subnetwork"};
  return look(machine, subject, absent, [&]() -> Findings {
    const std::string path = subnetwork_path(state, region);
    const auto found = machine.client.find(machine.ctx, path);
    if (!found) {
      return {absent};
    }
    if (path.find(fmt::format("/regions/{}/", region)) == std::string::npos) {
      return {{Level::problem, subject, "it is in another region",
               "a subnetwork of the zone's region"}};
    }
    const auto theirs = resource_path(JsonFields(*found, "Subnetwork").text("network"), "");
    if (theirs != network) {
      return {{Level::problem, subject, fmt::format("it is of another network, {}", theirs),
               "--google-network and --google-subnetwork that belong together"}};
    }
    return {{Level::good, subject, "it is there"}};
  });
}

Findings examine_address(const Examined& machine, const std::string& region) {
  const StoredState& state = machine.state;
  if (!is_name(state.address)) {
    return {};  // none, or an address itself
  }
  const std::string subject = fmt::format("address {} in {}", state.address, region);
  const Finding absent{Level::problem, subject, "it is not reserved there",
                       "gcloud compute addresses list, and --google-address"};
  return look(machine, subject, absent, [&]() -> Findings {
    const auto found = machine.client.address(machine.ctx, state.project, region, state.address);
    if (JsonFields(found, "Address").text("status") == "IN_USE") {
      return {{Level::problem, subject, "another machine has it", "an address that is free"}};
    }
    return {{Level::good, subject, "it is reserved"}};
  });
}

bool is_for_us(const Json& rule, const StoredState& state, const std::string& network) {
  const JsonFields fields(rule, "Firewall");
  const auto targets = fields.texts("targetTags");
  const auto tags = parse_comma_list(state.tags);
  const bool is_targeted =
      targets.empty() || std::ranges::any_of(targets, [&](const auto& tag) {
        return tag == firewall_tag || std::ranges::find(tags, tag) != tags.end();
      });
  return is_targeted && fields.text("direction") != "EGRESS" && !fields.boolean("disabled") &&
         fields.texts("targetServiceAccounts").empty() &&
         resource_path(fields.text("network"), state.project) == network;
}

/// Rules of a hierarchy's or a network's policy are not among those that can be listed: what is
/// missing here may be there.
Findings examine_firewall(const Examined& machine, const std::string& network) {
  const StoredState& state = machine.state;
  const std::string project = project_of(state.network, state.project);
  const Finding absent{Level::unknown, "firewall", "its rules cannot be listed"};
  return look(machine, "firewall", absent, [&]() -> Findings {
    const auto rules =
        machine.client.list_all(machine.ctx, below_project(project, "global/firewalls"));
    std::vector<Port> wanted{{"22", "tcp"}};
    if (state.skip_firewall) {
      std::ranges::copy(wanted_ports(state), std::back_inserter(wanted));
    }
    for (const Json& rule : rules) {
      if (is_for_us(rule, state, network)) {
        wanted = missing_ports(rule, wanted);
      }
    }
    Findings findings;
    for (const auto& port : wanted) {
      findings.push_back(
          {Level::warning, fmt::format("firewall port {}/{}", port.port, port.protocol),
           fmt::format("no rule of network {} lets it through", state.network),
           fmt::format("gcloud compute firewall-rules create NAME --project {} --network {} "
                       "--allow {}:{} --target-tags {}",
                       project, last_segment(network), port.protocol, port.port, firewall_tag)});
    }
    if (findings.empty()) {
      findings.push_back({Level::good, "firewall",
                          state.skip_firewall ? "rules let through what is needed"
                                              : "a rule lets SSH through; the engine's is made"});
    }
    return findings;
  });
}

}  // namespace

Findings examine_network(const Examined& machine) {
  const StoredState& state = machine.state;
  const std::string network =
      resource_path(network_reference(state, machine.client.resource_base()), state.project);
  Findings findings = examine_vpc(machine, network);
  const bool is_there = findings.front().level != Level::problem;
  const auto add = [&](Findings more) { std::ranges::move(more, std::back_inserter(findings)); };
  for (const auto& region : regions_of(state)) {
    if (is_there && !state.subnetwork.empty()) {
      add(examine_subnetwork(machine, network, region));
    }
    add(examine_address(machine, region));
  }
  if (is_there) {
    add(examine_firewall(machine, network));
  }
  return findings;
}

}  // namespace dmachine::google
