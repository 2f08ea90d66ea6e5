// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmachine::cloud {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // with query
  Headers headers;
  std::string body;
  /// Proxies of the environment apply unless this is a machine-local service (metadata servers).
  enum class Proxy { environment, never } proxy = Proxy::environment;
  Duration connect_timeout = std::chrono::seconds(10);
  Duration timeout = std::chrono::seconds(60);  // of the whole exchange
};

struct HttpReply {
  int status = 0;
  Headers headers;
  std::string body;

  /// The first header of that name, ignoring case; nothing when there is none.
  std::optional<std::string> header(std::string_view name) const;
};

/// No answer came, or not all of it: code unavailable or timeout; denied when the server's
/// certificate was not verified.
class TransportError : public Error {
 public:
  /// `maybe_sent`: the request may have reached the server, so what it asks for may have happened.
  TransportError(Errc code, const std::string& message, bool maybe_sent)
      : Error(code, message), maybe_sent_(maybe_sent) {}
  bool maybe_sent() const { return maybe_sent_; }

 private:
  bool maybe_sent_;
};

/// Sends requests. One per command; may be used by several threads at once. Contract tests put an
/// in-memory one in its place.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Any HTTP status is a reply. Throws TransportError when there is none (DNS, refused, reset, TLS
  /// not verified, timeout), and as the context does. Verified TLS always; SSL_CERT_FILE and
  /// SSL_CERT_DIR as OpenSSL reads them; HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
  virtual HttpReply send(const Context& ctx, const HttpRequest& request) = 0;
};

/// The real one, over libcurl: connections are kept and reused within the process; the stop of the
/// context ends a transfer at once. Debug lines show method, URL without query values, status,
/// times; headers and body fields only from an allow-list.
std::unique_ptr<Transport> make_curl_transport();

/// The same, but the certificate authorities of this PEM file are trusted instead of the system's,
/// unless its name is empty. A file that cannot be read is told of with the first failure.
std::unique_ptr<Transport> make_curl_transport_trusting(std::string ca_file);

}  // namespace dmachine::cloud
