// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

/// Owners of OpenSSL's objects, for this folder's sources.
namespace dmachine::ssh {

template <auto free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    free(object);
  }
};

using KeyHandle = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContextHandle = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContextHandle = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using BioHandle = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using NumberHandle = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using NumberContextHandle = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using EcdsaSignatureHandle = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using ParamBuilderHandle = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using ParamsHandle = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

/// Throws Error{internal} `doing: OpenSSL's reason` and empties OpenSSL's queue of errors.
[[noreturn]] void throw_openssl(const char* doing);

}  // namespace dmachine::ssh
