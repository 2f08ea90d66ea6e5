// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/orphans.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::machine;

namespace {

constexpr std::int64_t now = 1'700'000'000;
constexpr const char* own = "aaaaaaaaaaaaaaaa";
constexpr const char* other = "bbbbbbbbbbbbbbbb";

OwnedResource resource(const std::string& machine, const std::string& create,
                       std::optional<std::int64_t> age = 7200, const char* store = own) {
  OwnedResource one;
  one.id = machine + "-vm";
  one.machine = machine;
  one.owner = {store, create};
  if (age) {
    one.made_at = now - *age;
  }
  return one;
}

Scope scope_of(std::set<std::string> ids) {
  Scope scope;
  scope.store_ids = std::move(ids);
  return scope;
}

Judgement judge_one(const OwnedResource& one, const Inventory& inventory,
                    const Scope& scope = scope_of({own})) {
  return judge({&one, 1}, {"google", "project p"}, inventory, scope, now)[0];
}

}  // namespace

TEST_CASE("what a machine's create made is that machine's, whatever it is called") {
  Inventory inventory;
  inventory.machines_by_create = {{"c1", "m"}};
  inventory.all_names = {"m"};
  CHECK(judge_one(resource("m", "c1"), inventory).verdict == Verdict::in_use);
  CHECK(judge_one(resource("x", "c1"), inventory).verdict == Verdict::in_use);
  const auto earlier = judge_one(resource("m", "c0"), inventory);
  CHECK(earlier.verdict == Verdict::orphan);
  CHECK(earlier.why == "of an earlier machine of this name");
  Scope all;
  all.all_stores = true;
  CHECK(judge_one(resource("m", "c1", 7200, other), inventory, all).verdict == Verdict::in_use);
}

TEST_CASE("a machine without an owner, or of which we cannot say, accounts for its name") {
  Inventory inventory;
  inventory.machines_by_name = {"m"};
  CHECK(judge_one(resource("m", "c0"), inventory).verdict == Verdict::in_use);
  CHECK(judge_one(resource("n", "c0"), inventory).verdict == Verdict::orphan);
}

TEST_CASE("a folder without a config.json that can be read accounts for nothing") {
  Inventory inventory;
  inventory.unreadable = {{"m", "no file"}};
  inventory.all_names = {"m"};
  const auto judgement = judge_one(resource("m", "c"), inventory);
  CHECK(judgement.verdict == Verdict::orphan);
  CHECK(judgement.why == "the machine's config.json cannot be read");
}

TEST_CASE("other stores' resources are not ours to judge") {
  CHECK(judge_one(resource("m", "c", 7200, other), {}).verdict == Verdict::foreign);
  CHECK(judge_one(resource("m", "c", 7200, other), {}, scope_of({other})).verdict ==
        Verdict::orphan);
  CHECK(judge_one(resource("m", "c", 7200, ""), {}).verdict == Verdict::foreign);
  Scope all;
  all.all_stores = true;
  CHECK(judge_one(resource("m", "c", 7200, other), {}, all).verdict == Verdict::orphan);
}

TEST_CASE("a running create and what is young are left alone") {
  Inventory inventory;
  inventory.busy = {"m"};
  Scope now_all = scope_of({own});
  now_all.older_than = std::chrono::seconds(0);
  CHECK(judge_one(resource("m", "c", 90000), inventory, now_all).verdict == Verdict::left);
  CHECK(judge_one(resource("n", "c", 3599), {}).verdict == Verdict::left);
  CHECK(judge_one(resource("n", "c", 3599), {}).why == "made 59m ago, less than 60m");
  CHECK(judge_one(resource("n", "c", 3600), {}).verdict == Verdict::orphan);
  CHECK(judge_one(resource("n", "c", 1), {}, now_all).verdict == Verdict::orphan);
}

TEST_CASE("what has no time of its own is as old as the rest of its create") {
  const std::vector<OwnedResource> young{resource("m", "c", 60), resource("m", "c", std::nullopt)};
  for (const auto& one : judge(young, {"azure", "s"}, {}, scope_of({own}), now)) {
    CHECK(one.verdict == Verdict::left);
  }
  // Of our own store we would see a running create's lock; of another one we do not.
  CHECK(judge_one(resource("m", "c", std::nullopt), {}).verdict == Verdict::orphan);
  Scope all;
  all.all_stores = true;
  CHECK(judge_one(resource("m", "c", std::nullopt, other), {}, all).verdict == Verdict::left);
}

TEST_CASE("what rm -f could not remove is never too young") {
  Inventory inventory;
  inventory.tombstones_by_create = {{"c", "m"}};
  const auto judgement = judge_one(resource("m", "c", 1), inventory);
  CHECK(judgement.verdict == Verdict::orphan);
  CHECK(judgement.why == "rm -f could not remove it");
}

TEST_CASE("what machines share goes with the last of them") {
  OwnedResource group = resource("", "c0");
  group.kind = ResourceKind::security_group;
  CHECK(judge_one(group, {}).verdict == Verdict::orphan);
  Inventory inventory;
  inventory.accounts = {{"google", "project p"}};
  CHECK(judge_one(group, inventory).verdict == Verdict::in_use);
  Inventory creating;
  creating.busy = {"m"};
  CHECK(judge_one(group, creating).verdict == Verdict::left);
  // An instance of the same store that is left keeps it too.
  const std::vector<OwnedResource> both{group, resource("m", "c", 60)};
  const auto judgements = judge(both, {"google", "project p"}, {}, scope_of({own}), now);
  CHECK(judgements[0].verdict == Verdict::left);
  CHECK(judgements[1].verdict == Verdict::left);
}

TEST_CASE("names narrow what is looked for") {
  Scope scope = scope_of({own});
  scope.names = {"m"};
  CHECK(judge_one(resource("m", "c"), {}, scope).verdict == Verdict::orphan);
  CHECK(judge_one(resource("n", "c"), {}, scope).verdict == Verdict::foreign);
  CHECK(judge_one(resource("", "c"), {}, scope).verdict == Verdict::foreign);
}

TEST_CASE("ages are short") {
  using std::chrono::seconds;
  CHECK(short_age(seconds(-5)) == "0s");
  CHECK(short_age(seconds(119)) == "119s");
  CHECK(short_age(seconds(120)) == "2m");
  CHECK(short_age(seconds(7200)) == "2h");
  CHECK(short_age(seconds(49 * 3600)) == "2d");
}
