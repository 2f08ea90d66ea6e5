// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine_server.hpp"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <stdexcept>

namespace dmachine::test {

namespace {

constexpr timeval patience{10, 0};

using ContextPtr = std::unique_ptr<SSL_CTX, certs::Release<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL, certs::Release<SSL_free>>;

ContextPtr make_context(const TlsServerOptions& options) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_min_proto_version(context.get(), options.version);
  SSL_CTX_set_max_proto_version(context.get(), options.version);
  SSL_CTX_use_certificate(context.get(), options.server->certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), options.server->key.get());
  if (options.client_ca != nullptr) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()),
                        options.client_ca->certificate.get());
  }
  return context;
}

}  // namespace

TcpServer::TcpServer(Serve serve) : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  signal(SIGPIPE, SIG_IGN);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listening_.get(), 16) != 0 ||
      getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, serve = std::move(serve)] {
    for (;;) {
      const Fd accepted(accept(listening_.get(), nullptr, nullptr));
      if (!accepted) {
        return;
      }
      setsockopt(accepted.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      serve(accepted.get(), ++connections_);
    }
  });
}

TcpServer::~TcpServer() {
  shutdown(listening_.get(), SHUT_RDWR);  // ends the accept
  thread_.join();
}

std::string serve_tls(int fd, const TlsServerOptions& options) {
  const ContextPtr context = make_context(options);
  const SessionPtr session(SSL_new(context.get()));
  SSL_set_fd(session.get(), fd);
  std::string request;
  if (SSL_accept(session.get()) == 1) {
    std::array<char, 1024> buffer{};
    while (request.find("\r\n\r\n") == std::string::npos) {
      const int got = SSL_read(session.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0) {
        return request;
      }
      request.append(buffer.data(), static_cast<std::size_t>(got));
    }
    SSL_write(session.get(), options.answer.data(), static_cast<int>(options.answer.size()));
    SSL_shutdown(session.get());
  }
  return request;
}

void reset_connection(int fd) {
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

EngineCerts::EngineCerts(std::vector<std::string> hosts)
    : server(make_leaf(certs::Profile::server, "alice.m1", ca, hosts)),
      files{folder.files.ca_cert, folder.files.client_cert, folder.files.client_key} {
  save(ca, folder.files.ca_cert, folder.files.ca_key);
  save(make_leaf(certs::Profile::client, "alice.<bootstrap>", ca), folder.files.client_cert,
       folder.files.client_key);
}

}  // namespace dmachine::test
