// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/orphans.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::machine {

namespace {

using std::chrono::seconds;

bool is_own(const OwnedResource& resource, const Scope& scope) {
  return scope.store_ids.contains(resource.owner.store);
}

class Judge {
 public:
  Judge(std::span<const OwnedResource> resources,
        const std::pair<std::string, std::string>& account, const Inventory& inventory,
        const Scope& scope, std::int64_t now)
      : account_(account), inventory_(inventory), scope_(scope), now_(now) {
    for (const auto& resource : resources) {
      if (resource.made_at && !resource.owner.create.empty()) {
        auto& youngest = made_by_create_[resource.owner.create];
        youngest = std::max(youngest, *resource.made_at);
      }
    }
  }

  Judgement of_machine(const OwnedResource& resource) const {
    if (auto claim = find_claim(resource)) {
      return {Verdict::in_use, *claim};
    }
    if (!scope_.all_stores && !is_own(resource, scope_)) {
      return {Verdict::foreign, "made by another store"};
    }
    if (!scope_.names.empty() && !scope_.names.contains(resource.machine)) {
      return {Verdict::foreign, "another machine's"};
    }
    if (inventory_.busy.contains(resource.machine)) {
      return {Verdict::left, "a command is working on the machine"};
    }
    if (inventory_.tombstones_by_create.contains(resource.owner.create)) {
      return {Verdict::orphan, "rm -f could not remove it"};
    }
    if (auto why = find_reason_of_age(resource)) {
      return {Verdict::left, *why};
    }
    return {Verdict::orphan, reason(resource)};
  }

  /// What several machines share is nobody's only when none of its store's machines is left.
  Judgement of_shared(const OwnedResource& resource,
                      const std::set<std::string>& living_stores) const {
    if (!scope_.all_stores && !is_own(resource, scope_)) {
      return {Verdict::foreign, "made by another store"};
    }
    if (!scope_.names.empty()) {
      return {Verdict::foreign, "no machine's own"};
    }
    if (inventory_.accounts.contains(account_)) {
      return {Verdict::in_use, "machines of the store may use it"};
    }
    if (!inventory_.busy.empty()) {
      return {Verdict::left, "a command is working on a machine"};
    }
    if (living_stores.contains(resource.owner.store)) {
      return {Verdict::left, "machines of its store may use it"};
    }
    if (auto why = find_reason_of_age(resource)) {
      return {Verdict::left, *why};
    }
    return {Verdict::orphan, "no machine of its store is left here"};
  }

 private:
  std::optional<std::string> find_claim(const OwnedResource& resource) const {
    const auto machine = inventory_.machines_by_create.find(resource.owner.create);
    if (machine != inventory_.machines_by_create.end()) {
      return fmt::format("machine {}", machine->second);
    }
    if (inventory_.machines_by_name.contains(resource.machine)) {
      return fmt::format("machine {}", resource.machine);
    }
    return std::nullopt;
  }

  /// Why it is too young, or may be. A resource without a time of its own is as young as the
  /// youngest of the same create.
  std::optional<std::string> find_reason_of_age(const OwnedResource& resource) const {
    if (scope_.older_than == seconds(0)) {
      return std::nullopt;
    }
    auto made_at = resource.made_at;
    const auto group = made_by_create_.find(resource.owner.create);
    if (!made_at && group != made_by_create_.end()) {
      made_at = group->second;
    }
    if (!made_at) {
      // Of our own store we would see the lock of a running create.
      return is_own(resource, scope_) ? std::nullopt
                                      : std::optional<std::string>("its age is not known");
    }
    const seconds age(now_ - *made_at);
    if (age < scope_.older_than) {
      return fmt::format("made {} ago, less than {}", short_age(age), short_age(scope_.older_than));
    }
    return std::nullopt;
  }

  std::string reason(const OwnedResource& resource) const {
    if (!is_own(resource, scope_)) {
      return "made by another store, which may be using it";
    }
    if (inventory_.unreadable.contains(resource.machine)) {
      return "the machine's config.json cannot be read";
    }
    if (inventory_.all_names.contains(resource.machine)) {
      return "of an earlier machine of this name";
    }
    return "no such machine in the store";
  }

  const std::pair<std::string, std::string>& account_;
  const Inventory& inventory_;
  const Scope& scope_;
  std::int64_t now_;
  std::map<std::string, std::int64_t> made_by_create_;
};

}  // namespace

std::vector<Judgement> judge(std::span<const OwnedResource> resources,
                             const std::pair<std::string, std::string>& account,
                             const Inventory& inventory, const Scope& scope, std::int64_t now) {
  const Judge judge(resources, account, inventory, scope, now);
  std::vector<Judgement> judgements(resources.size());
  std::set<std::string> living_stores;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const OwnedResource& resource = resources[i];
    if (resource.machine.empty()) {
      continue;
    }
    judgements[i] = judge.of_machine(resource);
    if (judgements[i].verdict != Verdict::orphan) {
      living_stores.insert(resource.owner.store);
    }
  }
  for (std::size_t i = 0; i < resources.size(); ++i) {
    if (resources[i].machine.empty()) {
      judgements[i] = judge.of_shared(resources[i], living_stores);
    }
  }
  return judgements;
}

std::string short_age(std::chrono::seconds age) {
  const auto count = std::max<std::int64_t>(age.count(), 0);
  if (count < 120) {
    return fmt::format("{}s", count);
  }
  if (count < 120 * 60) {
    return fmt::format("{}m", count / 60);
  }
  return count < 48 * 3600 ? fmt::format("{}h", count / 3600) : fmt::format("{}d", count / 86400);
}

}  // namespace dmachine::machine
