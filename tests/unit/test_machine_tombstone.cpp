// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/json_fields.hpp"
#include "machine/create.hpp"
#include "machine/lock.hpp"
#include "machine/remove.hpp"
#include "machine/tombstone.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/listener.hpp"
#include "tests/support/temp.hpp"

using namespace dmachine;
using namespace dmachine::machine;
using dmachine::test::TempFolder;

namespace {

/// A machine of driver none is removed without anybody's help; one of a driver that is not here,
/// never.
void save(const Store& store, const std::string& name, const std::string& driver) {
  const auto folder = store.machine_folder(name);
  ensure_folder(folder);
  write_file(folder / "config.json",
             "{\"ConfigVersion\":3,\"Driver\":{\"MachineName\":\"" + name +
                 "\",\"URL\":\"tcp://h:1\"},\"DriverName\":\"" + driver +
                 "\",\"HostOptions\":{},\"Name\":\"" + name + "\"}",
             0600);
}

void set_next_try(const Tombstone& tombstone, std::int64_t when) {
  write_file(tombstone.folder / "retry.json", "{\"NextTry\":" + std::to_string(when) + "}", 0600);
}

/// A tombstone that is due, of a machine in a cloud at that port of this host. Without
/// `instance_id` the machine's labels are asked for first, by a request that can be cut; else the
/// instance is deleted, by one that cannot.
void bury_in_cloud(const Store& store, int port, const std::string& instance_id) {
  const auto folder = store.machine_folder("m");
  ensure_folder(folder);
  const Json driver{{"MachineName", "m"},
                    {"AccessKey", "AKIAEXAMPLE"},
                    {"SecretKey", "s"},
                    {"Region", "us-east-1"},
                    {"Endpoint", "http://127.0.0.1:" + std::to_string(port)},
                    {"DisableSSL", true},
                    {"InstanceId", instance_id},
                    {"Owner", {{"Store", "0123456789abcdef"}, {"Create", "0123456789abcdef"}}}};
  write_file(folder / "config.json",
             to_go_json({{"ConfigVersion", 3},
                         {"Driver", driver},
                         {"DriverName", "amazonec2"},
                         {"HostOptions", Json::object()},
                         {"Name", "m"}}),
             0600);
  set_next_try(bury(store, "m", "no"), 0);
}

constexpr std::int64_t far = 99'999'999'999;

}  // namespace

TEST_CASE("rm -f of what cannot be removed leaves a tombstone with a note") {
  const TempFolder folder;
  const Store store(folder.path().string());
  save(store, "m", "lost");
  CHECK(remove(Context(), store, {"m"}, Force::yes).empty());
  CHECK(store.names().empty());
  const auto tombstones = find_tombstones(store);
  REQUIRE(tombstones.size() == 1);
  CHECK(tombstones[0].name == "m");
  CHECK(tombstones[0].attempts == 1);
  CHECK(tombstones[0].since > 0);
  CHECK(tombstones[0].next_try > tombstones[0].since);
  CHECK(tombstones[0].next_try <= tombstones[0].since + 61);
  CHECK(tombstones[0].error.find("Driver \"lost\" not found") != std::string::npos);
}

TEST_CASE("a retry waits for its time, and longer after each failure") {
  const TempFolder folder;
  const Store store(folder.path().string());
  save(store, "m", "lost");
  const Tombstone first = bury(store, "m", "no");
  CHECK(retry_removal(Context(), store, first, Urgency::due_only).kind ==
        RetryOutcome::Kind::skipped);
  for (unsigned attempts = 2; attempts < 14; ++attempts) {
    CHECK(retry_removal(Context(), store, find_tombstones(store)[0], Urgency::at_once).kind ==
          RetryOutcome::Kind::failed);
    CHECK(find_tombstones(store)[0].attempts == attempts);
  }
  const Tombstone last = find_tombstones(store)[0];
  CHECK(last.since == first.since);
  const auto pause = last.next_try - std::time(nullptr);
  CHECK(pause > 10'000);
  CHECK(pause <= 6 * 3600);
}

TEST_CASE("one process at a time tries, and none while the name is in use") {
  const TempFolder folder;
  const Store store(folder.path().string());
  save(store, "m", "none");
  const Tombstone tombstone = bury(store, "m", "no");
  const auto try_it = [&] {
    return retry_removal(Context(), store, tombstone, Urgency::at_once).kind;
  };
  {
    const auto held = hold_tombstones(Context(), store, "m");
    CHECK(held.size() == 1);
    CHECK(try_it() == RetryOutcome::Kind::skipped);
    CHECK(hold_tombstones(Context(), store, "other").empty());
  }
  {
    const auto lock = MachineLock::take(store, "m");
    CHECK(try_it() == RetryOutcome::Kind::skipped);
  }
  save(store, "m", "none");
  CHECK(try_it() == RetryOutcome::Kind::skipped);
  store.remove_folder("m");
  CHECK(try_it() == RetryOutcome::Kind::removed);
  CHECK(find_tombstones(store).empty());
  CHECK(try_it() == RetryOutcome::Kind::skipped);  // gone
}

TEST_CASE("a sweep takes what is due, and nothing else") {
  const TempFolder folder;
  const Store store(folder.path().string());
  save(store, "due", "none");
  save(store, "later", "none");
  set_next_try(bury(store, "due", "no"), 0);
  set_next_try(bury(store, "later", "no"), far);
  std::filesystem::create_directories(store.machines_folder() / ".x.lock");
  {
    const TombstoneSweep sweep(store);
    const auto end = Clock::now() + std::chrono::minutes(1);
    while (find_tombstones(store).size() > 1 && Clock::now() < end) {
      Context().sleep(Duration(1));
    }
  }
  REQUIRE(find_tombstones(store).size() == 1);
  CHECK(find_tombstones(store)[0].name == "later");
}

TEST_CASE("a cloud that hangs for the whole of a sweep's time has failed once more") {
  const TempFolder folder;
  const Store store(folder.path().string());
  test::Listener cloud;
  bury_in_cloud(store, cloud.port(), "");
  const TombstoneSweep sweep(store, std::chrono::milliseconds(100));
  REQUIRE(cloud.wait_for_caller());
  const auto end = Clock::now() + std::chrono::minutes(1);
  while (find_tombstones(store).at(0).attempts == 0 && Clock::now() < end) {
    Context().sleep(Duration(1));
  }
  const auto kept = find_tombstones(store).at(0);
  CHECK(kept.attempts == 1);
  CHECK(kept.next_try > std::time(nullptr));
  CHECK(kept.error.find("127.0.0.1") != std::string::npos);
  CHECK_FALSE(has_abandoned_sweep());
}

TEST_CASE("a command that ends does not wait for a cloud that hangs") {
  const TempFolder folder;
  const Store store(folder.path().string());
  test::Listener cloud;
  bury_in_cloud(store, cloud.port(), "i-0123456789abcdef0");
  Clock::time_point end;
  {
    const TombstoneSweep sweep(store);
    REQUIRE(cloud.wait_for_caller());
    end = Clock::now();
  }
  // The request that it waits for would go on for a minute.
  CHECK(Clock::now() - end < std::chrono::seconds(20));
  CHECK(has_abandoned_sweep());
  const auto kept = find_tombstones(store);
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].attempts == 0);                  // nobody knows how it would have ended
  CHECK(kept[0].next_try > std::time(nullptr));  // others' turn, who may have a cloud that answers
}

TEST_CASE("names are removed side by side, told in order, and one given twice is done in turn") {
  const TempFolder folder;
  const Store store(folder.path().string());
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("m" + std::to_string(i));
    save(store, names.back(), i == 7 ? "lost" : "none");
  }
  names.push_back("m3");
  const auto failures = remove(Context(), store, names, Force::no);
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].rfind("Error removing host \"m7\": Driver", 0) == 0);
  CHECK(failures[1].rfind("Error removing host \"m3\": Docker machine \"m3\" does not exist", 0) ==
        0);
  CHECK(store.names() == std::vector<std::string>{"m7"});
}
