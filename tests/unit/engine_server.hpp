// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/files.hpp"
#include "engine/client.hpp"
#include "tests/unit/certs_support.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace dmachine::test {

/// A TCP server on 127.0.0.1 with a thread of its own: `serve` gets each connection in turn.
class TcpServer {
 public:
  using Serve = std::function<void(int fd, int nth)>;
  explicit TcpServer(Serve serve);
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "tcp://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  Fd listening_;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// An engine's TLS side: what it shows, whom it lets in, which versions it speaks.
struct TlsServerOptions {
  const Made* server = nullptr;
  const Made* client_ca = nullptr;  // demands a certificate of this CA; null: asks for none
  int version = TLS1_3_VERSION;
  std::string answer = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK";
};

/// Does one TLS handshake, reads the request up to its empty line, sends the answer, and ends.
/// Gives the request.
std::string serve_tls(int fd, const TlsServerOptions& options);

/// Ends a connection by a reset instead of an orderly end.
void reset_connection(int fd);

/// A store's CA with client pair in files, a server certificate for 127.0.0.1, all of one CA.
struct EngineCerts {
  explicit EngineCerts(std::vector<std::string> hosts = {"127.0.0.1", "localhost"});

  CertsFolder folder;
  Made ca = make_ca("alice");
  Made server;
  engine::TlsFiles files;
};

}  // namespace dmachine::test
