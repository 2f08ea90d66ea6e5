// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "ssh/end_mark.hpp"
#include "ssh/session.hpp"
#include "ssh/terminal.hpp"
#include "tests/support/catch.hpp"

#include <cstring>

using namespace dmachine;
using namespace dmachine::ssh;

namespace {

/// Runs the wrapped command in a shell here; the shell's stderr, mark included.
std::string errors_of(const EndMark& mark, const std::string& command, const char* shell = "sh") {
  return run_child(Context().within(std::chrono::seconds(20)),
                   {{shell, "-c", mark.wrap(command)}, ""})
      .err;
}

/// Notes what it is asked to run, and answers what it was told.
class FakeSession : public Session {
 public:
  CommandResult run(const Context&, const std::string& asked, std::string_view given,
                    const OutputSink&) override {
    command = asked;
    input = given;
    return answer;
  }
  void reconnect(const Context&) override {}
  const Endpoint& endpoint() const override { return place; }

  Endpoint place{"h", 22, "root", ""};
  CommandResult answer{"", "", 0, ""};
  std::string command;
  std::string input;
};

}  // namespace

TEST_CASE("the end mark carries the exit status of any command, and leaves stderr clean") {
  struct Case {
    const char* command;
    int status;
    const char* err;
  };
  const Case cases[] = {
      {"true", 0, ""},
      {"exit 7", 7, ""},
      {"exec sh -c 'exit 255'", 255, ""},
      {"echo x >&2; false # comment", 1, "x\n"},
      {"printf x >&2", 0, "x"},
      {"cat <<E >&2\ntext\nE", 0, "text\n"},
      {"(exit 3)", 3, ""},
      {"exec 2>&-; true", 0, ""},
      {"sh -c 'kill -KILL $$'", 137, ""},
      {"true \\", 0, ""},
  };
  for (const auto& [command, status, err] : cases) {
    INFO(command);
    const EndMark mark;
    auto errors = errors_of(mark, command);
    CHECK(mark.take(errors) == status);
    if (status != 137) {
      CHECK(errors == err);
    }
  }
}

TEST_CASE("without its end mark a command has not ended") {
  const EndMark mark;
  for (const auto* command : {"kill -KILL $$", "if then", "'"}) {
    auto errors = errors_of(mark, command);
    CHECK_FALSE(mark.take(errors).has_value());
  }
  auto whole = errors_of(mark, "exit 12");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto cut = whole.substr(0, size);
    CHECK_FALSE(mark.take(cut).has_value());
    CHECK(cut == whole.substr(0, size));
  }
  auto foreign = errors_of(EndMark(), "true");
  CHECK_FALSE(mark.take(foreign).has_value());
}

TEST_CASE("text after the mark, of a process left behind, is kept") {
  const EndMark mark;
  auto errors = "before" + errors_of(mark, "true") + "after";
  CHECK(mark.take(errors) == 0);
  CHECK(errors == "beforeafter");
}

TEST_CASE("the end of a command is described in words") {
  CHECK(describe({"", "", 7, ""}) == "exit status 7");
  CHECK(describe({"", "", std::nullopt, "KILL"}) == "signal: KILL");
  CHECK(describe({"", "", std::nullopt, ""}) == "connection lost");
  CHECK(CommandResult{"", "", std::nullopt, ""}.lost());
  CHECK_FALSE(CommandResult{"", "", std::nullopt, ""}.ok());
}

TEST_CASE("an upload keeps the content out of the command, and uses sudo unless it is root") {
  FakeSession session;
  session.upload({}, "/etc/docker/server-key.pem", "secret content", 0600);
  CHECK(session.input == "secret content");
  CHECK(session.command.find("secret") == std::string::npos);
  CHECK_THAT(session.command, StartsWith("sh -c ") && ContainsSubstring("-eq 14 ") &&
                                  ContainsSubstring("chmod 0600"));
  session.place.user = "ubuntu";
  session.upload({}, "/x", "", 0644);
  CHECK_THAT(session.command, StartsWith("sudo -n sh -c "));
  session.answer = {"", "sudo: a password is required\n", 1, ""};
  CHECK_THROWS_WITH(session.upload({}, "/x", "", 0644),
                    "writing /x on the machine: exit status 1: sudo: a password is required");
  session.answer = {"", "", std::nullopt, ""};
  CHECK_THROWS_WITH(session.upload({}, "/x", "", 0644),
                    "writing /x on the machine: connection lost");
}

TEST_CASE("users and hosts that a program would misread are refused") {
  const Endpoint good{"10.0.0.1", 22, "ubuntu", ""};
  CHECK_NOTHROW(check(good));
  CHECK_NOTHROW(check({"fe80::1%eth0", 22, "u.s-e_r", ""}));
  const Endpoint bad[] = {{"", 22, "u", ""},    {"-oProxyCommand=x", 22, "u", ""},
                          {"h h", 22, "u", ""}, {"h\n", 22, "u", ""},
                          {"h", 22, "", ""},    {"h", 22, "-l", ""},
                          {"h", 22, "a b", ""}, {"h", 0, "u", ""},
                          {"h", 65536, "u", ""}};
  for (const auto& endpoint : bad) {
    CHECK_THROWS_AS(check(endpoint), Error);
  }
  CHECK_THROWS_WITH(check({"-oProxyCommand=x", 22, "u", ""}),
                    "invalid SSH host \"-oProxyCommand=x\"");
}

TEST_CASE("terminal modes are encoded as RFC 4254 section 8 says") {
  termios settings{};
  settings.c_cc[VERASE] = 0x7F;
  settings.c_lflag = ECHO;
  const auto modes = encoded_modes(settings);
  CHECK(modes.size() % 5 == 1);
  CHECK(modes.back() == '\0');
  CHECK(modes.find(std::string("\x03\0\0\0\x7f", 5)) % 5 == 0);
  CHECK(modes.find(std::string("\x35\0\0\0\x01", 5)) % 5 == 0);
  CHECK(modes.find(std::string("\x33\0\0\0\0", 5)) % 5 == 0);
}
