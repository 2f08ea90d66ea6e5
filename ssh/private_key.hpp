// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace dmachine::ssh {

/// A private key that can log in: RSA, ECDSA (NIST P-256, P-384, P-521) or Ed25519.
class PrivateKey {
 public:
  /// From the text of a key file: PKCS#1, PKCS#8 and SEC1 PEM, or OpenSSH's own format
  /// (PROTOCOL.key), without a passphrase. Throws Error{invalid} saying what is wrong, never
  /// showing any of it.
  static PrivateKey parse(std::string_view text);

  /// From a file. Throws Error{invalid} naming the file, also when it cannot be read.
  static PrivateKey load(const std::filesystem::path& path);

  /// A new RSA key of 2048 bits. Throws Error{internal}.
  static PrivateKey generate_rsa();

  explicit PrivateKey(EVP_PKEY* owned);

  /// The kind of key as SSH names it: "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", …
  const std::string& type() const { return type_; }

  /// The public key in wire format (RFC 4253 section 6.6, RFC 5656, RFC 8709). `type` replaces its
  /// first string: servers tell signature algorithms apart by it.
  std::string public_blob(std::string_view type) const;
  std::string public_blob() const { return public_blob(type_); }

  /// The inner part of an SSH signature over `data`. `algorithm` is `type()`, or rsa-sha2-512 or
  /// rsa-sha2-256 (RFC 8332).
  std::string sign(std::string_view algorithm, std::string_view data) const;

  /// PKCS#1 (RSA) or SEC1 (EC) PEM, as the reference stores keys. Contains the key: for a 0600 file
  /// only.
  std::string to_traditional_pem() const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::string type_;
};

}  // namespace dmachine::ssh
