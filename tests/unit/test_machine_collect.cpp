// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "machine/accounts.hpp"
#include "machine/collect.hpp"
#include "machine/lock.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <mutex>
#include <set>

using namespace dmachine;
using namespace dmachine::machine;
using dmachine::test::TempFolder;

namespace {

constexpr const char* own = "aaaaaaaaaaaaaaaa";

/// A cloud in memory: what stands behind an instance of the same machine is in use by it.
class FakeAccount final : public Account {
 public:
  std::string name() const override { return "project p"; }
  std::vector<OwnedResource> owned(const Context&) override {
    ++lists;
    if (denied) {
      throw Error(Errc::denied, "no");
    }
    return resources;
  }
  Erasure erase(const Context&, const OwnedResource& wanted) override {
    const std::lock_guard lock(mutex);
    if (on_erase) {
      on_erase(wanted);
    }
    if (lost.contains(wanted.id)) {
      return Erasure::changed_hands;
    }
    for (const auto& one : resources) {
      if (one.kind < wanted.kind && one.machine == wanted.machine) {
        throw Error(Errc::conflict, wanted.id + " is in use");
      }
    }
    std::erase_if(resources, [&](const auto& one) { return one.id == wanted.id; });
    erased.push_back(wanted.id);
    return Erasure::gone;
  }
  Json adopt(const Context&, const OwnedResource&, const BaseState&) override { return {}; }

  bool denied = false;
  int lists = 0;
  std::vector<OwnedResource> resources;
  std::vector<std::string> erased;
  std::set<std::string> lost;  // IDs of what has another owner by now
  std::function<void(const OwnedResource&)> on_erase;

 private:
  std::mutex mutex;
};

OwnedResource resource(ResourceKind kind, const std::string& machine) {
  OwnedResource one;
  one.kind = kind;
  one.machine = machine;
  one.id = machine + "/" + std::string(to_string(kind));
  one.owner = {own, "create-of-" + machine};
  return one;
}

struct World {
  World() {
    accounts.resize(1);
    accounts[0].driver_name = "google";
    accounts[0].name = "project p";
    auto account = std::make_unique<FakeAccount>();
    cloud = account.get();
    accounts[0].ways.push_back(std::move(account));
    scope.store_ids = {own};
  }

  std::vector<Deletion> collect() {
    surveys = survey(Context(), store, accounts, scope);
    return erase_orphans(Context(), store, surveys, scope, [](const Deletion&) {});
  }

  TempFolder folder;
  Store store{folder.path().string()};
  std::vector<KnownAccount> accounts;
  std::vector<Survey> surveys;
  Scope scope;
  FakeAccount* cloud = nullptr;
};

}  // namespace

TEST_CASE("orphans are deleted in the order in which they hold each other") {
  World world;
  for (const auto kind : {ResourceKind::network_interface, ResourceKind::disk,
                          ResourceKind::instance, ResourceKind::spot_request}) {
    world.cloud->resources.push_back(resource(kind, "a"));
    world.cloud->resources.push_back(resource(kind, "b"));
  }
  const auto deletions = world.collect();
  CHECK(deletions.size() == 8);
  CHECK(std::ranges::all_of(
      deletions, [](const auto& one) { return one.outcome == Deletion::Outcome::deleted; }));
  CHECK(world.cloud->resources.empty());
}

TEST_CASE("a machine that appears before its kind's turn keeps what is its own") {
  World world;
  world.cloud->resources = {resource(ResourceKind::instance, "a"),
                            resource(ResourceKind::instance, "b"),
                            resource(ResourceKind::disk, "c")};
  std::optional<MachineLock> lock;
  world.cloud->on_erase = [&](const OwnedResource&) {
    if (!lock) {
      lock.emplace(MachineLock::take(world.store, "c"));
    }
  };
  ensure_folder(world.store.machines_folder());
  CHECK(world.collect().size() == 2);
  REQUIRE(world.cloud->resources.size() == 1);
  CHECK(world.cloud->resources[0].machine == "c");
}

TEST_CASE("an account that lets nobody in is told, and the next way in is tried") {
  World world;
  world.cloud->denied = true;
  world.cloud->resources = {resource(ResourceKind::instance, "a")};
  CHECK(world.collect().empty());
  CHECK(world.surveys[0].error == "no");
  CHECK(world.surveys[0].found.empty());

  auto second = std::make_unique<FakeAccount>();
  second->resources = {resource(ResourceKind::instance, "a")};
  FakeAccount* good = second.get();
  world.accounts[0].ways.push_back(std::move(second));
  CHECK(world.collect().size() == 1);
  CHECK(world.surveys[0].error.empty());
  CHECK(good->resources.empty());
}

TEST_CASE("a shared resource that is in use after all is no failure, an own one is") {
  World world;
  OwnedResource network = resource(ResourceKind::network, "");
  OwnedResource disk = resource(ResourceKind::disk, "m");
  world.cloud->resources = {network, disk};
  world.cloud->on_erase = [](const OwnedResource& one) {
    throw Error(Errc::conflict, one.id + " is in use");
  };
  const auto deletions = world.collect();
  REQUIRE(deletions.size() == 2);
  CHECK(deletions[0].outcome == Deletion::Outcome::failed);
  CHECK(deletions[1].outcome == Deletion::Outcome::in_use);
}

TEST_CASE("what changed hands after it was listed stays, and is not called deleted") {
  World world;
  world.cloud->resources = {resource(ResourceKind::instance, "a"),
                            resource(ResourceKind::instance, "b")};
  world.cloud->lost = {"a/instance"};
  const auto deletions = world.collect();
  REQUIRE(deletions.size() == 2);
  CHECK(deletions[0].outcome == Deletion::Outcome::not_ours);
  CHECK(deletions[0].error.empty());
  CHECK(deletions[1].outcome == Deletion::Outcome::deleted);
  CHECK(world.cloud->erased == std::vector<std::string>{"b/instance"});
  CHECK(world.cloud->resources.size() == 1);
}

TEST_CASE("a thousand foreign resources are listed once and never touched") {
  World world;
  for (int i = 0; i < 1000; ++i) {
    auto one = resource(ResourceKind::instance, "m" + std::to_string(i));
    one.owner.store = "bbbbbbbbbbbbbbbb";
    world.cloud->resources.push_back(one);
  }
  CHECK(world.collect().empty());
  CHECK(world.cloud->lists == 1);
  CHECK(world.cloud->erased.empty());
}
