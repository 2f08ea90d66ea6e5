// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/organization.hpp"

#include "core/error.hpp"

#include <openssl/objects.h>

#include <algorithm>

namespace dmachine::certs {

namespace {

/// X.680, PrintableString.
bool is_printable(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(" '()+,-./:=?").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_utf8(const unsigned char* at, int length) {
  while (length > 0) {
    unsigned long code_point = 0;
    const int used = UTF8_getc(at, length, &code_point);
    if (used <= 0) {
      return false;
    }
    at += used;
    length -= used;
  }
  return true;
}

}  // namespace

void set_organization(X509_NAME* name, std::string_view organization) {
  const std::string text(organization);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const int length = static_cast<int>(text.size());
  const bool printable = std::all_of(bytes, bytes + length, is_printable);
  if (!printable && !is_utf8(bytes, length)) {
    throw Error(Errc::invalid, "asn1: string not valid UTF-8",
                "the user's name becomes part of the certificates");
  }
  // A type given outright keeps OpenSSL from refusing more than 64 characters: user and machine
  // name together may have more.
  const int type = printable ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
  check(X509_NAME_add_entry_by_NID(name, NID_organizationName, type, bytes, length, -1, 0),
        "setting organization");
}

std::optional<std::string> find_sole_organization(const X509_NAME* name) {
  if (X509_NAME_entry_count(name) != 1) {
    return std::nullopt;
  }
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, 0);
  if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_organizationName) {
    return std::nullopt;
  }
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<std::size_t>(ASN1_STRING_length(value)));
}

}  // namespace dmachine::certs
