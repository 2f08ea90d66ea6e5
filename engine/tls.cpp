// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/tls.hpp"

#include "engine/alert.hpp"
#include "engine/server_names.hpp"
#include "engine/wait.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace dmachine::engine {

using certs::check;

namespace {

constexpr const char* no_tls = "tls: first record does not look like a TLS handshake";
// RFC 8446, section 5.1.
constexpr unsigned char record_alert = 21;
constexpr unsigned char record_handshake = 22;

}  // namespace

TlsConnection::TlsConnection(Connection connection, const Credentials& credentials,
                             const std::string& host)
    : connection_(std::move(connection)),
      credentials_(credentials),
      host_(host),
      context_(check(SSL_CTX_new(TLS_client_method()), "preparing TLS")) {
  check(static_cast<int>(SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION)),
        "preparing TLS");
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context_.get(), &TlsConnection::verify, this);
  offer_client_certificate(credentials.client);
  session_.reset(check(SSL_new(context_.get()), "preparing TLS"));
  check(SSL_set_fd(session_.get(), connection_.fd.get()), "preparing TLS");
  if (!is_ip_literal(host_)) {
    // What SSL_set_tlsext_host_name stands for.
    check(static_cast<int>(SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                    TLSEXT_NAMETYPE_host_name, host_.data())),
          "preparing TLS");
  }
}

void TlsConnection::offer_client_certificate(const certs::Pair& client) {
  check(SSL_CTX_use_certificate(context_.get(), client.chain.front().get()),
        "tls: using client certificate");
  for (std::size_t i = 1; i < client.chain.size(); ++i) {
    check(static_cast<int>(SSL_CTX_add1_chain_cert(context_.get(), client.chain[i].get())),
          "tls: using client certificate");
  }
  check(SSL_CTX_use_PrivateKey(context_.get(), client.key.get()), "tls: using client key");
}

int TlsConnection::verify(X509_STORE_CTX* presented, void* self) noexcept {
  auto* connection = static_cast<TlsConnection*>(self);
  try {
    connection->refusal_ =
        check_server(X509_STORE_CTX_get0_cert(presented), X509_STORE_CTX_get0_untrusted(presented),
                     connection->credentials_.authorities, connection->host_);
  } catch (const std::exception& error) {
    connection->refusal_ = {X509_V_ERR_UNSPECIFIED, error.what()};
  }
  X509_STORE_CTX_set_error(presented, connection->refusal_.error);
  return connection->refusal_.error == X509_V_OK ? 1 : 0;
}

std::string TlsConnection::route() const {
  return fmt::format("tcp {}->{}", connection_.local, connection_.remote);
}

/// Repeats a step until it has succeeded; gives what it returned.
int TlsConnection::drive(const Context& ctx, const std::function<int()>& step) {
  for (;;) {
    ctx.check();
    ERR_clear_error();
    errno = 0;
    const int result = step();
    const int errno_value = errno;
    if (result > 0) {
      return result;
    }
    const int kind = SSL_get_error(session_.get(), result);
    if (kind == SSL_ERROR_WANT_READ) {
      wait_for(ctx, connection_.fd.get(), POLLIN, fmt::format("read {}: i/o timeout", route()));
      refuse_unless_tls();
    } else if (kind == SSL_ERROR_WANT_WRITE) {
      wait_for(ctx, connection_.fd.get(), POLLOUT, fmt::format("write {}: i/o timeout", route()));
    } else {
      fail(kind, errno_value);
    }
  }
}

/// Looks at the first byte before OpenSSL does, whose words for foreign protocols differ by
/// version.
void TlsConnection::refuse_unless_tls() const {
  if (BIO_number_read(SSL_get_rbio(session_.get())) > 0) {
    return;  // what comes next may be the middle of a record
  }
  unsigned char first = 0;
  const auto got = recv(connection_.fd.get(), &first, 1, MSG_PEEK);
  if (got < 0 && errno != EAGAIN && errno != EINTR) {
    fail(SSL_ERROR_SYSCALL, errno);  // the socket tells it only once
  }
  if (got == 1 && first != record_handshake && first != record_alert) {
    throw Error(Errc::unavailable, no_tls);
  }
}

void TlsConnection::fail(int kind, int errno_value) const {
  if (refusal_.error != X509_V_OK) {
    throw Error(Errc::denied, "tls: failed to verify certificate: " + refusal_.text);
  }
  if (kind == SSL_ERROR_ZERO_RETURN || (kind == SSL_ERROR_SYSCALL && errno_value == 0)) {
    throw ConnectionLost(Errc::unavailable, "EOF");
  }
  if (kind == SSL_ERROR_SYSCALL) {
    throw ConnectionLost(Errc::unavailable,
                         fmt::format("read {}: read: {}", route(), errno_text(errno_value)));
  }
  const auto code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
      throw ConnectionLost(Errc::unavailable, "EOF");
    }
    if (reason >= SSL_AD_REASON_OFFSET) {
      throw Error(alert_error(reason - SSL_AD_REASON_OFFSET));
    }
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
      throw Error(Errc::unavailable, no_tls);
    }
  }
  const char* text = ERR_reason_error_string(code);
  throw Error(Errc::unavailable,
              fmt::format("tls: {}", text == nullptr ? "handshake failed" : text));
}

void TlsConnection::handshake(const Context& ctx) {
  drive(ctx, [&] { return SSL_connect(session_.get()); });
}

void TlsConnection::write(const Context& ctx, std::string_view bytes) {
  try {
    drive(ctx,
          [&] { return SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())); });
  } catch (const ConnectionLost&) {
    // Whoever closes on us often says why first.
    static_cast<void>(read(ctx));
    throw;
  }
}

std::string TlsConnection::read(const Context& ctx) {
  std::array<char, 16384> buffer{};
  int got = 0;
  drive(ctx, [&] {
    got = SSL_read(session_.get(), buffer.data(), static_cast<int>(buffer.size()));
    // The peer's orderly end is no failure.
    return got <= 0 && SSL_get_error(session_.get(), got) == SSL_ERROR_ZERO_RETURN ? 1 : got;
  });
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

}  // namespace dmachine::engine
