// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/authority.hpp"
#include "certs/dates.hpp"
#include "certs/pem.hpp"
#include "certs/verify.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace dmachine::certs {

namespace {

bool names(X509* certificate, const std::string& host) {
  return X509_check_ip_asc(certificate, host.c_str(), 0) == 1 ||
         X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                         nullptr) == 1;
}

}  // namespace

bool is_good_server_pair(const AuthorityFiles& files, const std::string& certificate_pem,
                         const Secret& key_pem, const std::vector<std::string>& hosts) {
  try {
    const Pair pair = parse_pair(certificate_pem, key_pem.reveal());
    X509* certificate = pair.chain.front().get();
    const auto authorities = parse_certificates(read_file(files.ca_cert));
    return end_of(certificate) - current_time() > soon &&
           verify_chain(certificate, nullptr, authorities, Role::server).error == X509_V_OK &&
           std::all_of(hosts.begin(), hosts.end(),
                       [&](const std::string& host) { return names(certificate, host); });
  } catch (const Error& error) {
    log::debug("server certificate: {}", error.what());
    return false;
  }
}

}  // namespace dmachine::certs
