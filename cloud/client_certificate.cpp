// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/client_certificate.hpp"

#include "core/error.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace dmachine::cloud {

namespace {

struct Cleanup {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(PKCS12* file) const { PKCS12_free(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Cleanup>;
using Certificate = std::unique_ptr<X509, Cleanup>;
using Bio = std::unique_ptr<BIO, Cleanup>;

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Gives OpenSSL our password; without one it would ask the terminal.
int give_password(char* buffer, int size, int /*writing*/, void* data) {
  const auto& password = *static_cast<const std::string*>(data);
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) {
    return -1;
  }
  std::memcpy(buffer, password.data(), password.size());
  return static_cast<int>(password.size());
}

Error refuse(const std::string& why) {
  // What OpenSSL queued is about our text: none of it may show up in a later error.
  ERR_clear_error();
  return {
      Errc::invalid, why,
      "wanted is a PEM file with the private key and its certificate, or a PKCS#12 file (.pfx)"};
}

ClientCertificate pack(const Key& key, const Certificate& certificate) {
  const Bio pem(BIO_new(BIO_s_secmem()));
  if (!pem || PEM_write_bio_PKCS8PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) != 1) {
    throw refuse("the private key cannot be read");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  ClientCertificate made;
  made.key = Secret(std::string(text, static_cast<std::size_t>(size)));
  const int length = i2d_X509(certificate.get(), nullptr);
  made.der.resize(static_cast<std::size_t>(std::max(length, 0)));
  auto* out = reinterpret_cast<unsigned char*>(made.der.data());  // NOLINT: OpenSSL's bytes
  i2d_X509(certificate.get(), &out);
  ERR_clear_error();
  return made;
}

ClientCertificate parse_pem(const std::string& text, std::string password) {
  const Key key(PEM_read_bio_PrivateKey(reader(text).get(), nullptr, &give_password, &password));
  wipe(password);
  if (!key) {
    throw refuse("there is no private key that can be read");
  }
  const auto source = reader(text);
  while (Certificate certificate{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
    if (X509_check_private_key(certificate.get(), key.get()) == 1) {
      return pack(key, certificate);
    }
  }
  throw refuse("there is no certificate of the private key");
}

ClientCertificate parse_pkcs12(const std::string& bytes, const std::string& password) {
  const std::unique_ptr<PKCS12, Cleanup> file(d2i_PKCS12_bio(reader(bytes).get(), nullptr));
  if (!file) {
    throw refuse("it is neither PEM nor PKCS#12");
  }
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  const int good = PKCS12_parse(file.get(), password.c_str(), &key, &certificate, nullptr);
  const Key owned_key(key);
  const Certificate owned_certificate(certificate);
  if (good != 1) {
    throw refuse("the PKCS#12 file cannot be opened with the password given");
  }
  if (!owned_key || !owned_certificate) {
    throw refuse("the PKCS#12 file lacks the private key or its certificate");
  }
  return pack(owned_key, owned_certificate);
}

}  // namespace

ClientCertificate parse_client_certificate(const Secret& content, const Secret& password) {
  const std::string& text = content.reveal();
  return text.find("-----BEGIN ") != std::string::npos ? parse_pem(text, password.reveal())
                                                       : parse_pkcs12(text, password.reveal());
}

}  // namespace dmachine::cloud
