// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "machine/store_id.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

#include <set>
#include <thread>

using namespace dmachine;
using dmachine::test::TempFolder;
using machine::Store;

TEST_CASE("a store's id is made once, whoever comes first") {
  const TempFolder folder;
  const Store store(folder.path().string());
  CHECK(machine::find_store_id(store) == std::nullopt);
  std::vector<std::string> ids(16);
  std::vector<std::thread> creates;
  for (auto& id : ids) {
    creates.emplace_back([&] { id = machine::ensure_store_id(store); });
  }
  for (auto& create : creates) {
    create.join();
  }
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 1);
  CHECK(machine::is_store_id(ids[0]));
  CHECK(machine::find_store_id(store) == ids[0]);
  struct stat status {};
  REQUIRE(stat((folder / "dmachine" / "store-id").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a file that holds no id is refused, and stays as it is") {
  const TempFolder folder;
  const Store store(folder.path().string());
  ensure_folder(store.own_folder());
  for (const char* text : {"", "0123456789ABCDEF", "0123456789abcde", "../../../../../x"}) {
    write_file(store.own_folder() / "store-id", text, 0600);
    CHECK_THROWS_AS(machine::ensure_store_id(store), Error);
    CHECK(read_file(store.own_folder() / "store-id") == text);
  }
}
