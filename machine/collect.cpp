// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/collect.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>

namespace dmachine::machine {

namespace {

constexpr std::size_t accounts_at_once = 8;
constexpr std::size_t deletions_at_once = 16;
/// An instance that is slow to end takes minutes on every cloud.
constexpr Duration deletion_limit = std::chrono::minutes(15);

std::int64_t now() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

/// By the first way in that works.
Survey list(const Context& ctx, const KnownAccount& account) {
  Survey survey{account.driver_name, account.name, nullptr, {}, {}};
  for (const auto& way : account.ways) {
    try {
      auto owned = way->owned(ctx);
      survey.way = way.get();
      survey.error.clear();
      for (auto& resource : owned) {
        survey.found.push_back({std::move(resource), {}});
      }
      return survey;
    } catch (const Error& error) {
      log::debug("{}, {}: {}", account.driver_name, account.name, error.what());
      if (survey.error.empty()) {
        survey.error = error.what();
      }
    }
  }
  return survey;
}

std::vector<Judgement> judge_again(const Survey& survey, const Inventory& inventory,
                                   const Scope& scope) {
  std::vector<OwnedResource> resources;
  resources.reserve(survey.found.size());
  for (const auto& found : survey.found) {
    resources.push_back(found.resource);
  }
  return judge(resources, {survey.driver_name, survey.account}, inventory, scope, now());
}

bool is_shared(const OwnedResource& resource) {
  return resource.machine.empty();
}

Deletion erase(const Context& ctx, const Survey& survey, const Found& found) {
  Deletion deletion{&survey, &found, Deletion::Outcome::deleted, {}};
  try {
    const auto end = survey.way->erase(ctx.within(deletion_limit), found.resource);
    deletion.outcome =
        end == Erasure::gone ? Deletion::Outcome::deleted : Deletion::Outcome::not_ours;
  } catch (const Error& error) {
    const bool in_use = error.code() == Errc::conflict && is_shared(found.resource);
    deletion.outcome = in_use ? Deletion::Outcome::in_use : Deletion::Outcome::failed;
    deletion.error = error.what();
  }
  return deletion;
}

}  // namespace

std::vector<Survey> survey(const Context& ctx, const Store& store,
                           const std::vector<KnownAccount>& accounts, const Scope& scope) {
  std::vector<const KnownAccount*> all;
  for (const auto& account : accounts) {
    all.push_back(&account);
  }
  auto surveys = parallel_map(all, accounts_at_once,
                              [&](const KnownAccount* account) { return list(ctx, *account); });
  // After the cloud: a machine is in the store before anything of it is in the cloud.
  const Inventory inventory = Inventory::of(store);
  for (Survey& survey : surveys) {
    std::ranges::stable_sort(survey.found, {}, [](const Found& one) { return one.resource.kind; });
    const auto judgements = judge_again(survey, inventory, scope);
    for (std::size_t i = 0; i < judgements.size(); ++i) {
      survey.found[i].judgement = judgements[i];
    }
  }
  return surveys;
}

std::vector<Deletion> erase_orphans(const Context& ctx, const Store& store,
                                    const std::vector<Survey>& surveys, const Scope& scope,
                                    const std::function<void(const Deletion&)>& told) {
  struct Task {
    const Survey* survey;
    const Found* found;
  };
  std::map<ResourceKind, std::vector<Task>> kinds;
  for (const Survey& survey : surveys) {
    for (const Found& found : survey.found) {
      if (found.judgement.verdict == Verdict::orphan) {
        kinds[found.resource.kind].push_back({&survey, &found});
      }
    }
  }
  std::vector<Deletion> all;
  std::mutex telling;
  for (auto& [kind, tasks] : kinds) {
    const Inventory inventory = Inventory::of(store);
    std::map<const Survey*, std::vector<Judgement>> current;
    for (const Survey& survey : surveys) {
      current.emplace(&survey, judge_again(survey, inventory, scope));
    }
    std::erase_if(tasks, [&](const Task& task) {
      const auto index = static_cast<std::size_t>(task.found - task.survey->found.data());
      return current.at(task.survey)[index].verdict != Verdict::orphan;
    });
    auto done = parallel_map(tasks, deletions_at_once, [&](const Task& task) {
      auto deletion = erase(ctx, *task.survey, *task.found);
      const std::lock_guard lock(telling);
      told(deletion);
      return deletion;
    });
    all.insert(all.end(), done.begin(), done.end());
  }
  return all;
}

}  // namespace dmachine::machine
