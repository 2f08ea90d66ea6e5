// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "machine/records.hpp"
#include "machine/statistics.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/temp.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <thread>

using namespace dmachine;
using namespace dmachine::machine;
using dmachine::test::TempFolder;

namespace {

Record record(const std::string& machine) {
  Record one;
  one.command = "create";
  one.machine = machine;
  one.driver = "google";
  one.placement = "us-east1-b, n1-standard-1";
  one.outcome = "ok";
  one.start = 1'700'000'000;
  one.seconds = 12.5;
  one.phases = {{"create", 10}, {"ssh", 2}};
  one.api_calls = 9;
  return one;
}

}  // namespace

TEST_CASE("a recorder writes what its thread did, also when it fails") {
  const TempFolder folder;
  const Store store(folder.path().string());
  {
    Recorder recorder(store, "create", "m");
    recorder.set_driver("google");
    count_call();
    count_call();
    count_retry();
    add_time("create", Duration(1500));
    recorder.failed(Errc::capacity);
  }
  count_call();  // nobody counts any more
  const auto records = read_records(store);
  REQUIRE(records.size() == 1);
  CHECK(records[0].outcome == "failed");
  CHECK(records[0].error == "capacity");
  CHECK(records[0].api_calls == 2);
  CHECK(records[0].api_retries == 1);
  CHECK(records[0].phases.at("create") == 1.5);
  struct stat info {};
  REQUIRE(stat((folder / "dmachine/records.jsonl").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a record comes back as it was written") {
  const TempFolder folder;
  const Store store(folder.path().string());
  append_record(store, record("m"));
  const auto text = read_file(folder / "dmachine/records.jsonl");
  CHECK(text.rfind("{\"time\":\"2023-11-14T22:13:20Z\",\"command\":\"create\"", 0) == 0);
  CHECK(text.back() == '\n');
  const auto records = read_records(store);
  REQUIRE(records.size() == 1);
  CHECK(records[0].placement == "us-east1-b, n1-standard-1");
  CHECK(records[0].seconds == 12.5);
  CHECK(records[0].phases == record("m").phases);
}

TEST_CASE("of a command that was killed another one writes the record, once") {
  const TempFolder folder;
  const Store store(folder.path().string());
  const pid_t child = test::fork_and_run([&] {
    Recorder recorder(store, "create", "killed-one");
    recorder.set_driver("google");
    return raise(SIGKILL);
  });
  REQUIRE(test::exit_code_of(child) == 128 + SIGKILL);
  CHECK(read_records(store).empty());
  write_file(folder / "dmachine/running/0000000000000000", "{\"command\":", 0600);  // cut
  {
    const Recorder running(store, "rm", "m");
    record_killed(store);  // not of the one that runs
    const auto records = read_records(store);
    REQUIRE(records.size() == 1);
    CHECK(records[0].outcome == "killed");
    CHECK(records[0].command == "create");
    CHECK(records[0].machine == "killed-one");
    CHECK(records[0].driver == "google");
    CHECK(records[0].start > 1'700'000'000);
    CHECK(records[0].seconds == 0);
  }
  record_killed(store);
  CHECK(read_records(store).size() == 2);
  CHECK(std::filesystem::is_empty(folder / "dmachine/running"));
}

TEST_CASE("the records of many are bounded, and whole") {
  const TempFolder folder;
  const Store store(folder.path().string());
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (int j = 0; j < 3000; ++j) {
        append_record(store, record("runner-" + std::to_string(j)));
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "dmachine")) {
    bytes += entry.file_size();
  }
  CHECK(bytes < 2'200'000);
  const auto records = read_records(store);
  CHECK(records.size() > 3000);
  for (const Record& one : records) {
    REQUIRE(one.seconds == 12.5);  // a mixed line would not have been read
  }
}

TEST_CASE("a store that cannot be written is no error") {
  append_record(Store("/dev/null/store"), record("m"));
  CHECK(read_records(Store("/dev/null/store")).empty());
}

TEST_CASE("statistics tell percentiles of those that went well") {
  std::vector<Record> records;
  for (int i = 1; i <= 100; ++i) {
    records.push_back(record("m"));
    records.back().seconds = i;
  }
  records.push_back(record("m"));
  records.back().outcome = "failed";
  records.back().error = "quota";
  records.back().seconds = 1000;
  const auto all = summarize(records);
  REQUIRE(all.size() == 1);
  CHECK(all[0].outcomes.at("ok") == 100);
  CHECK(all[0].errors.at("quota") == 1);
  CHECK(all[0].total.p50 == 50);
  CHECK(all[0].total.p95 == 95);
  CHECK(all[0].phases.at("ssh").count == 100);
  CHECK(all[0].api_calls == 909);
  CHECK(summarize(std::vector<double>{}).count == 0);
  CHECK(summarize(std::vector<double>{7}).p95 == 7);
}
