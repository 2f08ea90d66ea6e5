// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/server_names.hpp"

#include "core/text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>

#include <array>
#include <vector>

namespace dmachine::engine {

namespace {

// As Go does: no common name, no `a*.example.com`.
constexpr unsigned int match_rules =
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

struct Names {
  bool any = false;  // has the extension
  std::vector<std::string> dns;
  std::vector<std::string> addresses;
};

std::string address_text(const ASN1_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  const bool good = ASN1_STRING_length(bytes) == 4 || ASN1_STRING_length(bytes) == 16;
  return good && inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size()) !=
                     nullptr
             ? text.data()
             : "?";
}

Names names_of(const X509* certificate) {
  Names found;
  const certs::NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();
  found.any = names != nullptr;
  for (int i = 0; i < (names ? sk_GENERAL_NAME_num(names.get()) : 0); ++i) {
    int kind = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
    if (kind == GEN_DNS) {
      found.dns.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                             static_cast<std::size_t>(ASN1_STRING_length(value)));
    } else if (kind == GEN_IPADD) {
      found.addresses.push_back(address_text(value));
    }
  }
  return found;
}

bool has_common_name(X509* certificate, const std::string& host) {
  std::array<char, 256> name{};
  return X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                                   static_cast<int>(name.size())) > 0 &&
         equal_ignoring_case(name.data(), host);
}

}  // namespace

bool is_ip_literal(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool is_for_host(X509* certificate, const std::string& host) {
  const int match = is_ip_literal(host) ? X509_check_ip_asc(certificate, host.c_str(), match_rules)
                                        : X509_check_host(certificate, host.data(), host.size(),
                                                          match_rules, nullptr);
  ERR_clear_error();
  return !host.empty() && match == 1;
}

std::string host_complaint(X509* certificate, const std::string& host) {
  const Names names = names_of(certificate);
  const bool literal = is_ip_literal(host);
  if (!names.any && has_common_name(certificate, host)) {
    return "x509: certificate relies on legacy Common Name field, use SANs instead";
  }
  if (literal && names.addresses.empty()) {
    return fmt::format(
        "x509: cannot validate certificate for {} because it doesn't contain any IP SANs", host);
  }
  const auto& candidates = literal ? names.addresses : names.dns;
  if (candidates.empty()) {
    return fmt::format("x509: certificate is not valid for any names, but wanted to match {}",
                       host);
  }
  return fmt::format("x509: certificate is valid for {}, not {}", join(candidates, ", "), host);
}

}  // namespace dmachine::engine
