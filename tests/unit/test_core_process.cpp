// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/poll.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/temp.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <thread>

using namespace dmachine;
using namespace std::chrono_literals;

namespace {

ChildResult run_shell(const std::string& script, const std::string& input = {}) {
  return run_child(Context().within(1min), {{"sh", "-c", script}, input});
}

template <typename Work>
std::string failure_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a child's outputs and exit status are collected") {
  const ChildResult result = run_shell("echo out; echo err >&2; exit 7");
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(result.status.code == 7);
  CHECK_FALSE(result.status.ok());
  CHECK(to_string(result.status) == "exit status 7");
  CHECK(run_shell("true").status.ok());
}

TEST_CASE("a child that a signal killed is told from one that exited") {
  const ChildResult result = run_shell("kill -KILL $$");
  CHECK(result.status.signal == SIGKILL);
  CHECK_FALSE(result.status.ok());
  CHECK(to_string(result.status) == "signal: killed");
  CHECK(to_string(run_shell("kill -TERM $$").status) == "signal: terminated");
}

TEST_CASE("a child reads what it is given, and nothing else") {
  CHECK(run_shell("cat", "some input").out == "some input");
  CHECK(run_shell("cat").out.empty());
  signal(SIGPIPE, SIG_IGN);  // as main does
  const std::string large(8U << 20U, 'x');
  CHECK(run_shell("cat | wc -c", large).out == "8388608\n");
  CHECK(run_shell("true", large).status.ok());  // does not read at all
  CHECK(run_shell("head -c 10", large).out == "xxxxxxxxxx");
}

TEST_CASE("a child may close its outputs before it is done") {
  const test::TempFolder folder;
  const auto seen = (folder / "seen").string();
  const ChildResult result =
      run_shell("exec >&- 2>&-; cat > " + seen + "; exit 3", std::string(1U << 20U, 'y'));
  CHECK(result.status.code == 3);
  CHECK(read_file(seen).size() == 1U << 20U);
}

TEST_CASE("large outputs on both streams do not block each other") {
  const ChildResult result =
      run_shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; echo end");
  CHECK(result.out.size() == 3000004);
  CHECK(result.err.size() == 3000000);
}

TEST_CASE("no more than the limit is kept, and the child still runs to its end") {
  const ChildResult result = run_child(
      Context().within(1min), {{"sh", "-c", "head -c 500000 /dev/zero; exit 4"}, ""}, 1000);
  CHECK(result.out.size() == 1000);
  CHECK(result.status.code == 4);
}

TEST_CASE("output is handed on as it arrives") {
  const test::TempFolder folder;
  const auto fifo = (folder / "fifo").string();
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  std::string seen;
  Command command{{"sh", "-c", "echo first; read line < " + fifo + "; echo second"}, ""};
  std::thread writer;
  command.on_out = [&](std::string_view piece) {
    seen += piece;
    if (seen == "first\n") {  // the child goes on only now
      writer = std::thread([&] { run_shell("echo > " + fifo); });
    }
  };
  const ChildResult result = run_child(Context().within(1min), command);
  REQUIRE(writer.joinable());
  writer.join();
  CHECK(seen == "first\nsecond\n");
  CHECK(result.out.empty());
}

TEST_CASE("a stop or deadline kills the child") {
  const test::TempFolder folder;
  const auto pid_file = (folder / "pid").string();
  const std::string script = "echo $$ > " + pid_file + "; exec sleep 1000";
  StopSource source;
  std::thread asker([&] {
    while (find_file(pid_file).value_or("").empty()) {
      std::this_thread::yield();
    }
    source.request_stop();
  });
  CHECK_THROWS_AS(run_child(Context(source.token()).within(1min), {{"sh", "-c", script}, ""}),
                  Cancelled);
  asker.join();
  const auto pid = static_cast<pid_t>(std::stoi(read_file(pid_file)));
  CHECK(kill(pid, 0) != 0);  // dead and waited for
  CHECK(failure_of([&] {
          run_child(Context().within(20ms), {{"sleep", "1000"}, ""});
        }) == "timed out");
  // Also one that has nothing open any more.
  CHECK(
      failure_of([&] {
        run_child(Context().within(50ms), {{"sh", "-c", "exec <&- >&- 2>&-; exec sleep 1000"}, ""});
      }) == "timed out");
}

TEST_CASE("a child dies with its parent") {
  const test::TempFolder folder;
  const auto pid_file = (folder / "pid").string();
  const pid_t parent = test::fork_and_run([&] {
    run_child(Context(), {{"sh", "-c", "echo $$ > " + pid_file + "; exec sleep 1000"}, ""});
    return 0;
  });
  const auto child =
      poll(Context().within(1min), "the child", Backoff{1ms, 20ms}, [&]() -> std::optional<pid_t> {
        const auto text = find_file(pid_file).value_or("");
        return text.empty() ? std::nullopt : std::optional(std::stoi(text));
      });
  CHECK(test::is_running(child));
  kill(parent, SIGKILL);
  test::wait_status(parent);
  CHECK(poll(Context().within(1min), "the child's end", Backoff{1ms, 20ms},
             [&] { return test::is_running(child) ? std::nullopt : std::optional(true); }));
}

TEST_CASE("programs are looked for in absolute folders of PATH only") {
  const test::TempFolder folder;
  write_file(folder / "tool", "#!/bin/sh\necho found\n", 0755);
  write_file(folder / "text", "no program", 0644);
  std::filesystem::create_directory(folder / "sub");
  const test::ScopedEnv path("PATH", ":relative:" + folder.path().string() + ":/usr/bin:/bin");
  CHECK(find_program("tool") == (folder / "tool").string());
  CHECK_FALSE(find_program("text"));
  CHECK_FALSE(find_program("sub"));
  CHECK_FALSE(find_program("no-such-program-anywhere"));
  CHECK(find_program("./as/given") == "./as/given");
  CHECK(run_child(Context().within(1min), {{"tool"}, ""}).out == "found\n");
}

TEST_CASE("a program that is not there or cannot run is an error") {
  CHECK(failure_of([] {
          run_child(Context(), {{"no-such-program-anywhere"}, ""});
        }) == R"(exec: "no-such-program-anywhere": executable file not found in $PATH)");
  CHECK(failure_of([] {
          run_child(Context(), {{"/no/such/program"}, ""});
        }) == "fork/exec /no/such/program: no such file or directory");
  const test::TempFolder folder;
  write_file(folder / "text", "", 0644);
  CHECK_THAT(failure_of([&] {
               run_child(Context(), {{(folder / "text").string()}, ""});
             }),
             EndsWith("permission denied"));
}

TEST_CASE(
    "a child gets our environment and what is added, clean signals and no descriptors of ours") {
  const test::ScopedEnv ours("DMACHINE_TEST_OURS", "kept");
  const FileLock lock = FileLock::acquire(Context(), test::TempFolder() / "lock");
  const ChildResult result =
      run_child(Context().within(1min), {{"sh", "-c",
                                          "echo $DMACHINE_TEST_OURS $ADDED; ls /proc/self/fd | wc "
                                          "-l; grep -E 'SigBlk|SigIgn' /proc/self/status"},
                                         "",
                                         {"ADDED=too"}});
  const auto lines = split(result.out, '\n');
  REQUIRE(lines.size() >= 4);
  CHECK(lines[0] == "kept too");
  CHECK(lines[1] == "4");  // 0, 1, 2 and the folder that ls reads
  CHECK_THAT(lines[2], EndsWith("0000000000000000"));
  // SIGPIPE (13) is not ignored: a child writes to pipes like any other.
  CHECK((std::stoull(lines[3].substr(lines[3].find('0')), nullptr, 16) & (1ULL << (SIGPIPE - 1))) ==
        0);
}

TEST_CASE("an attached child's status comes back") {
  CHECK(run_attached({"sh", "-c", "exit 5"}).code == 5);
  CHECK(run_attached({"sh", "-c", "kill -INT $$"}).signal == SIGINT);
}
