// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

/// Owners of OpenSSL's handles, and its failures as exceptions. For certs/ and engine/ only.
namespace dmachine::certs {

template <auto release>
struct Release {
  template <typename Handle>
  void operator()(Handle* handle) const {
    release(handle);
  }
};

using BioPtr = std::unique_ptr<BIO, Release<BIO_free_all>>;
using NumberPtr = std::unique_ptr<BIGNUM, Release<BN_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Release<X509_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;

/// Throws Error{internal} `DOING: REASON` with the first reason in OpenSSL's queue, and empties the
/// queue.
[[noreturn]] void throw_openssl(std::string_view doing);

/// For calls that return 1 on success.
inline void check(int result, std::string_view doing) {
  if (result != 1) {
    throw_openssl(doing);
  }
}

/// For calls that return a handle, or null.
template <typename Handle>
Handle* check(Handle* handle, std::string_view doing) {
  if (handle == nullptr) {
    throw_openssl(doing);
  }
  return handle;
}

/// What a memory BIO has collected.
std::string content(BIO* memory);

}  // namespace dmachine::certs
