// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "ssh/session.hpp"
#include "tests/e2e/ssh/sshd.hpp"
#include "tests/support/catch.hpp"

#include <sys/stat.h>

#include <thread>

using namespace dmachine;
using namespace dmachine::ssh;
using dmachine::test::Sshd;
using std::chrono::seconds;

namespace {

Context in_time() {
  return Context().within(seconds(120));
}

constexpr Client both_clients[] = {Client::native, Client::external};

struct Connected {
  explicit Connected(Client client, const Sshd::Setup& setup = {})
      : sshd(setup),
        session(connect(in_time(), sshd.endpoint(sshd.user_key({"-t", "ed25519"})), sshd.pin(),
                        client)) {}
  CommandResult run(const std::string& command, std::string_view input = {}) const {
    return session->run(in_time(), command, input);
  }
  Sshd sshd;
  std::unique_ptr<Session> session;
};

}  // namespace

TEST_CASE("output, errors and exit status of a command are told apart") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client);
    const auto result = host.run("echo out; echo err >&2; exit 7");
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(result.exit_status == 7);
    CHECK(host.run("true").ok());
    CHECK(host.run("exit 255").exit_status == 255);
    CHECK(host.run("exec sh -c 'exit 9'").exit_status == 9);
    CHECK(host.run("cat <<E # comment\ntext\nE").out == "text\n");
    CHECK(host.run("(exit 5) # comment").exit_status == 5);
    CHECK(host.run("if then").exit_status.value_or(0) != 0);
    CHECK_FALSE(host.run("if then").lost());
  }
}

TEST_CASE("a command killed by a signal is no success and no lost connection") {
  DMACHINE_NEEDS_SSHD();
  const Connected host(Client::native);
  const auto result = host.run("kill -KILL $$");  // the login shell itself
  CHECK_FALSE(result.exit_status.has_value());
  CHECK(result.exit_signal == "KILL");
  CHECK_FALSE(result.lost());
  CHECK(host.run("sh -c 'kill -TERM $$'").exit_status == 128 + 15);
  CHECK(host.run("true").ok());
}

TEST_CASE("10 MiB by turns on stdout and stderr arrive whole") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client);
    const auto result = host.run(
        "i=0; while [ $i -lt 160 ]; do head -c 65536 /dev/zero | tr '\\0' o;"
        " head -c 65536 /dev/zero | tr '\\0' e >&2; i=$((i+1)); done");
    CHECK(result.ok());
    CHECK(result.out == std::string(10U << 20U, 'o'));
    CHECK(result.err == std::string(10U << 20U, 'e'));
  }
}

TEST_CASE("5 MiB of input arrive whole while output comes back") {
  DMACHINE_NEEDS_SSHD();
  std::string input;
  for (unsigned i = 0; input.size() < (5U << 20U); ++i) {
    input += std::to_string(i * 2654435761U);
  }
  for (const auto client : both_clients) {
    const Connected host(client);
    CHECK(host.run("cat", input).out == input);
    CHECK(host.run("cat >/dev/null; echo done", input).out == "done\n");
    // A command that does not want its input.
    const auto rude = host.run("exit 6", input);
    CHECK(rude.exit_status == 6);
    CHECK(host.run("exec <&-; sleep 0.2; echo later", input).out == "later\n");
    CHECK(host.run("cat").out.empty());
  }
}

TEST_CASE("output is handed on as it arrives") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client);
    std::vector<Clock::time_point> times;
    std::string all;
    const auto result = host.session->run(in_time(), "echo one; sleep 0.5; echo two", {},
                                          [&](std::string_view piece) {
                                            times.push_back(Clock::now());
                                            all += piece;
                                          });
    CHECK(result.ok());
    CHECK(result.out.empty());
    CHECK(all == "one\ntwo\n");
    REQUIRE(times.size() >= 2);
    CHECK(times.back() - times.front() > Duration(300));
  }
}

TEST_CASE("a connection killed in the middle of a command is lost, and can be made again") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client);
    const auto result = host.run("echo before; kill -KILL $PPID; sleep 5");
    CHECK(result.lost());
    CHECK_FALSE(result.ok());
    if (client == Client::native) {
      CHECK(host.run("true").lost());
      host.session->reconnect(in_time());
    }
    CHECK(host.run("true").ok());
  }
}

TEST_CASE("a channel the server closes without a status is lost") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client, {.options = {"ChannelTimeout session:command=3s"}});
    CHECK(host.run("sleep 30").lost());
  }
}

TEST_CASE("a stop request ends a hanging command at once") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client);
    StopSource source;
    Clock::time_point stopped;
    std::thread stopper([&] {
      Context().sleep(Duration(300));
      stopped = Clock::now();
      source.request_stop();
    });
    CHECK_THROWS_AS(host.session->run(Context(source.token()), "sleep 30"), Cancelled);
    const auto took = Clock::now() - stopped;
    stopper.join();
    CHECK(took < Duration(200));
  }
}

TEST_CASE("a deadline ends a command, also one that never stops writing or never reads") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client);
    for (const auto* command : {"sleep 30", "yes | head -c 20000000; sleep 30", "exec sleep 30"}) {
      const auto started = Clock::now();
      CHECK_THROWS_AS(
          host.session->run(Context().within(Duration(500)), command, std::string(4U << 20U, 'x')),
          Error);
      CHECK(Clock::now() - started < Duration(1500));
      host.session->reconnect(in_time());
    }
  }
}

TEST_CASE("commands in sequence need no more than one session at a time") {
  DMACHINE_NEEDS_SSHD();
  const Connected host(Client::native, {.options = {"MaxSessions 1"}});
  for (int i = 0; i < 30; ++i) {
    CHECK(host.run("exit " + std::to_string(i)).exit_status == i);
  }
}

TEST_CASE("a refused session leaves the connection as it is") {
  DMACHINE_NEEDS_SSHD();
  const Connected host(Client::native, {.options = {"MaxSessions 0"}});
  for (int i = 0; i < 2; ++i) {
    try {
      host.run("true");
      FAIL("a session was opened");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::unavailable);
      CHECK_THAT(error.what(), ContainsSubstring("opens no further session"));
    }
  }
}

TEST_CASE("a file is uploaded whole, with its mode") {
  DMACHINE_NEEDS_SSHD();
  for (const auto client : both_clients) {
    const Connected host(client);
    const auto file = host.sshd.path("it's a file");
    const std::string content("binary \0 content\n\xff", 18);
    host.session->upload(in_time(), file.string(), content, 0640);
    CHECK(read_file(file) == content);
    struct stat info {};
    REQUIRE(stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777U) == 0640U);
    host.session->upload(in_time(), file.string(), "", 0600);
    CHECK(read_file(file).empty());
    try {
      host.session->upload(in_time(), host.sshd.path("none/file").string(), "x", 0600);
      FAIL("the upload succeeded");
    } catch (const Error& error) {
      CHECK_THAT(error.what(),
                 ContainsSubstring("none/file") && ContainsSubstring("exit status 1"));
    }
  }
}

TEST_CASE("an upload cut short leaves the old file") {
  DMACHINE_NEEDS_SSHD();
  const Connected host(Client::native);
  const auto file = host.sshd.path("file");
  host.session->upload(in_time(), file.string(), "old", 0600);
  // The first write fits nowhere near: the limit ends it while the content is on its way.
  CHECK_THROWS_AS(host.session->upload(Context().within(Duration(20)), file.string(),
                                       std::string(60U << 20U, 'n'), 0600),
                  Error);
  Context().sleep(Duration(500));
  CHECK(read_file(file) == "old");
}
