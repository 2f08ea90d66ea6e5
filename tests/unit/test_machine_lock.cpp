// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "machine/lock.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace dmachine;
using machine::MachineLock;
using machine::Store;

namespace {

/// A process that holds the machine's lock until a signal ends it.
class Holder {
 public:
  Holder(const Store& store, const std::string& name) {
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      signal(SIGTERM, SIG_DFL);  // the test framework's handler would report this process as a test
      const auto lock = MachineLock::take(store, name);
      [[maybe_unused]] const auto written = write(ready[1], "x", 1);
      pause();
      _exit(0);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~Holder() {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("one command at a time works on a machine, and the lock leaves no file") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  {
    const auto lock = MachineLock::take(store, "m1");
    CHECK_THROWS_WITH(MachineLock::take(store, "m1"),
                      "another command is working on machine \"m1\"");
    CHECK(MachineLock::is_held(store, "m1"));
    CHECK_FALSE(MachineLock::is_held(store, "m2"));
    CHECK_FALSE(MachineLock::try_take(store, "m1"));
  }
  CHECK_FALSE(MachineLock::is_held(store, "m1"));
  CHECK(std::filesystem::is_empty(folder / "machines"));
}

TEST_CASE("rm stops whoever holds the lock, also when it is suspended") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const bool suspended = GENERATE(false, true);
  const Holder holder(store, "m1");
  if (suspended) {
    ::kill(holder.pid(), SIGSTOP);
  }
  const auto begin = Clock::now();
  const auto lock = MachineLock::take_over(Context(), store, "m1");
  CHECK(Clock::now() - begin < std::chrono::seconds(20));
}
