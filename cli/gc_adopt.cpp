// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/gc_adopt.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/adopt.hpp"
#include "ssh/key_pair.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

namespace dmachine::cli {

namespace {

/// An instance that could get its store entry back.
struct Candidate {
  const machine::Survey* survey;
  const OwnedResource* instance;
  std::filesystem::path key;                    // empty when there is none
  std::optional<machine::Tombstone> tombstone;  // that has all of the machine
};

std::optional<machine::Tombstone> find_whole_tombstone(const machine::Store& store,
                                                       const OwnedResource& instance) {
  for (auto& tombstone : find_tombstones(store)) {
    try {
      if (tombstone.name == instance.machine &&
          parse_owner(load(tombstone).driver->to_json()) == instance.owner) {
        return std::move(tombstone);
      }
    } catch (const Error& error) {
      log::debug("{}: {}", tombstone.folder.string(), error.what());
    }
  }
  return std::nullopt;
}

std::vector<Candidate> candidates(const machine::Store& store, const GcReport& report,
                                  const std::string& given_key) {
  std::vector<Candidate> all;
  for (const auto& survey : report.surveys) {
    for (const auto& found : survey.found) {
      const OwnedResource& instance = found.resource;
      if (found.judgement.verdict != machine::Verdict::orphan ||
          instance.kind != ResourceKind::instance || instance.machine.empty()) {
        continue;
      }
      Candidate candidate{&survey, &instance, given_key, std::nullopt};
      if (given_key.empty()) {
        candidate.tombstone = find_whole_tombstone(store, instance);
        candidate.key = machine::find_key(store, instance).value_or("");
      }
      all.push_back(std::move(candidate));
    }
  }
  return all;
}

void adopt_one(const Invocation& invocation, const Candidate& candidate) {
  if (candidate.tombstone) {
    dig_out(invocation.store(), *candidate.tombstone);
    log::info("Adopted {}: it is as it was before rm -f", candidate.instance->machine);
    return;
  }
  machine::adopt(invocation.ctx, invocation.store(), *candidate.survey, *candidate.instance,
                 candidate.key);
  log::info("Adopted {}. Run \"docker-machine regenerate-certs -f {}\" before you use its engine",
            candidate.instance->machine, candidate.instance->machine);
}

}  // namespace

int adopt_orphans(const Invocation& invocation, const GcReport& report) {
  constexpr int exit_found = 4;
  const std::string& given_key = invocation.options().text("adopt-key");
  const bool yes = invocation.options().boolean("yes");
  if (!given_key.empty()) {
    with_context("--adopt-key", [&] { ssh::public_key_line(given_key); });
  }
  const auto all = candidates(invocation.store(), report, given_key);
  if (!given_key.empty() && all.size() > 1) {
    throw Error(Errc::usage,
                fmt::format("--adopt-key is for one machine, but {} are orphaned", all.size()),
                "give the machine's name: gc --adopt-key FILE NAME");
  }
  std::size_t adoptable = 0;
  std::size_t failures = count_failures(report);
  for (const Candidate& candidate : all) {
    const std::string& name = candidate.instance->machine;
    if (candidate.key.empty() && !candidate.tombstone) {
      log::info("No private key of {} is at hand: give it by --adopt-key FILE", name);
      continue;
    }
    ++adoptable;
    if (!yes) {
      log::info("Would adopt {}, {}", name, to_line(*candidate.instance));
      continue;
    }
    try {
      adopt_one(invocation, candidate);
    } catch (const Error& error) {
      ++failures;
      log::error(fmt::format("Error adopting {}: {}", name, error.what()));
    }
  }
  if (adoptable == 0) {
    log::info("Nothing to adopt.");
  } else if (!yes) {
    log::info("--yes adopts.");
  }
  if (failures > 0) {
    return 1;
  }
  return adoptable > 0 && !yes ? exit_found : 0;
}

}  // namespace dmachine::cli
