// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/identity.hpp"

namespace dmachine::ssh {

std::vector<std::string> signature_algorithms(std::string_view key_type) {
  if (key_type == "ssh-rsa") {
    return {"rsa-sha2-512", "rsa-sha2-256"};  // SHA-1 is refused by servers since OpenSSH 8.8
  }
  return {std::string(key_type)};
}

std::vector<Identity> identities_of(const PrivateKey& key) {
  std::vector<Identity> identities;
  for (const auto& algorithm : signature_algorithms(key.type())) {
    identities.push_back(
        {algorithm, key.public_blob(algorithm),
         [key, algorithm](std::string_view data) { return key.sign(algorithm, data); }});
  }
  return identities;
}

}  // namespace dmachine::ssh
