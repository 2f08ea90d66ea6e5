// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/temp.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

using namespace dmachine;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

template <typename Work>
std::string failure_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void limit_file_size(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_FSIZE, &limit);
}

const std::string large(1U << 20U, 'n');

}  // namespace

TEST_CASE("files are written whole, with their mode, over what was there") {
  const test::TempFolder folder;
  const auto path = folder / "config.json";
  const auto old_mask = umask(022);
  write_file(path, "first", 0600);
  CHECK(read_file(path) == "first");
  CHECK(mode_of(path) == 0600);
  write_file(path, large, 0644);
  CHECK(read_file(path) == large);
  CHECK(mode_of(path) == 0644);
  write_file(path, "", 0600);
  CHECK(read_file(path).empty());
  CHECK(mode_of(path) == 0600);  // whatever the old file's was
  CHECK(names_in(folder.path()) == std::vector<std::string>{"config.json"});
  umask(old_mask);
}

TEST_CASE("a write that fails half-way leaves the old content and nothing else") {
  const test::TempFolder folder;
  const auto path = folder / "config.json";
  write_file(path, "old", 0600);
  const pid_t child = test::fork_and_run([&] {
    signal(SIGXFSZ, SIG_IGN);  // so that write(2) fails, as on a full disk
    limit_file_size(4096);
    const auto message = failure_of([&] { write_file(path, large, 0600); });
    return message == "write " + path.string() + ": file too large" ? 0 : 1;
  });
  CHECK(test::exit_code_of(child) == 0);
  CHECK(read_file(path) == "old");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"config.json"});
}

TEST_CASE("the temporary file of a private file is private from birth") {
  const test::TempFolder folder;
  const auto path = folder / "id_rsa";
  write_file(path, "old", 0600);
  const pid_t child = test::fork_and_run([&] {
    umask(0);
    signal(SIGXFSZ, SIG_DFL);  // dies in the middle of the write
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    limit_file_size(4096);
    write_file(path, large, 0600);
    return 0;
  });
  CHECK(test::exit_code_of(child) == 128 + SIGXFSZ);
  CHECK(read_file(path) == "old");
  const auto names = names_in(folder.path());
  REQUIRE(names.size() == 2);
  CHECK_THAT(names[1], StartsWith("id_rsa.tmp"));
  CHECK(mode_of(folder / names[1]) == 0600);
}

TEST_CASE("readers see the old or the new content, never a part") {
  const test::TempFolder folder;
  const auto path = folder / "config.json";
  const std::string one(100000, '1');
  const std::string two(50000, '2');
  write_file(path, one, 0600);
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) {
      write_file(path, i % 2 == 0 ? two : one, 0600);
    }
  });
  int whole = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string seen = read_file(path);
    whole += seen == one || seen == two ? 1 : 0;
  }
  writer.join();
  CHECK(whole == 500);
}

TEST_CASE("file failures are told in Go's words, with the file's own name") {
  const test::TempFolder folder;
  const std::string missing = (folder / "no/such").string();
  CHECK(failure_of([&] { read_file(missing); }) ==
        "open " + missing + ": no such file or directory");
  CHECK(failure_of([&] { write_file(missing, "x", 0600); }) ==
        "open " + missing + ": no such file or directory");
  CHECK(failure_of([&] { read_file(folder.path()); }) ==
        "read " + folder.path().string() + ": is a directory");
  const auto taken = folder / "folder";
  fs::create_directories(taken / "inside");
  CHECK_THAT(failure_of([&] { write_file(taken, "x", 0600); }),
             ContainsSubstring("rename " + taken.string() + ": "));
  CHECK(names_in(folder.path()) == std::vector<std::string>{"folder"});
  CHECK_FALSE(find_file(missing));
  CHECK_THROWS_AS(find_file(folder.path()), Error);
}

TEST_CASE("folders are made with their parents, also by many at once") {
  const test::TempFolder folder;
  const auto path = folder / "a/b/c";
  std::vector<std::thread> makers;
  for (int i = 0; i < 8; ++i) {
    makers.emplace_back([&] { ensure_folder(path); });
  }
  for (auto& maker : makers) {
    maker.join();
  }
  CHECK(fs::is_directory(path));
  CHECK(mode_of(folder / "a") == 0700);
  CHECK_NOTHROW(ensure_folder(path));
  write_file(folder / "file", "", 0600);
  const std::string file = (folder / "file").string();
  CHECK(failure_of([&] { ensure_folder(file); }) == "mkdir " + file + ": not a directory");
  CHECK(failure_of([&] { ensure_folder(file + "/below"); }) ==
        "mkdir " + file + "/below: not a directory");
}

TEST_CASE("removing takes a link, not what it points to, and what is gone is fine") {
  const test::TempFolder folder;
  fs::create_directories(folder / "kept");
  write_file(folder / "kept/file", "x", 0600);
  fs::create_directories(folder / "gone/deep");
  fs::create_symlink(folder / "kept", folder / "gone/deep/link");
  remove_tree(folder / "gone");
  CHECK_FALSE(fs::exists(folder / "gone"));
  CHECK(read_file(folder / "kept/file") == "x");
  CHECK_NOTHROW(remove_tree(folder / "gone"));
}

TEST_CASE("descriptors are closed once, by their last owner") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const Fd reading(ends[0]);
  Fd first(ends[1]);
  Fd second(std::move(first));
  CHECK(second.get() == ends[1]);
  CHECK(fcntl(ends[1], F_GETFD) >= 0);
  second = Fd();
  CHECK(fcntl(ends[1], F_GETFD) < 0);
}

TEST_CASE("a lock keeps others out until its holder lets go or dies") {
  const test::TempFolder folder;
  const auto path = folder / "lock";
  {
    const FileLock lock = FileLock::acquire(Context(), path);
    lock.write_note("held by a test");
    CHECK(read_file(path) == "held by a test");
    lock.write_note("again");
    CHECK(read_file(path) == "again");
    CHECK_FALSE(FileLock::try_acquire(path));
    CHECK(failure_of([&] { FileLock::acquire(Context().within(10ms), path); }) ==
          "timed out waiting for the lock " + path.string());
    CHECK(test::exit_code_of(
              test::fork_and_run([&] { return FileLock::try_acquire(path) ? 1 : 0; })) == 0);
  }
  CHECK(FileLock::try_acquire(path));
  const pid_t holder = test::fork_and_run([&] {
    const FileLock lock = FileLock::acquire(Context(), path);
    lock.write_note("child");
    for (;;) {
      pause();
    }
    return 0;
  });
  while (read_file(path) != "child") {
    std::this_thread::yield();
  }
  CHECK_FALSE(FileLock::try_acquire(path));
  kill(holder, SIGKILL);
  test::wait_status(holder);
  CHECK(FileLock::try_acquire(path));
}

TEST_CASE("a lock that goes with its file still lets one in at a time") {
  const test::TempFolder folder;
  const auto path = folder / "lock";
  const auto counter = folder / "counter";
  std::ofstream(counter) << 0;
  constexpr int processes = 6;
  constexpr int rounds = 60;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    children.push_back(test::fork_and_run([&] {
      for (int round = 0; round < rounds; ++round) {
        FileLock lock = FileLock::acquire(Context().within(1min), path);
        // Not atomic: counts are lost as soon as two are in here.
        const int count = std::stoi(read_file(counter));
        std::this_thread::yield();
        std::ofstream(counter) << count + 1;
        lock.remove_on_release();
      }
      return 0;
    }));
  }
  for (const pid_t child : children) {
    CHECK(test::exit_code_of(child) == 0);
  }
  CHECK(read_file(counter) == std::to_string(processes * rounds));
  CHECK(names_in(folder.path()) == std::vector<std::string>{"counter"});
}

TEST_CASE("a file never gets the number of a closed standard stream") {
  const test::TempFolder folder;
  const pid_t child = test::fork_and_run([&] {
    close(0);
    close(2);
    ensure_standard_streams();
    const Fd file(open((folder / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    return file.get() > 2 && fcntl(0, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0 ? 0 : 1;
  });
  CHECK(test::exit_code_of(child) == 0);
}
