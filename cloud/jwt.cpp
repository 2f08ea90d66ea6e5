// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/jwt.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>

namespace dmachine::cloud {

namespace {

struct Cleanup {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
};
using Key = std::unique_ptr<EVP_PKEY, Cleanup>;

/// OpenSSL would ask the terminal for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

Key read_key(const Secret& pem) {
  const std::string& text = pem.reveal();
  const std::unique_ptr<BIO, Cleanup> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  // What OpenSSL queued is about our text: none of it may show up in a later error.
  ERR_clear_error();
  if (!key) {
    throw Error(Errc::invalid, "private key should be a PEM or plain PKCS1 or PKCS8",
                "the key has to be without a passphrase");
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    throw Error(Errc::invalid, "private key is not an RSA key");
  }
  return key;
}

/// RSASSA-PSS by RFC 7518, section 3.5: the salt is as long as the digest.
bool use_pss(EVP_PKEY_CTX* settings) {
  return EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1;
}

enum class Padding { pkcs1, pss };

std::string sign(std::string_view text, const Secret& pem_key, Padding padding) {
  const Key key = read_key(pem_key);
  const std::unique_ptr<EVP_MD_CTX, Cleanup> ctx(EVP_MD_CTX_new());
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  std::string signature(size, '\0');
  auto* out =
      reinterpret_cast<unsigned char*>(signature.data());  // NOLINT: OpenSSL's idea of bytes
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());  // NOLINT
  EVP_PKEY_CTX* settings = nullptr;
  if (!ctx || EVP_DigestSignInit(ctx.get(), &settings, EVP_sha256(), nullptr, key.get()) != 1 ||
      (padding == Padding::pss && !use_pss(settings)) ||
      EVP_DigestSign(ctx.get(), out, &size, in, text.size()) != 1) {
    ERR_clear_error();
    throw Error(Errc::invalid, "private key cannot sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

std::string rs256_sign(std::string_view text, const Secret& pem_key) {
  return sign(text, pem_key, Padding::pkcs1);
}

void require_rsa_key(const Secret& pem_key) {
  static_cast<void>(read_key(pem_key));
}

Secret make_jwt(const Json& header, const Json& claims, const Secret& pem_key) {
  std::string token = base64url_encode(header.dump()) + "." + base64url_encode(claims.dump());
  const bool is_pss = header.value("alg", "") == "PS256";
  const auto signature = sign(token, pem_key, is_pss ? Padding::pss : Padding::pkcs1);
  return Secret(std::move(token) + "." + base64url_encode(signature));
}

}  // namespace dmachine::cloud
