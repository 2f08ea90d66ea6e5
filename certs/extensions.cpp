// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/extensions.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

namespace dmachine::certs {

namespace {

enum class Critical { no, yes };

void add(X509* certificate, int nid, void* value, Critical critical) {
  check(X509_add1_ext_i2d(certificate, nid, value, critical == Critical::yes ? 1 : 0,
                          X509V3_ADD_APPEND),
        "adding certificate extension");
}

// Bits of keyUsage (RFC 5280, section 4.2.1.3).
constexpr int digital_signature = 0;
constexpr int key_encipherment = 2;
constexpr int key_agreement = 4;
constexpr int key_cert_sign = 5;

void add_key_usage(X509* certificate, std::initializer_list<int> bits) {
  const std::unique_ptr<ASN1_BIT_STRING, Release<ASN1_BIT_STRING_free>> usage(
      check(ASN1_BIT_STRING_new(), "adding keyUsage"));
  for (const int bit : bits) {
    check(ASN1_BIT_STRING_set_bit(usage.get(), bit, 1), "adding keyUsage");
  }
  add(certificate, NID_key_usage, usage.get(), Critical::yes);
}

void add_extended_key_usage(X509* certificate, std::initializer_list<int> purposes) {
  const std::unique_ptr<EXTENDED_KEY_USAGE, Release<EXTENDED_KEY_USAGE_free>> usage(
      check(EXTENDED_KEY_USAGE_new(), "adding extKeyUsage"));
  for (const int purpose : purposes) {
    if (sk_ASN1_OBJECT_push(usage.get(), OBJ_nid2obj(purpose)) <= 0) {
      throw_openssl("adding extKeyUsage");
    }
  }
  add(certificate, NID_ext_key_usage, usage.get(), Critical::no);
}

void add_usages(X509* certificate, Profile profile) {
  switch (profile) {
    case Profile::authority:
      add_key_usage(certificate,
                    {digital_signature, key_encipherment, key_agreement, key_cert_sign});
      break;
    case Profile::client:
      add_key_usage(certificate, {digital_signature});
      add_extended_key_usage(certificate, {NID_client_auth});
      break;
    case Profile::server:
      add_key_usage(certificate, {digital_signature, key_encipherment, key_agreement});
      add_extended_key_usage(certificate, {NID_server_auth});
      break;
    case Profile::swarm_master:
      add_key_usage(certificate, {digital_signature, key_encipherment, key_agreement});
      add_extended_key_usage(certificate, {NID_server_auth, NID_client_auth});
      break;
  }
}

void add_basic_constraints(X509* certificate, bool is_authority) {
  const std::unique_ptr<BASIC_CONSTRAINTS, Release<BASIC_CONSTRAINTS_free>> constraints(
      check(BASIC_CONSTRAINTS_new(), "adding basicConstraints"));
  constraints->ca = is_authority ? 0xff : 0;
  add(certificate, NID_basic_constraints, constraints.get(), Critical::yes);
}

using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Release<ASN1_OCTET_STRING_free>>;

/// The leftmost 160 bits of the public key's SHA-256 (RFC 7093, section 2, method 1).
void add_subject_key_identifier(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  check(X509_pubkey_digest(certificate, EVP_sha256(), hash.data(), nullptr), "hashing public key");
  const OctetsPtr identifier(check(ASN1_OCTET_STRING_new(), "adding subjectKeyIdentifier"));
  check(ASN1_OCTET_STRING_set(identifier.get(), hash.data(), 20), "adding subjectKeyIdentifier");
  add(certificate, NID_subject_key_identifier, identifier.get(), Critical::no);
}

/// Names the issuer's key. Authorities that programs before 2020 made have no identifier to name.
void add_authority_key_identifier(X509* certificate, X509* issuer) {
  const ASN1_OCTET_STRING* identifier = X509_get0_subject_key_id(issuer);
  if (identifier == nullptr) {
    return;
  }
  const std::unique_ptr<AUTHORITY_KEYID, Release<AUTHORITY_KEYID_free>> authority(
      check(AUTHORITY_KEYID_new(), "adding authorityKeyIdentifier"));
  authority->keyid = check(ASN1_OCTET_STRING_dup(identifier), "adding authorityKeyIdentifier");
  add(certificate, NID_authority_key_identifier, authority.get(), Critical::no);
}

/// 4 or 16 bytes; an IPv4 address in IPv6 form counts as IPv4, as for Go.
std::optional<std::string> find_ip_bytes(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  const auto text = [&](std::size_t from, std::size_t count) {
    return std::string(reinterpret_cast<const char*>(bytes.data()) + from, count);
  };
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
    return text(0, 4);
  }
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    const bool mapped =
        std::all_of(bytes.begin(), bytes.begin() + 10, [](auto b) { return b == 0; }) &&
        bytes[10] == 0xff && bytes[11] == 0xff;
    return mapped ? text(12, 4) : text(0, 16);
  }
  return std::nullopt;
}

void push_name(GENERAL_NAMES* names, int kind, const std::string& value) {
  std::unique_ptr<GENERAL_NAME, Release<GENERAL_NAME_free>> name(
      check(GENERAL_NAME_new(), "adding subjectAltName"));
  std::unique_ptr<ASN1_STRING, Release<ASN1_STRING_free>> text(
      check(ASN1_STRING_type_new(kind == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING),
            "adding subjectAltName"));
  check(ASN1_STRING_set(text.get(), value.data(), static_cast<int>(value.size())),
        "adding subjectAltName");
  GENERAL_NAME_set0_value(name.get(), kind, text.release());
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) {
    throw_openssl("adding subjectAltName");
  }
  static_cast<void>(name.release());
}

void add_alternative_names(X509* certificate, const std::vector<std::string>& hosts) {
  std::vector<std::string> addresses;
  const NamesPtr names(check(GENERAL_NAMES_new(), "adding subjectAltName"));
  for (const std::string& host : hosts) {
    if (const auto address = find_ip_bytes(host)) {
      addresses.push_back(*address);
      continue;
    }
    if (!std::all_of(host.begin(), host.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
      throw Error(Errc::invalid,
                  fmt::format("x509: {} cannot be encoded as an IA5String", go_quote(host)));
    }
    push_name(names.get(), GEN_DNS, host);
  }
  for (const std::string& address : addresses) {
    push_name(names.get(), GEN_IPADD, address);
  }
  if (!hosts.empty()) {
    add(certificate, NID_subject_alt_name, names.get(), Critical::no);
  }
}

}  // namespace

void add_extensions(X509* certificate, const Subject& subject, const Issuer* issuer) {
  const bool is_authority = subject.profile == Profile::authority;
  add_usages(certificate, subject.profile);
  add_basic_constraints(certificate, is_authority);
  if (is_authority) {
    add_subject_key_identifier(certificate);
  }
  if (issuer != nullptr) {
    add_authority_key_identifier(certificate, issuer->certificate);
  }
  add_alternative_names(certificate, subject.hosts);
}

}  // namespace dmachine::certs
