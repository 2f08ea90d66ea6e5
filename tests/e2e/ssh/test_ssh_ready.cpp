// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "ssh/key_pair.hpp"
#include "ssh/session.hpp"
#include "tests/e2e/ssh/sshd.hpp"
#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <thread>

using namespace dmachine;
using namespace dmachine::ssh;
using dmachine::test::Sshd;
using std::chrono::seconds;

namespace {

/// A port of 127.0.0.1 that takes connections and does with them as told, until it goes.
class FakeServer {
 public:
  explicit FakeServer(std::string greeting, bool then_close)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    REQUIRE(listen(fd_.get(), 10) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread(
        [this, greeting = std::move(greeting), then_close] { serve(greeting, then_close); });
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer() {
    stop_.request_stop();
    thread_.join();
  }

  int port = 0;

 private:
  void serve(const std::string& greeting, bool then_close) {
    std::vector<Fd> kept;
    try {
      for (;;) {
        if (Context(stop_.token()).wait_fd(fd_.get(), POLLIN, seconds(60))) {
          Fd client(accept(fd_.get(), nullptr, nullptr));
          send(client.get(), greeting.data(), greeting.size(), MSG_NOSIGNAL);
          if (!then_close) {
            kept.push_back(std::move(client));
          }
        }
      }
    } catch (const Cancelled&) {
    }
  }

  Fd fd_;
  StopSource stop_;
  std::thread thread_;
};

std::future<std::unique_ptr<Session>> wait_in_thread(const Endpoint& endpoint,
                                                     const HostKeyPin& pin) {
  return std::async(std::launch::async, [=] {
    return connect_when_ready(Context().within(seconds(60)), endpoint, pin, {});
  });
}

Error failure_of_wait(const Context& ctx, const Endpoint& endpoint,
                      const StillWorthWaiting& look = {}) {
  try {
    connect_when_ready(ctx, endpoint, {}, look);
  } catch (const Error& error) {
    return error;
  }
  FAIL("it connected");
  return {Errc::internal, ""};
}

}  // namespace

TEST_CASE("a host that boots is entered soon after its port opens") {
  DMACHINE_NEEDS_SSHD();
  Sshd sshd({.started = false});
  const auto endpoint = sshd.endpoint(sshd.user_key({"-t", "ed25519"}));
  auto login = wait_in_thread(endpoint, sshd.pin());
  Context().sleep(Duration(1500));
  sshd.start();
  CHECK(login.get()->run(Context().within(seconds(20)), "true").ok());
}

TEST_CASE("a key that the host learns of late lets us in") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto key = sshd.path("late");
  ensure_key_pair(key);
  const auto started = Clock::now();
  auto login = wait_in_thread(sshd.endpoint(key), sshd.pin());
  Context().sleep(Duration(800));
  sshd.authorize(public_key_line(key));
  CHECK(login.get()->run(Context().within(seconds(20)), "true").ok());
  CHECK(Clock::now() - started < seconds(20));
}

TEST_CASE("waiting ends with the last cause at the deadline") {
  DMACHINE_NEEDS_SSHD();
  const Sshd closed({.started = false});
  const auto key = closed.user_key({"-t", "ed25519"});
  const auto error = failure_of_wait(Context().within(seconds(2)), closed.endpoint(key));
  CHECK(error.code() == Errc::timeout);
  CHECK_THAT(error.what(),
             ContainsSubstring("gave up after ") && ContainsSubstring("connection refused"));

  const Sshd open;
  const auto stranger = open.path("stranger");
  ensure_key_pair(stranger);
  CHECK_THAT(failure_of_wait(Context().within(seconds(3)), open.endpoint(stranger)).what(),
             ContainsSubstring("does not accept the key"));

  // What is no SSH server, or hangs up (MaxStartups), or says nothing, may become one.
  const FakeServer web("HTTP/1.1 400 Bad Request\r\n\r\n", true);
  const FakeServer silent("", false);
  for (const int port : {web.port, silent.port}) {
    auto endpoint = open.endpoint(stranger);
    endpoint.port = port;
    const auto started = Clock::now();
    const auto failure = failure_of_wait(Context().within(seconds(2)), endpoint);
    CHECK(failure.code() == Errc::timeout);
    CHECK_THAT(failure.what(), ContainsSubstring("SSH handshake: "));
    CHECK(Clock::now() - started < seconds(5));
  }
}

TEST_CASE("waiting ends at once for what cannot heal") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const auto started = Clock::now();
  CHECK(
      failure_of_wait(Context().within(seconds(60)), sshd.endpoint(sshd.path("missing"))).code() ==
      Errc::invalid);
  CHECK(Clock::now() - started < seconds(10));
}

TEST_CASE("waiting ends when the look says so, and at once on a stop") {
  DMACHINE_NEEDS_SSHD();
  const Sshd closed({.started = false});
  const auto endpoint = closed.endpoint(closed.user_key({"-t", "ed25519"}));
  int looks = 0;
  const auto error = failure_of_wait(Context().within(seconds(60)), endpoint, [&](const Context&) {
    ++looks;
    throw Error(Errc::not_found, "the instance is gone");
  });
  CHECK(looks == 1);
  CHECK(std::string(error.what()) == "the instance is gone");

  StopSource source;
  Clock::time_point stopped;
  std::thread stopper([&] {
    Context().sleep(Duration(700));
    stopped = Clock::now();
    source.request_stop();
  });
  CHECK_THROWS_AS(connect_when_ready(Context(source.token()), endpoint, {}, {}), Cancelled);
  const auto took = Clock::now() - stopped;
  stopper.join();
  CHECK(took < Duration(200));
}

TEST_CASE("an address that swallows packets is given up at the deadline") {
  // 192.0.2.0/24 (TEST-NET-1) would leave the machine: a full accept queue swallows packets, too.
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  REQUIRE(listen(fd.get(), 0) == 0);
  std::vector<Fd> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address), size);
  }
  const test::TempFolder folder;
  ensure_key_pair(folder / "key");
  const auto started = Clock::now();
  const auto error = failure_of_wait(Context().within(seconds(3)),
                                     {"127.0.0.1", ntohs(address.sin_port), "u", folder / "key"});
  CHECK(error.code() == Errc::timeout);
  CHECK_THAT(error.what(), ContainsSubstring("connecting: timed out"));
  CHECK(Clock::now() - started < seconds(6));
}
