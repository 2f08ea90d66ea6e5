// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "ssh/key_pair.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/session.hpp"
#include "tests/e2e/ssh/sshd.hpp"
#include "tests/support/catch.hpp"

#include <sys/stat.h>

using namespace dmachine;
using namespace dmachine::ssh;
using dmachine::test::Sshd;
using std::chrono::seconds;

namespace {

Context in_time() {
  return Context().within(seconds(60));
}

/// The error of a login that must fail.
Error failure_of(const Endpoint& endpoint, const HostKeyPin& pin, Client client = Client::native) {
  try {
    connect(in_time(), endpoint, pin, client);
  } catch (const Error& error) {
    return error;
  }
  FAIL("the login succeeded");
  return {Errc::internal, ""};
}

void check_login(const Sshd& sshd, const std::filesystem::path& key) {
  INFO(sshd.log());
  auto session = connect(in_time(), sshd.endpoint(key), sshd.pin(), Client::native);
  CHECK(session->run(in_time(), "echo hello").out == "hello\n");
}

}  // namespace

TEST_CASE("our own RSA key logs in by rsa-sha2") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto key = sshd.path("id_rsa");
  ensure_key_pair(key);
  sshd.authorize(public_key_line(key));
  check_login(sshd, key);
  CHECK_THAT(sshd.log(), ContainsSubstring("Accepted publickey"));
}

TEST_CASE("a server that takes rsa-sha2-256 only is logged in to") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd({.host_keys = {"ed25519"}, .options = {"PubkeyAcceptedAlgorithms rsa-sha2-256"}});
  check_login(sshd, sshd.user_key({"-t", "rsa", "-b", "2048", "-m", "PEM"}));
}

TEST_CASE("keys of all kinds and formats log in") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const std::vector<std::vector<std::string>> kinds{
      {"-t", "ed25519"},
      {"-t", "rsa", "-b", "3072"},
      {"-t", "rsa", "-b", "2048", "-m", "PEM"},
      {"-t", "rsa", "-b", "2048", "-m", "PKCS8"},
      {"-t", "ecdsa", "-b", "256"},
      {"-t", "ecdsa", "-b", "384", "-m", "PEM"},
      {"-t", "ecdsa", "-b", "521", "-m", "PKCS8"},
  };
  for (const auto& kind : kinds) {
    INFO(join(kind, " "));
    check_login(sshd, sshd.user_key(kind));
  }
}

TEST_CASE("a key the host does not know is refused as denied") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto key = sshd.path("other");
  ensure_key_pair(key);
  for (const auto client : {Client::native, Client::automatic, Client::external}) {
    const auto error = failure_of(sshd.endpoint(key), sshd.pin(), client);
    CHECK(error.code() == Errc::denied);
    CHECK_FALSE(std::filesystem::exists(sshd.pin().known_hosts));
  }
  CHECK_THAT(failure_of(sshd.endpoint(key), sshd.pin()).what(),
             ContainsSubstring("does not accept the key " + key.string()));
}

TEST_CASE("a key file that cannot be used is an invalid value at once") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto encrypted = sshd.path("encrypted");
  run_child(
      in_time(),
      {{"ssh-keygen", "-q", "-t", "ed25519", "-N", "secret word", "-f", encrypted.string()}, ""});
  auto error = failure_of(sshd.endpoint(encrypted), sshd.pin());
  CHECK(error.code() == Errc::invalid);
  CHECK_THAT(error.what(),
             ContainsSubstring("has a passphrase") && ContainsSubstring(encrypted.string()));
  error = failure_of(sshd.endpoint(sshd.path("missing")), sshd.pin());
  CHECK(error.code() == Errc::invalid);
  CHECK_THAT(error.what(), ContainsSubstring("no such file or directory"));
}

TEST_CASE("the first login pins the host key, and another host is refused") {
  DMACHINE_NEEDS_SSHD();
  Sshd sshd;
  const auto key = sshd.user_key({"-t", "ed25519"});
  check_login(sshd, key);
  const auto file = sshd.pin().known_hosts;
  const auto pinned = read_file(file);
  CHECK_THAT(pinned, StartsWith("m1 ssh-ed25519 "));
  struct stat info {};
  REQUIRE(stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);

  sshd.change_host_keys({"ed25519"});
  const auto shown =
      fingerprint(parse_known_hosts("m1 " + read_file(sshd.path("host_ed25519.pub")), "m1").at(0));
  const auto known = fingerprint(parse_known_hosts(pinned, "m1").at(0));
  for (const auto client : {Client::native, Client::automatic, Client::external}) {
    const auto error = failure_of(sshd.endpoint(key), sshd.pin(), client);
    CHECK(error.code() == Errc::invalid);
    CHECK_THAT(error.what(), ContainsSubstring(known) && ContainsSubstring(shown));
    CHECK_THAT(error.hint(), ContainsSubstring(file.string()));
    CHECK(read_file(file) == pinned);
  }
  // Without a pin nothing is compared and nothing written.
  connect(in_time(), sshd.endpoint(key), HostKeyPin{}, Client::native);
  CHECK(read_file(file) == pinned);
}

TEST_CASE("a pinned key of a type that is not the server's first is still asked for") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto key = sshd.user_key({"-t", "ed25519"});
  write_file(sshd.pin().known_hosts, "m1 " + read_file(sshd.path("host_ecdsa.pub")), 0600);
  check_login(sshd, key);
}

TEST_CASE("the same pin serves both clients") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto key = sshd.user_key({"-t", "ed25519"});
  connect(in_time(), sshd.endpoint(key), sshd.pin(), Client::external);
  CHECK_THAT(read_file(sshd.pin().known_hosts), StartsWith("m1 ssh-ed25519 "));
  check_login(sshd, key);
  connect(in_time(), sshd.endpoint(key), sshd.pin(), Client::external);
}

TEST_CASE("host keys made after the first login are pinned over the old connection") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  auto session = connect(in_time(), sshd.endpoint(sshd.user_key({"-t", "ed25519"})), sshd.pin());
  const auto before = read_file(sshd.pin().known_hosts);
  pin_host_keys(in_time(), *session, sshd.pin());
  // The host is this machine: it names its own keys in /etc/ssh, if it has any.
  const auto named = run_child(in_time(), {{"sh", "-c", "cat /etc/ssh/ssh_host_*_key.pub"}, ""});
  const auto after = parse_known_hosts(read_file(sshd.pin().known_hosts), "m1");
  if (named.status.ok() && !named.out.empty()) {
    CHECK(after.size() == split(named.out, '\n').size() - 1);
  } else {
    CHECK(read_file(sshd.pin().known_hosts) == before);
  }
}

TEST_CASE("a server with only an RSA host key is reached, if need be by the system's ssh") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd({.host_keys = {"rsa"}});
  const auto endpoint = sshd.endpoint(sshd.user_key({"-t", "ed25519"}));
  for (int round = 0; round < 2; ++round) {  // unpinned, then pinned
    auto session = connect(in_time(), endpoint, sshd.pin(), Client::automatic);
    const auto result = session->run(in_time(), "echo hello; exit 3");
    CHECK(result.out == "hello\n");
    CHECK(result.exit_status == 3);
    CHECK_THAT(read_file(sshd.pin().known_hosts), StartsWith("m1 ssh-rsa "));
  }
  try {
    connect(in_time(), endpoint, sshd.pin(), Client::native);
  } catch (const Error& error) {  // libssh2 1.10
    CHECK(error.code() == Errc::invalid);
    CHECK_THAT(error.hint(), ContainsSubstring("install an ssh client"));
  }
}

TEST_CASE("a machine without a key logs in with those of the agent") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto socket = sshd.path("agent").string();
  const auto agent = run_child(in_time(), {{"ssh-agent", "-a", socket}, ""});
  REQUIRE(agent.status.ok());
  const auto from = agent.out.find("SSH_AGENT_PID=") + 14;
  const auto pid = agent.out.substr(from, agent.out.find(';', from) - from);
  const test::ScopedEnv env("SSH_AUTH_SOCK", socket);
  for (const std::vector<std::string>& kind : {std::vector<std::string>{"-t", "rsa", "-b", "2048"},
                                               std::vector<std::string>{"-t", "ed25519"}}) {
    const auto key = sshd.user_key(kind);
    REQUIRE(run_child(in_time(), {{"ssh-add", "-q", "-D"}, ""}).status.ok());
    REQUIRE(run_child(in_time(), {{"ssh-add", "-q", key.string()}, ""}).status.ok());
    INFO(sshd.log());
    auto session = connect(in_time(), sshd.endpoint({}), sshd.pin(), Client::native);
    CHECK(session->run(in_time(), "exit 4").exit_status == 4);
  }
  run_child(in_time(), {{"kill", pid}, ""});
  CHECK(failure_of(sshd.endpoint({}), sshd.pin()).code() == Errc::invalid);
}
