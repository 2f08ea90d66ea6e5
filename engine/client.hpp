// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"

#include <filesystem>
#include <string>

/// Asking a Docker daemon over TLS. Plain OpenSSL on one socket, so that `config`, which
/// gitlab-runner calls several times per job, starts nothing it does not need; never through a
/// proxy.
namespace dmachine::engine {

/// What we show and what we trust.
struct TlsFiles {
  std::filesystem::path ca_cert;
  std::filesystem::path client_cert;
  std::filesystem::path client_key;
  std::string server_name{};  // what the server has to prove; empty: the URL's host
};

struct Reply {
  int status = 0;  // HTTP
  std::string body;
};

/// One GET (HTTP/1.0, so that the answer ends with the connection) at `tcp://HOST:PORT`. The server
/// must prove HOST by its subject alternative names; our certificate must be accepted, which under
/// TLS 1.3 only shows when reading. Throws Error whose message is the CAUSE of certs-ssh.md A.5 in
/// Go's words (`dial tcp 1.2.3.4:2376: connect: connection refused`, `tls: failed to verify
/// certificate: x509: certificate is valid for A, not B`, `open PATH: no such file or directory`,
/// …); `unavailable` or `timeout` when nobody answered as an engine does, `denied` when
/// certificates were refused by either side, `not_found` for missing files, `invalid` for unusable
/// ones and for a url without host and port. Cancelled on a stop. At most 20 s in all. SIGPIPE must
/// be ignored (core/signals.hpp does).
Reply get(const Context& ctx, const std::string& url, const TlsFiles& files,
          const std::string& path);

/// Any HTTP answer to GET /_ping is success. Throws as `get`, with the reference's text around the
/// cause (A.5: `Error checking and/or regenerating the certs: There was an error validating
/// certificates for host "HOST:PORT": CAUSE` and the two lines of advice).
void check_connection(const Context& ctx, const std::string& url, const TlsFiles& files);

/// The daemon's version without `v`, from GET /version. Throws as `get`, with `Get
/// "https://HOST:PORT/version": ` before the cause, or `Unable to read TLS config: ` when it is
/// about our files; `Error response from daemon: …` when the daemon says so.
std::string version(const Context& ctx, const std::string& url, const TlsFiles& files);

}  // namespace dmachine::engine
