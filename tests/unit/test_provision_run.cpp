// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/provision.hpp"
#include "tests/support/catch.hpp"

#include <deque>

using namespace dmachine;
using namespace dmachine::provision;

namespace {

const std::string ubuntu_probe =
    "os ID=ubuntu\nos VERSION_ID=\"24.04\"\nuid 1000\nsystemd yes\n\nprobe done\n";

ssh::CommandResult exited(int status, std::string out = "", std::string err = "") {
  ssh::CommandResult result;
  result.out = std::move(out);
  result.err = std::move(err);
  result.exit_status = status;
  return result;
}

ssh::CommandResult lost(std::string out = "") {
  ssh::CommandResult result;
  result.out = std::move(out);
  return result;
}

/// Answers by a list, MARK standing for the script's own mark.
class ScriptedSession : public ssh::Session {
 public:
  explicit ScriptedSession(std::deque<ssh::CommandResult> answers) : answers_(std::move(answers)) {}

  ssh::CommandResult run(const Context& ctx, const std::string& command, std::string_view input,
                         const ssh::OutputSink& on_out) override {
    ctx.check();
    commands.push_back(command);
    inputs.emplace_back(input);
    REQUIRE_FALSE(answers_.empty());
    auto answer = answers_.front();
    answers_.pop_front();
    if (on_out) {
      const auto at = input.find("\nmark=");
      const std::string mark(input.substr(at + 6, input.find('\n', at + 1) - at - 6));
      std::string out = answer.out;
      for (auto found = out.find("MARK"); found != std::string::npos; found = out.find("MARK")) {
        out.replace(found, 4, mark);
      }
      on_out(out);
      answer.out.clear();
    }
    return answer;
  }

  void reconnect(const Context&) override {
    ++reconnects;
    if (refusals > 0) {
      --refusals;
      throw Error(refusal, "connection refused");
    }
  }

  const ssh::Endpoint& endpoint() const override { return endpoint_; }

  std::vector<std::string> commands;
  std::vector<std::string> inputs;
  int reconnects = 0;
  int refusals = 0;
  Errc refusal = Errc::unavailable;

 private:
  std::deque<ssh::CommandResult> answers_;
  ssh::Endpoint endpoint_{"10.0.0.1", 22, "me", {}};
};

struct Caller {
  Caller() {
    request.machine_name = "m";
    request.driver_name = "generic";
    request.material = [this] {
      ++issued;
      return Material{"CA\n", "NEW\n", Secret("KEY\n")};
    };
  }

  Outcome run(ScriptedSession& session) {
    return provision::run(Context(), session, request,
                          [this](const std::string& name) { detected.push_back(name); });
  }

  Request request;
  int issued = 0;
  std::vector<std::string> detected;
};

}  // namespace

TEST_CASE("a good host takes one probe and one script") {
  ScriptedSession session({exited(0, ubuntu_probe), exited(0, "MARK phase certs\nMARK end\n")});
  Caller caller;
  const Outcome outcome = caller.run(session);
  CHECK(outcome.provisioner == "ubuntu(systemd)");
  CHECK_FALSE(outcome.changed);
  CHECK_FALSE(outcome.engine_restarted);
  CHECK(caller.detected == std::vector<std::string>{"ubuntu(systemd)"});
  CHECK(session.commands == std::vector<std::string>{"sh -s", "sudo -n sh -s"});
  CHECK(session.reconnects == 0);
  CHECK(caller.issued == 1);
}

TEST_CASE("the engine's version is asked for only where options depend on it") {
  Caller caller;
  {
    ScriptedSession session({exited(0, ubuntu_probe), exited(0, "MARK end\n")});
    caller.run(session);
    CHECK_THAT(session.inputs[0], ContainsSubstring("ask_engine=no\n"));
  }
  caller.request.engine.arbitrary_flags = {"cluster-store=consul://x"};
  {
    ScriptedSession session(
        {exited(0, "engine 20.10.24\n" + ubuntu_probe), exited(0, "MARK end\n")});
    caller.run(session);
    CHECK_THAT(session.inputs[0], ContainsSubstring("ask_engine=yes\n"));
  }
  ScriptedSession session({exited(0, "engine 26.1.5+dfsg1\n" + ubuntu_probe)});
  CHECK_THROWS_WITH(
      caller.run(session),
      "Error running provisioning: Docker 26.1.5+dfsg1 does not take the engine option "
      "--cluster-store: it went with 23.0");
  CHECK(session.commands.size() == 1);
}

TEST_CASE("root needs no sudo, and changes are told") {
  ScriptedSession session({exited(0, "os ID=debian\nuid 0\nsystemd yes\nprobe done\n"),
                           exited(0, "MARK changed x\nMARK restarted\nMARK end\n")});
  Caller caller;
  const Outcome outcome = caller.run(session);
  CHECK(outcome.provisioner == "debian");
  CHECK(outcome.changed);
  CHECK(outcome.engine_restarted);
  CHECK(session.commands[1] == "sh -s");
}

TEST_CASE("certificates are issued only when those at hand do not do") {
  Caller caller;
  caller.request.current = Material{"CA\n", "OLD\n", Secret("KEY\n")};
  {
    ScriptedSession session({exited(0, ubuntu_probe), exited(0, "MARK end\n")});
    caller.run(session);
    CHECK(caller.issued == 0);
    CHECK_THAT(session.inputs[1], ContainsSubstring("server_pem='OLD\n'"));
  }
  caller.request.replace_certificates = true;
  ScriptedSession session({exited(0, ubuntu_probe), exited(0, "MARK end\n")});
  caller.run(session);
  CHECK(caller.issued == 1);
  CHECK_THAT(session.inputs[1], ContainsSubstring("server_pem='NEW\n'"));
}

TEST_CASE("a lost connection is made again, from the probe on, with the same certificates") {
  // A status of 0 without the end mark is a loss too: a library may make it up when the connection
  // dies.
  ScriptedSession session({lost(), exited(0, ubuntu_probe),
                           lost("MARK phase install\nMARK changed Docker\n"),
                           exited(0, ubuntu_probe), exited(0, "MARK phase certs\n"),
                           exited(0, ubuntu_probe), exited(0, "MARK end\n")});
  session.refusals = 2;
  Caller caller;
  const Outcome outcome = caller.run(session);
  CHECK(outcome.changed);
  CHECK(session.reconnects == 5);
  CHECK(caller.detected.size() == 1);
  CHECK(caller.issued == 1);
}

TEST_CASE("a connection that is lost again and again is given up on") {
  ScriptedSession session(
      {exited(0, ubuntu_probe), lost(), exited(0, ubuntu_probe), lost(), lost(), lost()});
  Caller caller;
  CHECK_THROWS_WITH(caller.run(session),
                    "Error running provisioning: the connection to the host was lost 4 times");
  CHECK(session.reconnects == 3);
}

TEST_CASE("a host that refuses us for good is not asked again") {
  ScriptedSession session({lost()});
  session.refusals = 1;
  session.refusal = Errc::invalid;
  Caller caller;
  CHECK_THROWS_WITH(caller.run(session),
                    "Error detecting OS: the connection to the host was lost: connection refused");
  CHECK(session.reconnects == 1);
}

TEST_CASE("what fails before detection and after it begins as the reference has it") {
  Caller caller;
  {
    ScriptedSession session({exited(0, "os ID=plan9\nuid 0\nsystemd yes\nprobe done\n")});
    CHECK_THROWS_WITH(caller.run(session),
                      StartsWith("Error detecting OS: OS type not recognized: "));
  }
  {
    ScriptedSession session({exited(0, "os ID=debian\nuid 0\nprobe done\n")});
    CHECK_THROWS_WITH(caller.run(session), ContainsSubstring("without a running systemd"));
  }
  {
    ScriptedSession session({exited(0, "uid 0\nprobe done\n")});
    CHECK_THROWS_WITH(caller.run(session), ContainsSubstring("no /etc/os-release"));
  }
  {
    ScriptedSession session({exited(127, "", "sh: not here\n")});
    CHECK_THROWS_WITH(caller.run(session), "Error detecting OS: exit status 127: sh: not here");
  }
  CHECK(caller.detected.empty());
  {
    ScriptedSession session(
        {exited(0, ubuntu_probe), exited(1, "", "sudo: a password is required\n")});
    CHECK_THROWS_WITH(caller.run(session),
                      "Error running provisioning: me cannot become root on the host: sudo: a "
                      "password is required");
  }
  {
    ScriptedSession session(
        {exited(0, ubuntu_probe),
         exited(1, "MARK phase install\nlast words\nMARK fail exit status 7\n")});
    CHECK_THROWS_WITH(
        caller.run(session),
        "Error running provisioning: error installing docker: exit status 7:\nlast words");
  }
  {
    ScriptedSession session({exited(0, "daemon-json {\"hosts\": []}\n" + ubuntu_probe)});
    CHECK_THROWS_WITH(
        caller.run(session),
        StartsWith(
            "Error running provisioning: /etc/docker/daemon.json on the host sets \"hosts\" (-H)"));
  }
}

TEST_CASE("a stop is no error") {
  StopSource stop;
  stop.request_stop();
  ScriptedSession session({});
  Caller caller;
  CHECK_THROWS_AS(provision::run(Context(stop.token()), session, caller.request), Cancelled);
}
