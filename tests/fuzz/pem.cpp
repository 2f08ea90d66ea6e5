// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/pem.hpp"

#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace dmachine;

/// Any bytes as a file of certificates, and as a certificate with its key: read or refused, by
/// Error{invalid} alone. What was read can be written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    for (const auto& certificate : certs::parse_certificates(text)) {
      if (certs::parse_certificates(certs::to_pem(certificate.get())).size() != 1) {
        std::abort();
      }
    }
  } catch (const Error&) {
  }
  try {
    if (certs::parse_pair(text, text).chain.empty()) {
      std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
