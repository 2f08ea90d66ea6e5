// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/private_key.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/secret.hpp"
#include "core/text.hpp"
#include "ssh/openssh_key.hpp"
#include "ssh/openssl_handles.hpp"
#include "ssh/wire.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <utility>
#include <vector>

namespace dmachine::ssh {

void throw_openssl(const char* doing) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  const std::string text =
      fmt::format("{}: {}", doing, reason != nullptr ? reason : "refused by OpenSSL");
  ERR_clear_error();
  throw Error(Errc::internal, text);
}

namespace {

constexpr std::string_view openssh_begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view openssh_end = "-----END OPENSSH PRIVATE KEY-----";

/// Notes that a passphrase was asked for, and gives none.
int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

KeyHandle parse_pem(std::string_view text) {
  const BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  bool asked = false;
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, &asked));
  ERR_clear_error();
  if (!key) {
    if (asked) {
      throw Error(Errc::invalid, "the key has a passphrase", "use a key without a passphrase");
    }
    throw Error(Errc::invalid, "not a private key",
                "use an RSA, ECDSA or Ed25519 key in PEM or OpenSSH format");
  }
  return key;
}

std::string text_param(const EVP_PKEY* key, const char* name) {
  std::array<char, 80> text{};
  std::size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, name, text.data(), text.size(), &size) != 1) {
    throw_openssl("reading the key");
  }
  return {text.data(), size};
}

std::string number_param(const EVP_PKEY* key, const char* name, std::size_t size = 0) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) {
    throw_openssl("reading the key");
  }
  const NumberHandle value(raw);
  std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(raw))), '\0');
  BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return bytes;
}

struct Curve {
  std::string_view openssl_name;
  std::string_view ssh_name;
  std::size_t bytes;
  const char* digest;
};

constexpr std::array curves{Curve{"prime256v1", "nistp256", 32, "SHA256"},
                            Curve{"secp384r1", "nistp384", 48, "SHA384"},
                            Curve{"secp521r1", "nistp521", 66, "SHA512"}};

const Curve& curve_of(const EVP_PKEY* key) {
  const auto name = text_param(key, OSSL_PKEY_PARAM_GROUP_NAME);
  for (const auto& curve : curves) {
    if (name == curve.openssl_name) {
      return curve;
    }
  }
  throw Error(Errc::invalid, fmt::format("curve {} is not one of SSH's", name),
              "use an RSA, ECDSA or Ed25519 key");
}

std::string type_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return "ssh-rsa";
    case EVP_PKEY_ED25519:
      return "ssh-ed25519";
    case EVP_PKEY_EC:
      return fmt::format("ecdsa-sha2-{}", curve_of(key).ssh_name);
    default:
      throw Error(Errc::invalid, "keys of this type are not supported",
                  "use an RSA, ECDSA or Ed25519 key");
  }
}

const char* digest_for(const EVP_PKEY* key, std::string_view algorithm) {
  if (algorithm == "rsa-sha2-512") {
    return "SHA512";
  }
  if (algorithm == "rsa-sha2-256") {
    return "SHA256";
  }
  if (algorithm == "ssh-ed25519") {
    return nullptr;  // hashes by itself
  }
  if (algorithm.starts_with("ecdsa-")) {
    return curve_of(key).digest;
  }
  throw Error(Errc::internal, fmt::format("no signatures by {}", algorithm));
}

/// OpenSSL gives an ECDSA signature as DER; SSH wants two numbers.
std::string ecdsa_from_der(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const EcdsaSignatureHandle signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) {
    throw_openssl("signing");
  }
  WireWriter wire;
  for (const BIGNUM* value :
       {ECDSA_SIG_get0_r(signature.get()), ECDSA_SIG_get0_s(signature.get())}) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    wire.mpint(bytes);
  }
  return wire.bytes();
}

}  // namespace

PrivateKey::PrivateKey(EVP_PKEY* owned) : key_(owned, EVP_PKEY_free), type_(type_of(owned)) {}

PrivateKey PrivateKey::parse(std::string_view text) {
  const auto begin = text.find(openssh_begin);
  if (begin == std::string_view::npos) {
    return PrivateKey(parse_pem(text).release());
  }
  const auto from = begin + openssh_begin.size();
  const auto end = text.find(openssh_end, from);
  auto body =
      end == std::string_view::npos ? std::nullopt : base64_decode(text.substr(from, end - from));
  if (!body) {
    throw Error(Errc::invalid, "damaged key");
  }
  const Secret kept(std::move(*body));
  return PrivateKey(parse_openssh_key(kept.reveal()).release());
}

PrivateKey PrivateKey::load(const std::filesystem::path& path) {
  try {
    const Secret text(read_file(path));
    return with_context(fmt::format("key {}", path.string()), [&] { return parse(text.reveal()); });
  } catch (const Error& error) {
    // Whatever it is, another try will not cure it.
    throw Error(Errc::invalid, error.what(), error.hint());
  }
}

PrivateKey PrivateKey::generate_rsa() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  if (key == nullptr) {
    throw_openssl("Unable to generate key");
  }
  return PrivateKey(key);
}

std::string PrivateKey::public_blob(std::string_view type) const {
  WireWriter wire;
  wire.string(type);
  if (type_ == "ssh-rsa") {
    wire.mpint(number_param(key_.get(), OSSL_PKEY_PARAM_RSA_E));
    wire.mpint(number_param(key_.get(), OSSL_PKEY_PARAM_RSA_N));
  } else if (type_ == "ssh-ed25519") {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()),
                                    &size) != 1) {
      throw_openssl("reading the key");
    }
    wire.string(raw);
  } else {
    const auto& curve = curve_of(key_.get());
    wire.string(curve.ssh_name);
    wire.string("\x04" + number_param(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, curve.bytes) +
                number_param(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, curve.bytes));
  }
  return wire.bytes();
}

std::string PrivateKey::sign(std::string_view algorithm, std::string_view data) const {
  const DigestContextHandle context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), nullptr, digest_for(key_.get(), algorithm), nullptr,
                            nullptr, key_.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size()) != 1) {
    throw_openssl("signing");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, data.size()) != 1) {
    throw_openssl("signing");
  }
  signature.resize(size);
  return algorithm.starts_with("ecdsa-") ? ecdsa_from_der(signature) : signature;
}

std::string PrivateKey::to_traditional_pem() const {
  const BioHandle bio(BIO_new(BIO_s_secmem()));
  if (!bio || PEM_write_bio_PrivateKey_traditional(bio.get(), key_.get(), nullptr, nullptr, 0,
                                                   nullptr, nullptr) != 1) {
    throw_openssl("Unable to write key");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace dmachine::ssh
