// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/parallel.hpp"
#include "core/work.hpp"
#include "tests/support/catch.hpp"

#include <stdexcept>

using namespace dmachine;

TEST_CASE("a tally counts what the thread and its parallel maps do, and no more") {
  Tally tally;
  count_call();  // nobody counts
  {
    const WorkScope scope({&tally});
    count_call();
    parallel_map(std::vector<int>(8), 4, [](int) {
      count_call();
      count_retry();
      return 0;
    });
    const WorkScope beside({nullptr, true});
    count_call();
  }
  count_call();
  CHECK(tally.counts().calls == 9);
  CHECK(tally.counts().retries == 8);
}

TEST_CASE("phases keep their order, and one that comes back adds up") {
  Tally tally;
  const WorkScope scope({&tally});
  add_time("b", Duration(5));
  add_time("a", Duration(1));
  add_time("b", Duration(2));
  const auto phases = tally.counts().phases;
  REQUIRE(phases.size() == 2);
  CHECK(phases[0] == std::pair<std::string, Duration>("b", 7));
  CHECK(phases[1] == std::pair<std::string, Duration>("a", 1));
}

TEST_CASE("a phase that fails has taken its time too") {
  Tally tally;
  const WorkScope scope({&tally});
  const auto fail = [] {
    const PhaseTimer timer("create");
    throw std::runtime_error("no");
  };
  CHECK_THROWS_AS(fail(), std::runtime_error);
  REQUIRE(tally.counts().phases.size() == 1);
  CHECK(tally.counts().phases[0].first == "create");
}

TEST_CASE("quiet reaches the threads of a parallel map, and ends") {
  const auto is_quiet = [](int) { return current_work().quiet; };
  {
    const WorkScope scope({nullptr, true});
    CHECK(parallel_map(std::vector<int>(8), 4, is_quiet) == std::vector<bool>(8, true));
  }
  CHECK(parallel_map(std::vector<int>(8), 4, is_quiet) == std::vector<bool>(8, false));
}
