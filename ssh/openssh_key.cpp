// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/openssh_key.hpp"

#include "core/error.hpp"
#include "ssh/wire.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>

#include <array>
#include <string>
#include <utility>

namespace dmachine::ssh {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

NumberHandle number(std::string_view big_endian) {
  NumberHandle value(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
  if (!value) {
    throw_openssl("reading a number");
  }
  return value;
}

KeyHandle key_from(const char* kind, OSSL_PARAM_BLD* builder) {
  const ParamsHandle params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    throw_openssl("reading the key");
  }
  return KeyHandle(key);
}

/// d modulo (prime - 1): OpenSSH leaves these two out, OpenSSL wants them.
NumberHandle crt_exponent(const BIGNUM* d, const BIGNUM* prime) {
  const NumberContextHandle scratch(BN_CTX_new());
  const NumberHandle less_one(BN_dup(prime));
  NumberHandle exponent(BN_new());
  if (!scratch || !less_one || !exponent || BN_sub_word(less_one.get(), 1) != 1 ||
      BN_mod(exponent.get(), d, less_one.get(), scratch.get()) != 1) {
    throw_openssl("reading the key");
  }
  return exponent;
}

KeyHandle read_rsa(WireReader& reader) {
  const auto n = number(reader.string());
  const auto e = number(reader.string());
  const auto d = number(reader.string());
  const auto inverse = number(reader.string());
  const auto p = number(reader.string());
  const auto q = number(reader.string());
  const auto dp = crt_exponent(d.get(), p.get());
  const auto dq = crt_exponent(d.get(), q.get());
  const ParamBuilderHandle builder(OSSL_PARAM_BLD_new());
  const std::array<std::pair<const char*, const BIGNUM*>, 8> values{
      {{OSSL_PKEY_PARAM_RSA_N, n.get()},
       {OSSL_PKEY_PARAM_RSA_E, e.get()},
       {OSSL_PKEY_PARAM_RSA_D, d.get()},
       {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
       {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
       {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
       {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},
       {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse.get()}}};
  for (const auto& [name, value] : values) {
    if (OSSL_PARAM_BLD_push_BN(builder.get(), name, value) != 1) {
      throw_openssl("reading the key");
    }
  }
  return key_from("RSA", builder.get());
}

KeyHandle read_ecdsa(WireReader& reader, std::string_view type) {
  const std::string curve(reader.string());
  if (type != "ecdsa-sha2-" + curve) {
    throw Error(Errc::invalid, fmt::format("curve {} in a key of type {}", curve, type));
  }
  const auto point = reader.string();
  const auto secret = number(reader.string());
  const std::string group =
      "P-" + curve.substr(curve.size() - std::min<std::size_t>(3, curve.size()));
  const ParamBuilderHandle builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.c_str(),
                                      0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) != 1) {
    throw_openssl("reading the key");
  }
  return key_from("EC", builder.get());
}

KeyHandle read_ed25519(WireReader& reader) {
  reader.string();                    // the public key
  const auto both = reader.string();  // the seed, then the public key again
  if (both.size() != 64) {
    throw Error(Errc::invalid, "damaged Ed25519 key");
  }
  KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(both), 32));
  if (!key) {
    throw_openssl("reading the key");
  }
  return key;
}

}  // namespace

KeyHandle parse_openssh_key(std::string_view body) {
  WireReader reader(body);
  if (reader.raw(15) != std::string_view("openssh-key-v1\0", 15)) {
    throw Error(Errc::invalid, "not a key in OpenSSH's format");
  }
  const auto cipher = reader.string();
  reader.string();  // key derivation
  reader.string();  // its options
  const auto count = reader.u32();
  if (cipher != "none") {
    throw Error(Errc::invalid, "the key has a passphrase", "use a key without a passphrase");
  }
  if (count != 1) {
    throw Error(Errc::invalid, fmt::format("the file holds {} keys, not one", count));
  }
  reader.string();  // the public key
  WireReader secret(reader.string());
  if (secret.u32() != secret.u32()) {
    throw Error(Errc::invalid, "damaged key");
  }
  const std::string type(secret.string());
  if (type == "ssh-rsa") {
    return read_rsa(secret);
  }
  if (type == "ssh-ed25519") {
    return read_ed25519(secret);
  }
  if (type.starts_with("ecdsa-sha2-nistp")) {
    return read_ecdsa(secret, type);
  }
  throw Error(Errc::invalid, fmt::format("keys of type {} are not supported", type),
              "use an RSA, ECDSA or Ed25519 key");
}

}  // namespace dmachine::ssh
