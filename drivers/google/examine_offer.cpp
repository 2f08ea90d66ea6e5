// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Whether what is wanted is for sale there: machine type, image, disk, accelerator, quota.
#include "core/json_fields.hpp"
#include "core/text.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/examination.hpp"
#include "drivers/google/flex.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/placement.hpp"
#include "drivers/google/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace dmachine::google {

namespace {

using Level = Finding::Level;

struct MachineType {
  std::string name;
  std::int64_t cpus = 0;
  std::string architecture;  // X86_64 or ARM64; empty when the API does not tell
};

/// What of an offer was learnt on the way.
struct Learnt {
  std::map<std::string, MachineType> types;           // by name
  std::map<std::string, std::set<std::string>> used;  // region to the names of types
};

void add(Findings& findings, Findings more) {
  std::ranges::move(more, std::back_inserter(findings));
}

std::string zone_path(const Examined& machine, const std::string& zone, const std::string& rest) {
  return below_project(machine.state.project, fmt::format("zones/{}/{}", zone, rest));
}

Finding not_there(const std::string& subject, const std::string& what, const std::string& remedy) {
  return {Level::problem, subject, what, remedy};
}

/// A collection's resource in a zone: good, or not there.
Findings exists_in(const Examined& machine, const std::string& zone, const std::string& collection,
                   const std::string& word, const std::string& name,
                   const std::function<Findings(const Json&)>& more) {
  const std::string subject = fmt::format("{} {} in {}", word, name, zone);
  const Finding absent = not_there(subject, "it is not offered there",
                                   fmt::format("gcloud compute {} list --zones {}",
                                               replace_all(collection, "Types", "-types"), zone));
  return look(machine, subject, absent, [&]() -> Findings {
    const auto found = machine.client.find(
        machine.ctx, zone_path(machine, zone, fmt::format("{}/{}", collection, name)));
    if (!found) {
      return {absent};
    }
    Findings findings = more(*found);
    if (findings.empty()) {
      findings.push_back({Level::good, subject, "it is offered"});
    }
    return findings;
  });
}

Findings examine_zone(const Examined& machine, const std::string& zone) {
  const std::string subject = "zone " + zone;
  const Finding absent = not_there(subject, "there is no such zone", "gcloud compute zones list");
  return look(machine, subject, absent, [&]() -> Findings {
    const auto found =
        machine.client.find(machine.ctx, below_project(machine.state.project, "zones/" + zone));
    if (!found) {
      return {absent};
    }
    const std::string status = JsonFields(*found, "Zone").text("status");
    if (status == "DOWN") {
      return {{Level::warning, subject, "it is down", "another zone"}};
    }
    return {{Level::good, subject, "it is there"}};
  });
}

Findings examine_machine_type(const Examined& machine, const std::string& zone,
                              const std::string& type, Learnt& learnt) {
  return exists_in(
      machine, zone, "machineTypes", "machine type", type, [&](const Json& found) -> Findings {
        const JsonFields fields(found, "MachineType");
        learnt.types[type] = {type, fields.integer("guestCpus"), fields.text("architecture")};
        learnt.used[region_of(zone)].insert(type);
        return {};
      });
}

/// "10GB-65536GB"
bool is_valid_size(const std::string& range, std::int64_t gigabytes) {
  const auto parts = split(replace_all(range, "GB", ""), '-');
  const auto least = parts.size() == 2 ? parse_go_int(parts[0]) : std::nullopt;
  const auto most = parts.size() == 2 ? parse_go_int(parts[1]) : std::nullopt;
  return !least || !most || (*least <= gigabytes && gigabytes <= *most);
}

Findings examine_disk_type(const Examined& machine, const std::string& zone,
                           const std::string& type) {
  return exists_in(
      machine, zone, "diskTypes", "disk type", type, [&](const Json& found) -> Findings {
        const std::string range = JsonFields(found, "DiskType").text("validDiskSize");
        if (is_valid_size(range, machine.state.disk_size)) {
          return {};
        }
        return {not_there(
            fmt::format("disk type {} in {}", type, zone),
            fmt::format("{} GB are not among its sizes ({})", machine.state.disk_size, range),
            "--google-disk-size")};
      });
}

Findings examine_image(const Examined& machine, const Learnt& learnt) {
  const std::string& image = machine.state.machine_image;
  const std::string subject = "image " + image;
  const Finding absent = not_there(subject, "there is none, or these credentials may not see it",
                                   "gcloud compute images list");
  return look(machine, subject, absent, [&]() -> Findings {
    const auto found = machine.client.find(machine.ctx, "projects/" + image);
    if (!found) {
      return {absent};
    }
    const JsonFields fields(*found, "Image");
    Findings findings;
    const Json* deprecated = find_member(*found, "deprecated");
    const std::string state =
        deprecated == nullptr ? "" : JsonFields(*deprecated, "DeprecationStatus").text("state");
    if (state == "OBSOLETE" || state == "DELETED") {
      findings.push_back(
          not_there(subject, "it is " + to_lower(state), "a newer one, or a family"));
    } else if (state == "DEPRECATED") {
      findings.push_back({Level::warning, subject, "it is deprecated", "a newer one, or a family"});
    }
    const auto size = parse_go_int(fields.text("diskSizeGb")).value_or(0);
    if (size > machine.state.disk_size) {
      findings.push_back(not_there(subject,
                                   fmt::format("it needs a disk of {} GB, but --google-disk-size "
                                               "says {}",
                                               size, machine.state.disk_size),
                                   fmt::format("--google-disk-size {}", size)));
    }
    const std::string architecture = fields.text("architecture");
    for (const auto& [name, type] : learnt.types) {
      if (!architecture.empty() && !type.architecture.empty() &&
          type.architecture != architecture) {
        findings.push_back(not_there(subject,
                                     fmt::format("it is for {}, but machine type {} is {}",
                                                 architecture, name, type.architecture),
                                     "an image of the machine type's architecture"));
      }
    }
    if (findings.empty()) {
      findings.push_back(
          {Level::good, subject,
           architecture.empty() ? "it is there" : "it is there, for " + architecture});
    }
    return findings;
  });
}

struct Quota {
  double limit = 0;
  double usage = 0;
};

std::map<std::string, Quota> quotas_of(const Json& resource) {
  std::map<std::string, Quota> quotas;
  const Json* list = find_member(resource, "quotas");
  if (list != nullptr && list->is_array()) {
    for (const Json& quota : *list) {
      const JsonFields fields(quota, "Quota");
      quotas[fields.text("metric")] = {fields.number("limit"), fields.number("usage")};
    }
  }
  return quotas;
}

/// The quota that a machine type's CPUs count against. Source: Compute Engine, "Allocation quotas":
/// a family's own, where it has one; E2 and N1 share CPUS; spot has its own where one was granted.
std::string cpu_metric(const std::map<std::string, Quota>& quotas, const std::string& type,
                       bool spot) {
  if (const auto found = quotas.find("PREEMPTIBLE_CPUS");
      spot && found != quotas.end() && found->second.limit > 0) {
    return found->first;
  }
  std::string family = type.substr(0, type.find('-'));
  std::ranges::transform(family, family.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const std::string own = family + "_CPUS";
  const bool shares =
      family == "N1" || family == "E2" || family == "F1" || family == "G1" || family == "CUSTOM";
  if (shares) {
    return "CPUS";
  }
  return quotas.contains(own) ? own : std::string();
}

Finding check_quota(const std::string& where, const std::map<std::string, Quota>& quotas,
                    const std::string& metric, double wanted,
                    const std::string& elsewhere = "another region, ") {
  const std::string subject = fmt::format("quota {} in {}", metric, where);
  const auto found = quotas.find(metric);
  if (found == quotas.end()) {
    return {Level::unknown, subject, "the API does not tell"};
  }
  const Quota& quota = found->second;
  const std::string text =
      fmt::format("{:g} of {:g} in use, {:g} wanted", quota.usage, quota.limit, wanted);
  if (quota.usage + wanted > quota.limit) {
    return {Level::problem, subject, text,
            fmt::format("fewer or smaller machines, {}or a higher quota: "
                        "https://console.cloud.google.com/iam-admin/quotas",
                        elsewhere)};
  }
  return {Level::good, subject, text};
}

Findings examine_region(const Examined& machine, const std::string& region,
                        const std::set<std::string>& types, const Learnt& learnt) {
  const std::string subject = "region " + region;
  const Finding absent =
      not_there(subject, "there is no such region", "gcloud compute regions list");
  return look(machine, subject, absent, [&]() -> Findings {
    const auto found =
        machine.client.find(machine.ctx, below_project(machine.state.project, "regions/" + region));
    if (!found) {
      return {absent};
    }
    const auto quotas = quotas_of(*found);
    Findings findings{check_quota(region, quotas, "INSTANCES", 1)};
    std::map<std::string, double> wanted;  // metric to the most that one machine takes
    for (const auto& name : types) {
      const MachineType& type = learnt.types.at(name);
      const auto metric = cpu_metric(quotas, name, is_spot(machine.state));
      if (!metric.empty()) {
        wanted[metric] = std::max(wanted[metric], static_cast<double>(type.cpus));
      }
    }
    for (const auto& [metric, cpus] : wanted) {
      findings.push_back(check_quota(region, quotas, metric, cpus));
    }
    return findings;
  });
}

/// What counts in all regions together. Whether spot does, Google does not say.
Findings examine_project_quotas(const Examined& machine, const Json& project, double cpus,
                                double accelerators) {
  const auto quotas = quotas_of(project);
  Findings findings;
  const auto check = [&](const char* metric, double wanted) {
    if (wanted <= 0 || !quotas.contains(metric)) {
      return;
    }
    Finding finding = check_quota("all regions", quotas, metric, wanted, "");
    if (finding.level == Level::problem && is_spot(machine.state)) {
      finding.level = Level::warning;
    }
    findings.push_back(std::move(finding));
  };
  check("CPUS_ALL_REGIONS", cpus);
  check("GPUS_ALL_REGIONS", accelerators);
  return findings;
}

/// Zones and types that a bulk insert may come to.
std::vector<Candidate> bulk_candidates(const Examined& machine) {
  const StoredState& state = machine.state;
  std::vector<Candidate> places;
  for (const auto& text : state.location_zones) {
    if (const auto location = parse_location_zone(text); location.preference == "ALLOW") {
      places.push_back({location.zone, "", "", false});
    }
  }
  if (places.empty()) {
    const auto region =
        machine.client.find(machine.ctx, below_project(state.project, "regions/" + state.region));
    for (const auto& zone : JsonFields(region.value_or(Json::object()), "Region").texts("zones")) {
      places.push_back({last_segment(zone), "", "", false});
    }
  }
  std::vector<std::string> types;
  for (const auto& text : state.flex_selections) {
    types.push_back(parse_flex_selection(text).machine_type);
  }
  if (types.empty()) {
    types.push_back(state.machine_type);
  }
  return make_candidates(places, types, false, false);
}

}  // namespace

Findings examine_offer(const Examined& machine, const Json& project) {
  const StoredState& state = machine.state;
  std::vector<Candidate> candidates;
  Findings findings = look(
      machine, "region " + state.region,
      not_there("region " + state.region, "there is no such region", "gcloud compute regions list"),
      [&]() -> Findings {
        candidates = state.bulk_insert ? bulk_candidates(machine) : candidates_of(state);
        return {};
      });
  Learnt learnt;
  std::set<std::string> zones;
  std::set<std::pair<std::string, std::string>> types_seen;
  const auto accelerator = parse_accelerator(state.accelerator);
  for (const auto& candidate : candidates) {
    if (zones.insert(candidate.zone).second) {
      Findings zone = examine_zone(machine, candidate.zone);
      const bool is_there = zone.front().level != Level::problem;
      add(findings, std::move(zone));
      if (!is_there) {
        types_seen.insert({candidate.zone, ""});
        continue;
      }
      add(findings, examine_disk_type(machine, candidate.zone, state.disk_type));
      if (accelerator) {
        add(findings, exists_in(machine, candidate.zone, "acceleratorTypes", "accelerator",
                                accelerator->type, [](const Json&) { return Findings{}; }));
      }
    }
    const bool is_no_zone = types_seen.contains({candidate.zone, ""});
    if (!is_no_zone && types_seen.insert({candidate.zone, candidate.size}).second) {
      add(findings, examine_machine_type(machine, candidate.zone, candidate.size, learnt));
    }
  }
  add(findings, examine_image(machine, learnt));
  for (const auto& [region, types] : learnt.used) {
    add(findings, examine_region(machine, region, types, learnt));
  }
  std::int64_t cpus = 0;
  for (const auto& [name, type] : learnt.types) {
    cpus = std::max(cpus, type.cpus);
  }
  add(findings, examine_project_quotas(machine, project, static_cast<double>(cpus),
                                       accelerator ? static_cast<double>(accelerator->count) : 0));
  return findings;
}

}  // namespace dmachine::google
