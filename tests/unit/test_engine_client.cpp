// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/stop.hpp"
#include "engine/client.hpp"
#include "engine/connect.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/engine_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace dmachine;
using namespace dmachine::test;
using certs::Profile;
using std::chrono::seconds;

namespace {

/// A server that speaks TLS on each connection.
TcpServer::Serve tls(const TlsServerOptions& options) {
  return [options](int fd, int) { serve_tls(fd, options); };
}

Error failure_of(const std::string& url, const engine::TlsFiles& files,
                 const Context& ctx = Context()) {
  try {
    engine::get(ctx, url, files, "/_ping");
  } catch (const Error& error) {
    return error;
  }
  return {Errc::internal, "(it worked)"};
}

/// Sends a text as soon as something has come, or at once.
TcpServer::Serve plain(const std::string& text, bool first) {
  return [=](int fd, int) {
    std::array<char, 4096> buffer{};
    if (!first) {
      static_cast<void>(!read(fd, buffer.data(), buffer.size()));
    }
    static_cast<void>(!write(fd, text.data(), text.size()));
    shutdown(fd, SHUT_WR);
    while (read(fd, buffer.data(), buffer.size()) > 0) {
    }
  };
}

/// Holds connections open without a word until the client leaves.
void say_nothing(int fd, int /*nth*/) {
  std::array<char, 4096> buffer{};
  while (read(fd, buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace

TEST_CASE("a GET over TLS 1.2 and 1.3, with both sides' certificates") {
  const EngineCerts certs;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    std::string request;
    int port = 0;
    {
      TcpServer server([&](int fd, int) {
        request = serve_tls(fd, {&certs.server, &certs.ca, version});
      });
      port = server.port();
      const auto reply = engine::get(Context(), server.url(), certs.files, "/_ping");
      CHECK(reply.status == 200);
      CHECK(reply.body == "OK");
    }
    CHECK(request ==
          fmt::format("GET /_ping HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nUser-Agent: dmachine\r\n"
                      "Accept: application/json\r\n\r\n",
                      port));
  }
}

TEST_CASE("a host name is looked up, and must be in the certificate") {
  const EngineCerts certs;
  TcpServer server(tls({&certs.server, &certs.ca}));
  CHECK(engine::get(Context(), fmt::format("tcp://localhost:{}", server.port()), certs.files,
                    "/_ping")
            .status == 200);
  CHECK_THAT(failure_of("tcp://nohost.invalid:1", certs.files).what(),
             StartsWith("dial tcp: lookup nohost.invalid: "));
}

TEST_CASE("a server's name of its own is checked in place of the address") {
  EngineCerts certs({"m1"});
  TcpServer server(tls({&certs.server, &certs.ca}));
  CHECK_THAT(failure_of(server.url(), certs.files).what(), ContainsSubstring("127.0.0.1"));
  certs.files.server_name = "m2";
  CHECK_THAT(failure_of(server.url(), certs.files).what(), ContainsSubstring("not m2"));
  certs.files.server_name = "m1";
  CHECK(engine::get(Context(), server.url(), certs.files, "/_ping").status == 200);
}

TEST_CASE("any HTTP status shows that the connection works") {
  const EngineCerts certs;
  TcpServer server(tls(
      {&certs.server, &certs.ca, TLS1_3_VERSION, "HTTP/1.1 503 Service Unavailable\r\n\r\nwait"}));
  const auto reply = engine::get(Context(), server.url(), certs.files, "/_ping");
  CHECK(reply.status == 503);
  CHECK(reply.body == "wait");
  engine::check_connection(Context(), server.url(), certs.files);
}

TEST_CASE("the engine's version") {
  const EngineCerts certs;
  std::string body = R"({"Platform":{"Name":""},"Version":"24.0.7","ApiVersion":"1.43"})";
  std::string status = "200 OK";
  TcpServer server([&](int fd, int) {
    serve_tls(fd, {&certs.server, &certs.ca, TLS1_3_VERSION,
                   fmt::format("HTTP/1.0 {}\r\n\r\n{}", status, body)});
  });
  const auto why = [&] {
    return error_of([&] { engine::version(Context(), server.url(), certs.files); });
  };
  CHECK(engine::version(Context(), server.url(), certs.files) == "24.0.7");
  body = "{}";
  CHECK(why() == "no version in the engine's answer");
  body = "junk";
  CHECK_FALSE(why().empty());
  status = "400 Bad Request";
  body = R"({"message":"client version 1.15 is too old"})";
  CHECK(why() == "Error response from daemon: client version 1.15 is too old");
  body = "junk";
  CHECK(why() == "Error response from daemon: HTTP status 400");
}

TEST_CASE("version says what was asked, or that our files are at fault") {
  const EngineCerts certs;
  TcpServer closed([](int fd, int) {
    std::array<char, 4096> buffer{};
    static_cast<void>(
        !read(fd, buffer.data(), buffer.size()));  // what was not read would make the end a reset
  });
  CHECK(error_of([&] { engine::version(Context(), closed.url(), certs.files); }) ==
        fmt::format("Get \"https://127.0.0.1:{}/version\": EOF", closed.port()));
  auto files = certs.files;
  files.client_cert = "/nowhere/cert.pem";
  CHECK(error_of([&] { engine::version(Context(), closed.url(), files); }) ==
        "Unable to read TLS config: open /nowhere/cert.pem: no such file or directory");
}

TEST_CASE("check_connection wraps the cause in the reference's text") {
  const EngineCerts certs;
  CHECK(error_of([&] { engine::check_connection(Context(), "tcp://127.0.0.1:1", certs.files); }) ==
        "Error checking and/or regenerating the certs: There was an error validating certificates "
        "for host "
        "\"127.0.0.1:1\": dial tcp 127.0.0.1:1: connect: connection refused\n"
        "You can attempt to regenerate them using 'docker-machine regenerate-certs [name]'.\n"
        "Be advised that this will trigger a Docker daemon restart which might stop running "
        "containers.\n");
  CHECK_THAT(error_of([&] {
               engine::check_connection(Context(), "unix:///var/run/docker.sock", certs.files);
             }),
             ContainsSubstring("for host \"\": dial tcp: missing address\n"));
}

TEST_CASE("the first missing file is named, in the order CA, certificate, key") {
  const EngineCerts certs;
  const auto why = [&] { return failure_of("tcp://127.0.0.1:1", certs.files); };
  std::filesystem::remove(certs.files.client_key);
  CHECK(why().what() == "open " + certs.files.client_key.string() + ": no such file or directory");
  std::filesystem::remove(certs.files.client_cert);
  CHECK(why().what() == "open " + certs.files.client_cert.string() + ": no such file or directory");
  std::filesystem::remove(certs.files.ca_cert);
  CHECK(why().what() == "open " + certs.files.ca_cert.string() + ": no such file or directory");
  CHECK(why().code() == Errc::not_found);
}

TEST_CASE("unusable files are named in the reference's words") {
  const EngineCerts certs;
  const auto why = [&] { return std::string(failure_of("tcp://127.0.0.1:1", certs.files).what()); };
  write_file(certs.files.client_key, make_ca("x").key_pem(), 0600);
  CHECK(why() == "tls: private key does not match public key");
  write_file(certs.files.ca_cert, "", 0600);
  CHECK(why() == "There was an error reading certificate");
}

TEST_CASE("what cannot be connected") {
  const EngineCerts certs;
  CHECK(failure_of("tcp://127.0.0.1:1", certs.files).what() ==
        std::string("dial tcp 127.0.0.1:1: connect: connection refused"));
  CHECK(failure_of("tcp://127.0.0.1:1", certs.files).code() == Errc::unavailable);
  CHECK(failure_of("tcp://127.0.0.1", certs.files).what() ==
        std::string("dial tcp: address 127.0.0.1: missing port in address"));
  CHECK(failure_of("localhost", certs.files).what() == std::string("dial tcp: missing address"));
}

TEST_CASE("servers that are not ours are refused") {
  const EngineCerts certs({"10.9.9.9"});
  const std::string prefix = "tls: failed to verify certificate: x509: ";
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    TcpServer wrong_name(tls({&certs.server, &certs.ca, version}));
    const Error name = failure_of(wrong_name.url(), certs.files);
    CHECK(name.what() == prefix + "certificate is valid for 10.9.9.9, not 127.0.0.1");
    CHECK(name.code() == Errc::denied);

    const Made stranger = make_ca("bob");
    const Made strangers_server = make_leaf(Profile::server, "m1", stranger, {"127.0.0.1"});
    TcpServer unknown(tls({&strangers_server, nullptr, version}));
    CHECK(failure_of(unknown.url(), certs.files).what() ==
          prefix + "certificate signed by unknown authority");

    const Made namesake = make_ca("alice");
    const Made namesakes_server = make_leaf(Profile::server, "m1", namesake, {"127.0.0.1"});
    TcpServer renewed(tls({&namesakes_server, nullptr, version}));
    CHECK(failure_of(renewed.url(), certs.files).what() ==
          prefix +
              "certificate signed by unknown authority (possibly because of \"crypto/rsa: "
              "verification error\" while "
              "trying to verify candidate authority certificate \"alice\")");

    const Made expired = make_leaf(Profile::server, "m1", certs.ca, {"127.0.0.1"}, long_ago());
    TcpServer old(tls({&expired, nullptr, version}));
    CHECK_THAT(failure_of(old.url(), certs.files).what(),
               StartsWith(prefix + "certificate has expired or is not yet valid: current time "));

    const Made impostor = make_leaf(Profile::client, "m1", certs.ca, {"127.0.0.1"});
    TcpServer client_as_server(tls({&impostor, nullptr, version}));
    CHECK(failure_of(client_as_server.url(), certs.files).what() ==
          prefix + "certificate specifies an incompatible key usage");
    CHECK(client_as_server.connections() == 1);  // refused once, not asked again
  }
}

TEST_CASE("a server that refuses our certificate is believed, under TLS 1.3 too") {
  const EngineCerts certs;
  const Made other_ca = make_ca("bob");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    TcpServer server(tls({&certs.server, &other_ca, version}));
    const Error error = failure_of(server.url(), certs.files);
    CHECK(error.what() == std::string("remote error: tls: unknown certificate authority"));
    CHECK(error.code() == Errc::denied);
  }
  const Made expired = make_leaf(Profile::client, "alice.<bootstrap>", certs.ca, {}, long_ago());
  save(expired, certs.files.client_cert, certs.files.client_key);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TcpServer server(tls({&certs.server, &certs.ca, version}));
    CHECK(failure_of(server.url(), certs.files).what() ==
          std::string("remote error: tls: expired certificate"));
  }
}

TEST_CASE("a port without TLS is told, whoever speaks first") {
  const EngineCerts certs;
  const std::string text = "tls: first record does not look like a TLS handshake";
  TcpServer http(plain(
      "HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", false));
  CHECK(failure_of(http.url(), certs.files).what() == text);
  TcpServer ssh(plain("SSH-2.0-OpenSSH_9.2p1\r\n", true));
  CHECK(failure_of(ssh.url(), certs.files).what() == text);
}

TEST_CASE("a connection reset or closed in the handshake is tried once more") {
  const EngineCerts certs;
  for (const bool reset : {true, false}) {
    TcpServer server([&](int fd, int nth) {
      if (nth > 1) {
        serve_tls(fd, {&certs.server, &certs.ca});
      } else if (reset) {
        reset_connection(fd);
      }
    });
    CHECK(engine::get(Context(), server.url(), certs.files, "/_ping").status == 200);
    CHECK(server.connections() == 2);
  }
  TcpServer always([](int fd, int) {
    std::array<char, 4096> buffer{};
    static_cast<void>(!read(fd, buffer.data(), buffer.size()));
    reset_connection(fd);
  });
  const Error error = failure_of(always.url(), certs.files);
  CHECK_THAT(error.what(), StartsWith("read tcp 127.0.0.1:"));
  CHECK_THAT(error.what(), EndsWith(fmt::format("->127.0.0.1:{}: read: connection reset by peer",
                                                always.port())));
  CHECK(error.code() == Errc::unavailable);
  CHECK(always.connections() == 2);
}

TEST_CASE("an answer that breaks off is no answer") {
  const EngineCerts certs;
  TcpServer body(tls({&certs.server, &certs.ca, TLS1_3_VERSION,
                      "HTTP/1.0 200 OK\r\nContent-Length: 20\r\n\r\nOK"}));
  CHECK(failure_of(body.url(), certs.files).what() == std::string("unexpected EOF"));
  TcpServer head(tls({&certs.server, &certs.ca, TLS1_3_VERSION, "HTTP/1.0 200"}));
  CHECK(failure_of(head.url(), certs.files).what() == std::string("unexpected EOF"));
  TcpServer junk(tls({&certs.server, &certs.ca, TLS1_3_VERSION, "hello\r\n\r\n"}));
  CHECK_THAT(failure_of(junk.url(), certs.files).what(), StartsWith("malformed HTTP response"));
}

TEST_CASE("a server that never answers ends at the deadline") {
  const EngineCerts certs;
  TcpServer silent(say_nothing);
  const auto begin = Clock::now();
  const Error error = failure_of(silent.url(), certs.files, Context().within(Duration(200)));
  CHECK(error.code() == Errc::timeout);
  CHECK_THAT(error.what(), EndsWith(fmt::format("->127.0.0.1:{}: i/o timeout", silent.port())));
  CHECK(Clock::now() - begin < seconds(5));
}

TEST_CASE("an address that swallows connections ends at the limit of one try") {
  // A full backlog drops further connection requests, as a firewall would.
  const Fd listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listening.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listening.get(), 0) == 0);
  REQUIRE(getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  std::vector<Fd> filling;
  for (int i = 0; i < 4; ++i) {
    filling.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    static_cast<void>(::connect(filling.back().get(), reinterpret_cast<sockaddr*>(&address), size));
  }
  const std::string port = std::to_string(ntohs(address.sin_port));
  const auto begin = Clock::now();
  CHECK(error_of([&] {
          engine::connect(Context().within(seconds(20)), {"127.0.0.1", port}, Duration(200));
        }) == fmt::format("dial tcp 127.0.0.1:{}: i/o timeout", port));
  CHECK(Clock::now() - begin < seconds(10));
}

TEST_CASE("a stop wakes whoever waits, at once") {
  const EngineCerts certs;
  StopSource stop;
  // The request to stop comes while the client waits for the handshake's answer.
  TcpServer silent([&](int fd, int) {
    std::array<char, 4096> buffer{};
    static_cast<void>(!read(fd, buffer.data(), buffer.size()));
    stop.request_stop();
    say_nothing(fd, 1);
  });
  const auto begin = Clock::now();
  CHECK_THROWS_AS(engine::check_connection(Context(stop.token()), silent.url(), certs.files),
                  Cancelled);
  CHECK(Clock::now() - begin < seconds(5));
  CHECK_THROWS_AS(engine::get(Context(stop.token()), "tcp://nohost.invalid:1", certs.files, "/"),
                  Cancelled);
}
