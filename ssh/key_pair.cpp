// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/key_pair.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/secret.hpp"
#include "core/text.hpp"
#include "ssh/private_key.hpp"

#include <fmt/format.h>

namespace dmachine::ssh {

namespace {

std::string line_of(const PrivateKey& key) {
  return fmt::format("{} {}", key.type(), base64_encode(key.public_blob()));
}

}  // namespace

std::string public_key_line(const std::filesystem::path& private_key) {
  return line_of(PrivateKey::load(private_key));
}

void ensure_key_pair(const std::filesystem::path& private_key) {
  const std::filesystem::path public_key = private_key.string() + ".pub";
  if (std::filesystem::exists(private_key)) {
    if (!std::filesystem::exists(public_key)) {
      with_context("Error writing keys to file(s)",
                   [&] { write_file(public_key, public_key_line(private_key) + "\n", 0600); });
    }
    return;
  }
  const auto key = with_context("Error generating key pair", PrivateKey::generate_rsa);
  with_context("Error writing keys to file(s)", [&] {
    // The private file first: alone it is enough, the public one can be made from it.
    write_file(private_key, Secret(key.to_traditional_pem()).reveal(), 0600);
    write_file(public_key, line_of(key) + "\n", 0600);
  });
}

}  // namespace dmachine::ssh
