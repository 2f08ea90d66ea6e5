// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/openssh_key.hpp"
#include "ssh/private_key.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace dmachine;

/// Any bytes as a key file, as the body of an OpenSSH key, and as a known_hosts file: read or
/// refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const bool whole : {true, false}) {
    try {
      const auto key = whole ? ssh::PrivateKey::parse(text)
                             : ssh::PrivateKey(ssh::parse_openssh_key(text).release());
      if (key.public_blob().empty()) {
        std::abort();
      }
    } catch (const Error&) {
    }
  }
  for (const auto& key : ssh::parse_known_hosts(text, "m1")) {
    ssh::fingerprint(key);
  }
  return 0;
}
