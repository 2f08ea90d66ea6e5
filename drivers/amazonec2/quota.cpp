// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/quota.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/permissions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace dmachine::amazonec2 {

namespace {

using Level = Finding::Level;

constexpr const char* console = "see Service Quotas in the AWS console: Amazon EC2, in vCPUs";

struct Family {
  std::string_view name;
  std::string_view letters;  // with which the names of its types begin
  std::string_view on_demand;
  std::string_view spot;  // empty: not to be had as spot
};

// Codes as the links of the User Guide's two tables have them.
constexpr std::array<Family, 10> families{{
    {"Standard", "a c d h i im is m r t z", "L-1216C47A", "L-34B43A08"},
    {"DL", "dl", "L-6E869C2A", "L-85EED4F7"},
    {"F", "f", "L-74FC7D96", "L-88CF9481"},
    {"G and VT", "g gr vt", "L-DB2E81BA", "L-3819A6DF"},
    {"HPC", "hpc", "L-F7808C92", ""},
    {"High Memory", "u", "L-43DA4232", ""},
    {"Inf", "inf", "L-1945791B", "L-B5D1601B"},
    {"P", "p", "L-417A185B", "L-7212CCBC"},
    {"Trn", "trn", "L-2C3B7624", "L-6B0D517C"},
    {"X", "x", "L-7295265B", "L-E3A00192"},
}};

/// "im" of im4gn.large, "u" of u-6tb1.metal.
std::string_view letters_of(std::string_view type) {
  return type.substr(0, type.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
}

std::string_view market(bool spot) {
  return spot ? "spot" : "on-demand";
}

/// A quota, and what counts against it.
struct Demand {
  VcpuQuota quota;
  bool spot = false;
  std::vector<std::string> wanted{};    // the candidates' types, of which one is launched
  bool has_first = false;               // the first of them is the first candidate's
  std::vector<std::string> in_use{};    // the type of each that is there
  std::optional<std::int64_t> limit{};  // nothing: Service Quotas has no such quota there
};

/// In the order of the candidates. Adds a finding for each type that has no quota.
std::vector<Demand> demands_of(const std::vector<Candidate>& candidates,
                               std::vector<Finding>& findings) {
  std::vector<Demand> demands;
  std::set<std::pair<std::string, bool>> seen;
  for (const auto& candidate : candidates) {
    if (!seen.insert({candidate.size, candidate.spot}).second) {
      continue;
    }
    const auto quota = vcpu_quota(candidate.size, candidate.spot);
    if (!quota) {
      findings.push_back({Level::unknown, "quota",
                          fmt::format("{}, {}: no quota in vCPUs is known of its family",
                                      candidate.size, market(candidate.spot)),
                          console});
      continue;
    }
    auto at =
        std::ranges::find(demands, quota->code, [](const Demand& one) { return one.quota.code; });
    if (at == demands.end()) {
      at = demands.insert(at, {*quota, candidate.spot});
      at->has_first = seen.size() == 1;
    }
    at->wanted.push_back(candidate.size);
  }
  return demands;
}

void count(std::vector<Demand>& demands, const std::string& type, bool spot) {
  const auto quota = vcpu_quota(type, spot);
  for (auto& demand : demands) {
    if (quota && demand.quota.code == quota->code) {
      demand.in_use.push_back(type);
    }
  }
}

/// Source: EC2 User Guide, as above. Of on-demand instances those that are running count: a pending
/// one will be by the time of a create. Of spot, also what open requests ask for.
void find_in_use(const Context& ctx, Client& client, std::vector<Demand>& demands) {
  for (const auto& instance :
       client.instances(ctx, {{"instance-state-name", {"pending", "running"}}})) {
    if (instance.is_on_demand || instance.is_spot) {
      count(demands, instance.type, instance.is_spot);
    }
  }
  if (std::ranges::none_of(demands, &Demand::spot)) {
    return;
  }
  for (const auto& request : client.spot_requests(ctx, {{"state", {"open"}}})) {
    if (request.instance_id.empty()) {
      count(demands, request.instance_type, true);
    }
  }
}

/// vCPUs by type.
using Vcpus = std::map<std::string, std::int64_t>;

Vcpus find_vcpus(const Context& ctx, Client& client, const std::vector<Demand>& demands) {
  std::set<std::string> types;
  for (const auto& demand : demands) {
    types.insert(demand.wanted.begin(), demand.wanted.end());
    types.insert(demand.in_use.begin(), demand.in_use.end());
  }
  return client.vcpus(ctx, {types.begin(), types.end()});
}

std::int64_t vcpus_of(const Vcpus& vcpus, const std::string& type) {
  const auto found = vcpus.find(type);
  if (found == vcpus.end()) {
    throw Error(Errc::unavailable, fmt::format("EC2 does not tell how many vCPUs {} has", type));
  }
  return found->second;
}

Finding check(const Demand& demand, const std::string& subject, const std::string& region,
              const Vcpus& vcpus) {
  if (!demand.limit) {
    return {Level::unknown, subject,
            fmt::format("Service Quotas has no {} there", demand.quota.code), console};
  }
  std::int64_t used = 0;
  for (const auto& type : demand.in_use) {
    used += vcpus_of(vcpus, type);
  }
  std::int64_t most = 0;
  for (const auto& type : demand.wanted) {
    most = std::max(most, vcpus_of(vcpus, type));
  }
  const auto first = vcpus_of(vcpus, demand.wanted.front());
  const bool is_final = demand.has_first && used + first > *demand.limit;
  const auto wanted = is_final ? first : most;
  const std::string text = fmt::format("{} of {} in use, {} wanted", used, *demand.limit, wanted);
  if (used + wanted <= *demand.limit) {
    return {Level::good, subject, text};
  }
  return {is_final ? Level::problem : Level::warning, subject, text,
          fmt::format("fewer or smaller instances, another region, or more: aws service-quotas "
                      "request-service-quota-increase --region {} --service-code ec2 --quota-code "
                      "{} --desired-value {}",
                      region, demand.quota.code, used + wanted)};
}

Finding unknown(const std::string& subject, const Error& error) {
  const auto* refusal = dynamic_cast<const ApiError*>(&error);
  if (refusal != nullptr && refusal->api_code() == "AccessDeniedException") {
    return {
        Level::unknown, subject, "not allowed to ask Service Quotas",
        "allow servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota in the "
        "IAM policy of these credentials"};
  }
  Finding finding = finding_of("quota", error);
  finding.level = Level::unknown;
  finding.subject = subject;
  if (finding.remedy.empty()) {
    finding.remedy = console;
  }
  return finding;
}

}  // namespace

std::optional<VcpuQuota> vcpu_quota(std::string_view instance_type, bool spot) {
  const auto letters = letters_of(instance_type);
  const auto family = std::ranges::find_if(families, [&](const Family& one) {
    const auto all = split(one.letters, ' ');
    return std::ranges::find(all, letters) != all.end();
  });
  if (family == families.end()) {
    return std::nullopt;
  }
  const auto code = spot ? family->spot : family->on_demand;
  if (code.empty()) {
    return std::nullopt;
  }
  return VcpuQuota{fmt::format("{} {}", family->name, market(spot)), std::string(code)};
}

std::vector<Finding> examine_quotas(const Context& ctx, Client& client, ServiceQuotas& quotas,
                                    const std::vector<Candidate>& candidates) {
  std::vector<Finding> findings;
  auto demands = demands_of(candidates, findings);
  const auto look = [&](const std::string& subject, auto&& work) {
    try {
      work();
    } catch (const Error& error) {
      ctx.check();
      findings.push_back(unknown(subject, error));
    }
  };
  if (demands.empty()) {
    return findings;
  }
  look("quota", [&] {
    // First what may well be forbidden: then nothing else needs to be asked.
    for (auto& demand : demands) {
      demand.limit = quotas.ec2_quota(ctx, demand.quota.code);
    }
    find_in_use(ctx, client, demands);
    const auto vcpus = find_vcpus(ctx, client, demands);
    for (const auto& demand : demands) {
      const auto subject = fmt::format("quota {} vCPUs in {}", demand.quota.name, client.region());
      look(subject, [&] { findings.push_back(check(demand, subject, client.region(), vcpus)); });
    }
  });
  return findings;
}

}  // namespace dmachine::amazonec2
