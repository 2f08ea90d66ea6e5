// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/digest.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace dmachine::cloud {

namespace {

using Sum = std::array<unsigned char, 32>;

std::string to_string(const Sum& sum) {
  return {sum.begin(), sum.end()};
}

}  // namespace

std::string sha256(std::string_view bytes) {
  Sum sum{};
  if (EVP_Digest(bytes.data(), bytes.size(), sum.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw Error(Errc::internal, "OpenSSL: SHA-256 failed");
  }
  return to_string(sum);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  Sum sum{};
  const auto* data =
      reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT: OpenSSL's idea of bytes
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, bytes.size(), sum.data(),
           nullptr) == nullptr) {
    throw Error(Errc::internal, "OpenSSL: HMAC failed");
  }
  return to_string(sum);
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

}  // namespace dmachine::cloud
