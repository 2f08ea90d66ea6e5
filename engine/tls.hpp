// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"
#include "engine/connect.hpp"
#include "engine/credentials.hpp"
#include "engine/server_check.hpp"

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace dmachine::engine {

/// A TLS client (1.2 or 1.3) on a non-blocking socket. All functions wait as long as the context
/// allows, and throw Error with Go's words for what went wrong, ConnectionLost, or Cancelled.
class TlsConnection {
 public:
  /// `credentials` must live as long. `host` is what the server has to prove; it is sent as SNI
  /// unless it is an IP literal.
  TlsConnection(Connection connection, const Credentials& credentials, const std::string& host);
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  void handshake(const Context& ctx);
  void write(const Context& ctx, std::string_view bytes);
  /// The next bytes; empty at the end. A refusal of our certificate under TLS 1.3 shows here first.
  std::string read(const Context& ctx);

 private:
  using ContextPtr = std::unique_ptr<SSL_CTX, certs::Release<SSL_CTX_free>>;
  using SessionPtr = std::unique_ptr<SSL, certs::Release<SSL_free>>;

  static int verify(X509_STORE_CTX* presented, void* self) noexcept;
  void offer_client_certificate(const certs::Pair& client);
  int drive(const Context& ctx, const std::function<int()>& step);
  void refuse_unless_tls() const;
  [[noreturn]] void fail(int kind, int errno_value) const;
  std::string route() const;

  Connection connection_;
  const Credentials& credentials_;
  std::string host_;
  Refusal refusal_;
  ContextPtr context_;
  SessionPtr session_;
};

}  // namespace dmachine::engine
