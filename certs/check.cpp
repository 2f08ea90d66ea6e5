// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/authority.hpp"
#include "certs/authority_pair.hpp"
#include "certs/dates.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/time.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace dmachine::certs {

namespace {

namespace fs = std::filesystem;

void check_dates(const Pair& pair, const fs::path& path) {
  const auto now = current_time();
  const X509* certificate = pair.chain.front().get();
  if (now < begin_of(certificate) || now > end_of(certificate)) {
    const bool early = now < begin_of(certificate);
    throw Error(
        Errc::invalid,
        fmt::format(
            "{}: x509: certificate has expired or is not yet valid: current time {} is {} {}",
            path.string(), to_rfc3339(now), early ? "before" : "after",
            to_rfc3339(early ? begin_of(certificate) : end_of(certificate))));
  }
}

/// Whoever reads the CA's key can make machines believe in certificates of his own.
void warn_when_open(const fs::path& key) {
  struct stat info {};
  if (stat(key.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    log::warn("CA key {} can be read by others (mode {:04o}): set it to 0600", key.string(),
              info.st_mode & 07777U);
  }
}

}  // namespace

void check_authority(const AuthorityFiles& files) {
  const Pair authority = load_authority(files);
  const Pair client = load_client(files);
  refuse_unless_can_sign(authority.chain.front().get(), files.ca_cert);
  check_dates(authority, files.ca_cert);
  check_dates(client, files.client_cert);
  if (const auto misfit = find_misfit(client, authority.chain)) {
    throw Error(Errc::invalid,
                fmt::format("client certificate {} does not verify under CA {}: {}",
                            files.client_cert.string(), files.ca_cert.string(), *misfit));
  }
  warn_when_open(files.ca_key);
}

}  // namespace dmachine::certs
