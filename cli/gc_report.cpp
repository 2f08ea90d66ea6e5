// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/gc_report.hpp"

#include "cli/table.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

using machine::Deletion;
using machine::Found;
using machine::Survey;
using machine::Verdict;

std::string age_of(std::int64_t since, std::int64_t now) {
  return machine::short_age(std::chrono::seconds(now - since));
}

std::string dash_if_empty(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::vector<const Found*> of_verdict(const Survey& survey, Verdict verdict) {
  std::vector<const Found*> some;
  for (const Found& found : survey.found) {
    if (found.judgement.verdict == verdict) {
      some.push_back(&found);
    }
  }
  return some;
}

std::string account_table(const GcReport& report, const Survey& survey) {
  auto orphans = of_verdict(survey, Verdict::orphan);
  if (orphans.empty()) {
    return {};
  }
  std::vector<std::vector<std::string>> rows{
      {"KIND", "ID", "WHERE", "MACHINE", "AGE", "COST", "WHY"}};
  if (report.shows_stores) {
    std::ranges::stable_sort(orphans, {},
                             [](const Found* one) { return one->resource.owner.store; });
    rows[0].insert(rows[0].begin(), "STORE");
  }
  for (const Found* found : orphans) {
    const OwnedResource& resource = found->resource;
    rows.push_back({std::string(to_string(resource.kind)), resource.id, resource.place,
                    dash_if_empty(resource.machine),
                    resource.made_at ? age_of(*resource.made_at, report.now) : "-",
                    std::string(to_string(resource.cost)), found->judgement.why});
    if (report.shows_stores) {
      rows.back().insert(rows.back().begin(), dash_if_empty(resource.owner.store));
    }
  }
  return fmt::format("{}, {}\n{}", survey.driver_name, survey.account, format_table(rows));
}

std::string tombstone_table(const GcReport& report) {
  std::vector<std::vector<std::string>> rows{{"MACHINE", "SINCE", "ATTEMPTS", "WHY"}};
  for (const auto& [tombstone, outcome, why] : report.tombstones) {
    if (outcome != "removed") {
      rows.push_back({tombstone.name,
                      tombstone.since != 0 ? age_of(tombstone.since, report.now) : "-",
                      std::to_string(tombstone.attempts),
                      replace_all(why.empty() ? tombstone.error : why, "\n", " ")});
    }
  }
  return rows.size() == 1 ? "" : "Removed by rm -f, not yet by the cloud\n" + format_table(rows);
}

std::string left_alone(const GcReport& report) {
  std::string text;
  for (const Survey& survey : report.surveys) {
    for (const Found* found : of_verdict(survey, Verdict::left)) {
      text += fmt::format("Left alone: {}: {}\n", to_line(found->resource), found->judgement.why);
    }
  }
  return text;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

std::string outcome_of(const GcReport& report, const Found& found) {
  switch (found.judgement.verdict) {
    case Verdict::in_use:
      return "in use";
    case Verdict::left:
      return "left alone";
    case Verdict::foreign:
      return "out of scope";
    case Verdict::orphan:
      break;
  }
  const auto deletion = report.deletions.find(&found);
  if (deletion == report.deletions.end()) {
    return "orphan";
  }
  switch (deletion->second.outcome) {
    case Deletion::Outcome::deleted:
      return "deleted";
    case Deletion::Outcome::not_ours:
      return "changed hands";
    case Deletion::Outcome::in_use:
      return "in use";
    case Deletion::Outcome::failed:
      break;
  }
  return "failed";
}

Json to_json(const GcReport& report, const Found& found) {
  const OwnedResource& resource = found.resource;
  const auto deletion = report.deletions.find(&found);
  return {{"kind", to_string(resource.kind)},
          {"id", resource.id},
          {"place", resource.place},
          {"machine", text_or_null(resource.machine)},
          {"store", text_or_null(resource.owner.store)},
          {"create", text_or_null(resource.owner.create)},
          {"made_at", resource.made_at ? Json(*resource.made_at) : Json()},
          {"age_seconds", resource.made_at ? Json(report.now - *resource.made_at) : Json()},
          {"cost", to_string(resource.cost)},
          {"outcome", outcome_of(report, found)},
          {"why", found.judgement.why},
          {"error",
           deletion == report.deletions.end() ? Json() : text_or_null(deletion->second.error)}};
}

}  // namespace

std::string to_line(const OwnedResource& resource) {
  return resource.place.empty()
             ? fmt::format("{} {}", to_string(resource.kind), resource.id)
             : fmt::format("{} {} ({})", to_string(resource.kind), resource.id, resource.place);
}

std::size_t count_orphans(const GcReport& report) {
  std::size_t count = 0;
  for (const Survey& survey : report.surveys) {
    count += of_verdict(survey, Verdict::orphan).size();
  }
  return count;
}

std::size_t count_deleted(const GcReport& report) {
  return static_cast<std::size_t>(std::ranges::count_if(report.deletions, [](const auto& one) {
    return one.second.outcome == Deletion::Outcome::deleted;
  }));
}

std::size_t count_failures(const GcReport& report) {
  const auto accounts = std::ranges::count_if(
      report.surveys, [](const Survey& survey) { return !survey.error.empty(); });
  const auto tombstones = std::ranges::count_if(
      report.tombstones, [](const TombstoneReport& one) { return one.outcome == "failed"; });
  const auto deletions = std::ranges::count_if(report.deletions, [](const auto& one) {
    return one.second.outcome == Deletion::Outcome::failed;
  });
  return static_cast<std::size_t>(accounts + tombstones + deletions);
}

std::size_t count_tombstones(const GcReport& report) {
  return static_cast<std::size_t>(std::ranges::count_if(
      report.tombstones, [](const TombstoneReport& one) { return one.outcome != "removed"; }));
}

std::string gc_text(const GcReport& report) {
  std::string text;
  const auto add = [&](const std::string& block) {
    if (!block.empty()) {
      text += block + "\n";
    }
  };
  for (const Survey& survey : report.surveys) {
    add(account_table(report, survey));
  }
  add(tombstone_table(report));
  add(left_alone(report));
  const std::size_t orphans = count_orphans(report);
  const std::size_t tombstones = count_tombstones(report);
  if (orphans + tombstones == 0) {
    return text + (count_failures(report) == 0 ? "Nothing to delete.\n"
                                               : "Nothing to delete where we could look.\n");
  }
  return text + fmt::format("{}, {}. --yes deletes them.\n", counted(orphans, "orphan"),
                            counted(tombstones, "unfinished removal"));
}

std::string gc_json(const GcReport& report) {
  Json accounts = Json::array();
  for (const Survey& survey : report.surveys) {
    Json resources = Json::array();
    for (const Found& found : survey.found) {
      if (found.judgement.verdict != Verdict::foreign) {
        resources.push_back(to_json(report, found));
      }
    }
    accounts.push_back({{"driver", survey.driver_name},
                        {"account", survey.account},
                        {"error", text_or_null(survey.error)},
                        {"resources", std::move(resources)}});
  }
  Json tombstones = Json::array();
  for (const auto& [tombstone, outcome, why] : report.tombstones) {
    tombstones.push_back({{"machine", tombstone.name},
                          {"folder", tombstone.folder.string()},
                          {"since", tombstone.since != 0 ? Json(tombstone.since) : Json()},
                          {"attempts", tombstone.attempts},
                          {"outcome", outcome},
                          {"error", text_or_null(why.empty() ? tombstone.error : why)}});
  }
  return to_go_json(Json{{"dry_run", !report.deletes},
                         {"orphans", count_orphans(report)},
                         {"failures", count_failures(report)},
                         {"accounts", std::move(accounts)},
                         {"tombstones", std::move(tombstones)}}) +
         "\n";
}

}  // namespace dmachine::cli
