// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "drivers/base_state.hpp"
#include "drivers/capacity.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

using namespace dmachine;
using dmachine::test::TempFolder;

namespace {

using TimePoint = std::chrono::system_clock::time_point;

const Candidate a{"a", "", "small", true};
const Candidate b{"b", "", "small", true};
const Candidate c{"c", "", "small", false};
const std::vector<Candidate> all{a, b, c};

struct Memory {
  TempFolder store;
  TimePoint now = std::chrono::system_clock::now();
  CapacityMemory memory{store.path(), "project p", [this] { return now; }};

  /// The names of those tried, until one that is not in `sold_out`.
  std::vector<std::string> create(const std::vector<Candidate>& sold_out,
                                  const std::vector<Candidate>& candidates = all) {
    std::vector<std::string> tried;
    try {
      try_candidates(Context(), memory, candidates, [&](const Candidate& candidate) {
        tried.push_back(candidate.zone);
        if (std::find(sold_out.begin(), sold_out.end(), candidate) != sold_out.end()) {
          throw Error(Errc::capacity, "none left in " + candidate.zone);
        }
        return true;
      });
    } catch (const Error& error) {
      tried.emplace_back(error.what());
    }
    return tried;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("candidates: every place of a size before the next size, spot before on demand") {
  const auto made = make_candidates({{"z1", "s1", "", false}, {"z2", "s2", "", false}},
                                    {"big", "small"}, true, true);
  Names names;
  for (const auto& candidate : made) {
    names.push_back(to_string(candidate));
  }
  CHECK(names == Names{"z1, s1, big, spot", "z2, s2, big, spot", "z1, s1, small, spot",
                       "z2, s2, small, spot", "z1, s1, big, on demand", "z2, s2, big, on demand",
                       "z1, s1, small, on demand", "z2, s2, small, on demand"});
  CHECK(make_candidates({}, {}, false, true) == std::vector{Candidate{}});
}

TEST_CASE("a list of candidates on the command line") {
  CHECK(parse_candidate_list("google-zone", "a, b,c") == Names{"a", "b", "c"});
  CHECK_THROWS_WITH(parse_candidate_list("google-zone", "a,,b"),
                    "--google-zone \"a,,b\": an element of the list is empty");
  CHECK_THROWS_WITH(parse_candidate_list("google-zone", "a,b,a"),
                    "--google-zone \"a,b,a\": a stands there twice");
}

TEST_CASE("the first create finds what is sold out, the next one knows it") {
  Memory fleet;
  CHECK(fleet.create({a, b}) == Names{"a", "b", "c"});
  CHECK(fleet.create({a, b}) == Names{"c"});
  fleet.now += CapacityMemory::expiry + std::chrono::seconds(1);
  CHECK(fleet.create({}) == Names{"a"});
}

TEST_CASE("when all is sold out, one is looked at again, the one whose time is up first") {
  Memory fleet;
  const auto failed = fleet.create(all);
  REQUIRE(failed.size() == 4);
  CHECK(failed.back() ==
        "no capacity in any of 3 candidates: a, small, spot: none left in a; b, small, spot: none "
        "left in b; c, small, on demand: none left in c");
  CHECK(fleet.create(all).front() == "a");
  CHECK(fleet.create(all).size() == 2);
  CHECK(fleet.create({}) == Names{"a"});
  CHECK(fleet.create({}) == Names{"a"});  // it worked, so it is believed again
}

TEST_CASE("what another place cannot cure ends the search") {
  Memory fleet;
  int tried = 0;
  CHECK_THROWS_WITH(try_candidates(Context(), fleet.memory, all,
                                   [&](const Candidate&) -> int {
                                     ++tried;
                                     throw Error(Errc::quota, "no CPUS");
                                   }),
                    "no CPUS");
  CHECK(tried == 1);
  CHECK_FALSE(std::filesystem::exists(fleet.store / "dmachine"));
}

TEST_CASE("a single choice is tried always, and nothing is remembered") {
  Memory fleet;
  CHECK(fleet.create({a}, {a}) == Names{"a", "none left in a"});
  CHECK(fleet.create({a}, {a}) == Names{"a", "none left in a"});
  CHECK_FALSE(std::filesystem::exists(fleet.store / "dmachine"));
}

TEST_CASE("a memory that cannot be read, or comes from the future, closes nothing for long") {
  Memory fleet;
  std::filesystem::create_directories(fleet.store / "dmachine");
  for (const char* text :
       {"", "{", "[]", "7", R"({"project p": 7})", R"({"project p": {"x": "y"}})"}) {
    write_file(fleet.store / "dmachine" / "capacity.json", text, 0600);
    CHECK(fleet.create({}) == Names{"a"});
  }
  write_file(fleet.store / "dmachine" / "capacity.json",
             R"({"project p": {"a, small, spot": 99999999999}})", 0600);
  CHECK(fleet.create({}) == Names{"b"});
}

TEST_CASE("of many that claim a candidate at once one gets it, until it is forgotten") {
  Memory fleet;
  for (int round = 0; round < 2; ++round) {
    std::atomic<int> count{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] { count += fleet.memory.claim(a) ? 1 : 0; });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    CHECK(count == 1);
    CHECK(fleet.memory.remembers(a));
    fleet.memory.forget(a);
    CHECK_FALSE(fleet.memory.remembers(a));
  }
  CHECK(fleet.memory.claim(a));
  fleet.now += CapacityMemory::expiry + std::chrono::seconds(1);
  CHECK(fleet.memory.claim(a));
  CHECK_FALSE(CapacityMemory("/dev/null/store", "project p").claim(a));
}

TEST_CASE("other accounts have their own memory") {
  Memory fleet;
  fleet.create({a});
  const CapacityMemory other(fleet.store.path(), "project q", [&] { return fleet.now; });
  CHECK(other.worth_trying(all) == all);
  CHECK(fleet.memory.worth_trying(all) == std::vector{b, c});
}

TEST_CASE("the owner stands in the Driver object, and in no label when there is none") {
  BaseState base;
  base.machine_name = "m1";
  Json driver = to_json(base);
  put_owner(driver, base.owner);
  CHECK_FALSE(driver.contains("Owner"));
  CHECK(owner_labels(base).empty());
  base.owner = {"0123456789abcdef", "fedcba9876543210"};
  put_owner(driver, base.owner);
  CHECK(parse_base_state(driver).owner == base.owner);
  CHECK(owner_labels(base) ==
        std::vector<std::pair<std::string, std::string>>{{"dmachine-machine", "m1"},
                                                         {"dmachine-store", "0123456789abcdef"},
                                                         {"dmachine-create", "fedcba9876543210"}});
}
