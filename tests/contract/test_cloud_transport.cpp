// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/process.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/faulty_server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <numeric>
#include <set>

using namespace std::chrono_literals;
using namespace dmachine;
using cloud::HttpReply;
using cloud::HttpRequest;
using cloud::make_curl_transport;
using cloud::TransportError;
using test::FaultyServer;
using test::ScopedEnv;
using test::TempFolder;

namespace {

/// One server for all cases: starting it takes longer than all of them.
FaultyServer& server() {
  static const auto ignored = signal(SIGPIPE, SIG_IGN);  // as main does
  static FaultyServer instance;
  static_cast<void>(ignored);
  return instance;
}

/// The environment of a case: the server's authority trusted, no proxies.
struct Trusting {
  ScopedEnv file{"SSL_CERT_FILE", server().ca_file()};
  ScopedEnv folder{"SSL_CERT_DIR", ""};
  ScopedEnv https_proxy{"HTTPS_PROXY", ""};
  ScopedEnv https_proxy_lower{"https_proxy", ""};
  ScopedEnv http_proxy{"HTTP_PROXY", ""};
  ScopedEnv http_proxy_lower{"http_proxy", ""};
  ScopedEnv no_proxy{"NO_PROXY", ""};
  ScopedEnv no_proxy_lower{"no_proxy", ""};
};

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.timeout = 10s;
  return request;
}

Json echo(const HttpReply& reply) {
  return parse_json(reply.body);
}

/// How many of the requests that the server has seen begin like this.
long seen(const std::string& begin) {
  const auto list =
      parse_json(make_curl_transport()->send(Context(), get(server().http("/requests"))).body);
  return std::count_if(list.begin(), list.end(), [&](const Json& line) {
    return line.get<std::string>().rfind(begin, 0) == 0;
  });
}

struct Failure {
  Errc code;
  bool maybe_sent;
  std::string message;
};

Failure failure_of(cloud::Transport& transport, const HttpRequest& request,
                   const Context& ctx = Context()) {
  try {
    const auto reply = transport.send(ctx, request);
    FAIL("was answered " << reply.status);
  } catch (const TransportError& error) {
    return {error.code(), error.maybe_sent(), error.what()};
  }
  throw std::logic_error("not reached");
}

template <typename Work>
Duration time_of(Work&& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration_cast<Duration>(Clock::now() - start);
}

}  // namespace

TEST_CASE("A request arrives as it was made") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  HttpRequest request = get(server().https("/echo/a/../b%2F?x=1&y=%20"));
  request.method = "POST";
  request.headers = {
      {"Authorization", "Bearer t"}, {"X-Empty", ""}, {"content-type", "application/json"}};
  request.body = std::string("{\"a\":\0 1}", 9);
  const auto got = echo(transport->send(Context(), request));
  CHECK(got["method"] == "POST");
  CHECK(got["path"] == "/echo/a/../b%2F?x=1&y=%20");
  CHECK(got["body"].get<std::string>() == request.body);
  CHECK(got["headers"]["authorization"] == "Bearer t");
  CHECK(got["headers"]["x-empty"] == "");
  CHECK(got["headers"]["content-type"] == "application/json");
  CHECK(got["headers"]["user-agent"].get<std::string>().rfind("dmachine/", 0) == 0);
  CHECK_FALSE(got["headers"].contains("expect"));
}

TEST_CASE("Methods without a body say so, and no type is made up") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    HttpRequest request = get(server().https("/echo"));
    request.method = method;
    const auto got = echo(transport->send(Context(), request));
    INFO(got.dump());
    CHECK(got["method"] == method);
    CHECK_FALSE(got["headers"].contains("content-type"));
    CHECK(got["headers"].contains("content-length") == (method[0] == 'P'));
  }
  HttpRequest large = get(server().https("/echo"));
  large.method = "PUT";
  large.body.assign(3U << 20U, 'b');
  CHECK(echo(transport->send(Context(), large))["body"].get<std::string>().size() ==
        large.body.size());
}

TEST_CASE("Any status is a reply, with its headers; redirects are not followed") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  for (const int status : {400, 401, 404, 429, 503}) {
    const auto reply =
        transport->send(Context(), get(server().https("/status/" + std::to_string(status))));
    CHECK(reply.status == status);
    CHECK(reply.header("retry-after") == "3");
    CHECK(reply.header("X-TWO") == "spaced");
    CHECK(reply.body == "told to");
  }
  const auto redirect = transport->send(Context(), get(server().https("/redirect")));
  CHECK(redirect.status == 302);
  CHECK(redirect.header("Location") == "/echo");
  const auto continued = transport->send(Context(), get(server().https("/continue")));
  CHECK(continued.body == "after");
  CHECK_FALSE(continued.header("X-Early"));
  auto head = get(server().https("/echo"));
  head.method = "HEAD";
  CHECK(transport->send(Context(), head).body.empty());
}

TEST_CASE("Connections are kept: one for requests in a row, at most one a thread") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  std::set<int> connections;
  for (int i = 0; i < 10; ++i) {
    connections.insert(
        echo(transport->send(Context(), get(server().https("/echo"))))["connection"].get<int>());
  }
  CHECK(connections.size() == 1);
  std::vector<int> items(80);
  std::iota(items.begin(), items.end(), 0);
  for (const int connection : parallel_map(items, 8, [&](int item) {
         const auto got =
             echo(transport->send(Context(), get(server().https("/echo/" + std::to_string(item)))));
         return got["path"] == "/echo/" + std::to_string(item) ? got["connection"].get<int>() : -1;
       })) {
    connections.insert(connection);
  }
  CHECK(connections.size() <= 8);
  CHECK(connections.count(-1) == 0);
}

TEST_CASE("A stop ends a transfer at once, and so does the deadline") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  SECTION("stop while waiting for the reply") {
    StopSource stop;
    std::future<Duration> waited = std::async(std::launch::async, [&] {
      return time_of([&] {
        CHECK_THROWS_AS(transport->send(Context(stop.token()), get(server().https("/hang"))),
                        Cancelled);
      });
    });
    std::this_thread::sleep_for(400ms);  // past curl's own timers, which would wake it as well
    const auto asked = Clock::now();
    stop.request_stop();
    waited.wait();
    CHECK(Clock::now() - asked < 500ms);
  }
  SECTION("stopped before") {
    StopSource stop;
    stop.request_stop();
    CHECK_THROWS_AS(transport->send(Context(stop.token()), get(server().https("/echo/never"))),
                    Cancelled);
    CHECK(seen("GET /echo/never") == 0);
  }
  SECTION("deadline") {
    Failure failure{};
    const auto time = time_of([&] {
      failure = failure_of(*transport, get(server().https("/hang")), Context().within(300ms));
    });
    CHECK(failure.code == Errc::timeout);
    CHECK(failure.maybe_sent);
    CHECK(time >= 290ms);
    CHECK(time < 2s);
  }
  SECTION("the request's own limit") {
    auto request = get(server().https("/hang"));
    request.timeout = 200ms;
    CHECK(failure_of(*transport, request).code == Errc::timeout);
  }
  // The transport is as good as new.
  CHECK(transport->send(Context(), get(server().https("/echo"))).status == 200);
}

TEST_CASE("A server that does not finish the handshake has not been sent anything") {
  const Trusting environment;
  auto request = get("https://127.0.0.1:" + std::to_string(server().silent) + "/");
  request.connect_timeout = 200ms;
  Failure failure{};
  CHECK(time_of([&] { failure = failure_of(*make_curl_transport(), request); }) < 2s);
  CHECK(failure.code == Errc::timeout);
  CHECK_FALSE(failure.maybe_sent);
}

TEST_CASE(
    "Failures to connect are told from those after which the request may have been carried out") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  const auto refused = failure_of(*transport, get("https://127.0.0.1:1/p?key=planted-secret"));
  CHECK(refused.code == Errc::unavailable);
  CHECK_FALSE(refused.maybe_sent);
  CHECK_THAT(refused.message, StartsWith("GET https://127.0.0.1:1/p?key=[redacted]: "));
  const auto nameless = failure_of(*transport, get("https://no-such-name.invalid/"));
  CHECK(nameless.code == Errc::unavailable);
  CHECK_FALSE(nameless.maybe_sent);
  for (const auto* path : {"/drop", "/partial"}) {
    const auto cut = failure_of(*transport, get(server().https(path)));
    CHECK(cut.code == Errc::unavailable);
    CHECK(cut.maybe_sent);
  }
  const auto large = failure_of(*transport, get(server().https("/large")));
  CHECK_THAT(large.message, EndsWith("the reply is larger than 32 MiB"));
}

TEST_CASE("A kept connection that breaks is replaced for a read, and never repeats a write") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  CHECK(transport->send(Context(), get(server().https("/echo"))).status == 200);
  auto post = get(server().https("/drop/post"));
  post.method = "POST";
  const auto failure = failure_of(*transport, post);
  CHECK(failure.maybe_sent);
  CHECK(failure.code == Errc::unavailable);
  CHECK(seen("POST /drop/post") == 1);
}

TEST_CASE("A certificate that is not to be trusted ends it before anything is sent") {
  const Trusting environment;
  const auto check_refused = [](const std::string& url) {
    const auto failure = failure_of(*make_curl_transport(), get(url));
    INFO(failure.message);
    CHECK(failure.code == Errc::denied);
    CHECK_FALSE(failure.maybe_sent);
    return failure.message;
  };
  SECTION("unknown authority") {
    const ScopedEnv system("SSL_CERT_FILE", "");
    check_refused(server().https("/echo/untrusted"));
  }
  SECTION("another name") {
    check_refused("https://127.0.0.1:" + std::to_string(server().tls) + "/echo/untrusted");
  }
  SECTION("a bundle that cannot be read is named") {
    const ScopedEnv missing("SSL_CERT_FILE", "/nonexistent/ca.pem");
    CHECK_THAT(check_refused(server().https("/echo/untrusted")),
               EndsWith("SSL_CERT_FILE names \"/nonexistent/ca.pem\", which cannot be read"));
  }
  CHECK(seen("GET /echo/untrusted") == 0);
}

TEST_CASE("SSL_CERT_DIR needs no names by hash, and is joined to SSL_CERT_FILE") {
  const Trusting environment;
  const TempFolder folder;
  std::filesystem::copy(server().ca_file(), folder / "company-root.pem");
  write_file(folder / "README", "no certificate\n", 0644);
  const ScopedEnv list("SSL_CERT_DIR", "/nonexistent:" + folder.path().string());
  {
    const ScopedEnv none("SSL_CERT_FILE", "");
    CHECK(make_curl_transport()->send(Context(), get(server().https("/echo"))).status == 200);
  }
  const TempFolder other;
  const auto made = run_child(
      Context(), {{"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other",
                   "-keyout", "/dev/null", "-out", (other / "other.pem").string()},
                  {}});
  REQUIRE(made.status.ok());
  for (const auto& folders : {std::string("/nonexistent"), other.path().string()}) {
    const ScopedEnv without_ours("SSL_CERT_DIR", folders);
    CHECK(make_curl_transport()->send(Context(), get(server().https("/echo"))).status == 200);
  }
}

TEST_CASE(
    "The proxy of the environment is used, with its password, unless NO_PROXY or the request says "
    "otherwise") {
  const Trusting environment;
  const auto at_proxy = [](const char* user) {
    return "http://" + std::string(user) + "127.0.0.1:" + std::to_string(server().proxy);
  };
  const auto url = [](const std::string& host) {
    return "https://" + host + ":" + std::to_string(server().tls) + "/echo";
  };
  SECTION("upper case") {
    const ScopedEnv proxy("HTTPS_PROXY", at_proxy("user:p%40ss@"));
    const auto before =
        seen("CONNECT compute.test:" + std::to_string(server().tls) + " Basic dXNlcjpwQHNz");
    CHECK(make_curl_transport()->send(Context(), get(url("compute.test"))).status == 200);
    CHECK(seen("CONNECT compute.test:" + std::to_string(server().tls) + " Basic dXNlcjpwQHNz") ==
          before + 1);
  }
  SECTION("lower case") {
    const ScopedEnv proxy("https_proxy", at_proxy(""));
    CHECK(make_curl_transport()->send(Context(), get(url("compute.test"))).status == 200);
  }
  SECTION("NO_PROXY") {
    const ScopedEnv proxy("HTTPS_PROXY", at_proxy(""));
    const ScopedEnv direct("NO_PROXY", "direct.test");
    const auto failure = failure_of(*make_curl_transport(), get(url("direct.test")));
    CHECK(failure.code == Errc::unavailable);  // no such name: it was not left to the proxy
    CHECK(seen("CONNECT direct.test") == 0);
  }
  SECTION("never") {
    const ScopedEnv proxy("HTTPS_PROXY", at_proxy(""));
    auto request = get(url("never.test"));
    request.proxy = HttpRequest::Proxy::never;
    failure_of(*make_curl_transport(), request);
    CHECK(seen("CONNECT never.test") == 0);
  }
  SECTION("refused by the proxy") {
    const ScopedEnv proxy("HTTPS_PROXY", at_proxy("user:planted-password@"));
    const auto failure = failure_of(*make_curl_transport(), get(url("refused.test")));
    CHECK(failure.code == Errc::unavailable);
    CHECK_FALSE(failure.maybe_sent);
    CHECK_THAT(failure.message, ContainsSubstring("403") && !ContainsSubstring("planted-password"));
  }
  SECTION("a name that the proxy's server cannot prove") {
    const ScopedEnv proxy("HTTPS_PROXY", at_proxy(""));
    CHECK(failure_of(*make_curl_transport(), get(url("other.test"))).code == Errc::denied);
  }
  SECTION("plain http goes to the proxy whole") {
    const ScopedEnv proxy("HTTP_PROXY", at_proxy(""));
    const auto got = echo(make_curl_transport()->send(Context(), get("http://plain.test/echo")));
    CHECK(got["headers"]["host"] == "plain.test");
  }
}

TEST_CASE("Requests that cannot be made are refused") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  CHECK_THROWS_AS(transport->send(Context(), get("file:///etc/passwd")), Error);
  CHECK_THROWS_AS(transport->send(Context(), get("not a url")), Error);
  auto request = get(server().https("/echo"));
  request.headers = {{"Authorization", "Bearer a\r\nX-Injected: 1"}};
  CHECK_THROWS_WITH(transport->send(Context(), request),
                    !ContainsSubstring("Bearer") && ContainsSubstring("Authorization"));
}

TEST_CASE("Connections are not handed down to children") {
  const Trusting environment;
  const auto transport = make_curl_transport();
  transport->send(Context(), get(server().https("/echo")));
  std::error_code failure;
  int sockets = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", failure)) {
    const auto target = std::filesystem::read_symlink(entry.path(), failure).string();
    const int fd = std::stoi(entry.path().filename().string());
    sockaddr address{};
    socklen_t size = sizeof address;
    if (target.rfind("socket:", 0) == 0 && getsockname(fd, &address, &size) == 0 &&
        address.sa_family == AF_INET) {
      ++sockets;
      CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    }
  }
  CHECK(sockets > 0);
}

TEST_CASE("Debug lines hold no secret") {
  const Trusting environment;
  const TempFolder folder;
  const std::string log_file = (folder / "stderr").string();
  const int saved = dup(2);
  const int fd = open(log_file.c_str(), O_WRONLY | O_CREAT, 0600);
  dup2(fd, 2);
  log::set_debug(true);
  auto request = get(server().https("/echo?key=planted-1&filter=shown"));
  request.method = "POST";
  request.headers = {{"Authorization", "Bearer planted-2"}};
  request.body = R"({"name": "vm", "password": "planted-3"})";
  make_curl_transport()->send(Context(), request);
  CHECK_THROWS(
      make_curl_transport()->send(Context(), get("https://u:planted-4@127.0.0.1:1/?a=planted-5")));
  log::set_debug(false);
  dup2(saved, 2);
  close(saved);
  close(fd);
  const auto lines = read_file(log_file);
  INFO(lines);
  CHECK_THAT(lines, ContainsSubstring("/echo?key=[redacted]&filter=shown name=vm -> 200 in ") &&
                        ContainsSubstring("new connection"));
  CHECK_THAT(lines, !ContainsSubstring("planted"));
}
