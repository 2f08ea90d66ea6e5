// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/pem.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <optional>

namespace dmachine::certs {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Errc::invalid, why);
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The PEM blocks of a text, one after the other. What looks broken is passed over, as Go does.
class Blocks {
 public:
  explicit Blocks(std::string_view pem)
      : source_(check(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "reading PEM")) {}
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;
  ~Blocks() { drop(); }

  bool next() {
    for (;;) {
      drop();
      ERR_clear_error();
      if (PEM_read_bio(source_.get(), &type_, &header_, &der_, &length_) == 1) {
        return true;
      }
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (at_end) {
        return false;
      }
    }
  }

  std::string_view type() const { return type_; }
  bool is_encrypted() const {
    return std::string_view(header_).find("ENCRYPTED") != std::string_view::npos ||
           type() == "ENCRYPTED PRIVATE KEY";
  }
  const unsigned char* der() const { return der_; }
  long length() const { return length_; }

 private:
  void drop() {
    OPENSSL_free(type_);
    OPENSSL_free(header_);
    OPENSSL_clear_free(der_, static_cast<std::size_t>(length_));  // may be a key
    type_ = header_ = nullptr;
    der_ = nullptr;
    length_ = 0;
  }

  BioPtr source_;
  char* type_ = nullptr;
  char* header_ = nullptr;
  unsigned char* der_ = nullptr;
  long length_ = 0;
};

CertPtr parse_certificate(const Blocks& block) {
  const unsigned char* at = block.der();
  CertPtr certificate(d2i_X509(nullptr, &at, block.length()));
  if (!certificate || at != block.der() + block.length()) {
    ERR_clear_error();
    refuse("x509: malformed certificate");
  }
  return certificate;
}

struct Found {
  std::vector<CertPtr> certificates;
  std::vector<std::string> skipped;  // types of the blocks between
};

Found find_certificates(std::string_view pem) {
  Found found;
  Blocks blocks(pem);
  while (blocks.next()) {
    if (blocks.type() == "CERTIFICATE") {
      found.certificates.push_back(parse_certificate(blocks));
    } else {
      found.skipped.emplace_back(blocks.type());
    }
  }
  return found;
}

std::vector<CertPtr> certificates_of_pair(std::string_view pem) {
  Found found = find_certificates(pem);
  if (!found.certificates.empty()) {
    return std::move(found.certificates);
  }
  if (found.skipped.empty()) {
    refuse("tls: failed to find any PEM data in certificate input");
  }
  if (found.skipped.size() == 1 && ends_with(found.skipped[0], "PRIVATE KEY")) {
    refuse(
        "tls: failed to find certificate PEM data in certificate input, but did find a private "
        "key; "
        "PEM inputs may have been switched");
  }
  refuse(
      fmt::format("tls: failed to find \"CERTIFICATE\" PEM block in certificate input after "
                  "skipping PEM blocks of the following types: [{}]",
                  join(found.skipped, " ")));
}

KeyPtr parse_private_key(std::string_view pem) {
  Blocks blocks(pem);
  std::vector<std::string> skipped;
  while (blocks.next()) {
    if (!ends_with(blocks.type(), "PRIVATE KEY")) {
      skipped.emplace_back(blocks.type());
      continue;
    }
    const unsigned char* at = blocks.der();
    KeyPtr key(blocks.is_encrypted() ? nullptr : d2i_AutoPrivateKey(nullptr, &at, blocks.length()));
    ERR_clear_error();
    if (!key) {
      refuse("tls: failed to parse private key");
    }
    return key;
  }
  if (skipped.empty()) {
    refuse("tls: failed to find any PEM data in key input");
  }
  if (skipped.size() == 1 && skipped[0] == "CERTIFICATE") {
    refuse("tls: found a certificate rather than a key in the PEM for the private key");
  }
  refuse(
      fmt::format("tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input "
                  "after skipping PEM blocks of the following types: [{}]",
                  join(skipped, " ")));
}

}  // namespace

std::vector<CertPtr> parse_certificates(std::string_view pem) {
  return find_certificates(pem).certificates;
}

Pair parse_pair(std::string_view certificate_pem, std::string_view key_pem) {
  Pair pair{certificates_of_pair(certificate_pem), parse_private_key(key_pem)};
  const EVP_PKEY* certified = X509_get0_pubkey(pair.chain.front().get());
  if (certified == nullptr) {
    ERR_clear_error();
    refuse("tls: unknown public key algorithm");
  }
  if (EVP_PKEY_get_base_id(certified) != EVP_PKEY_get_base_id(pair.key.get())) {
    refuse("tls: private key type does not match public key type");
  }
  if (EVP_PKEY_eq(certified, pair.key.get()) != 1) {
    ERR_clear_error();
    refuse("tls: private key does not match public key");
  }
  return pair;
}

std::string to_pem(X509* certificate) {
  const BioPtr memory(check(BIO_new(BIO_s_mem()), "writing certificate"));
  check(PEM_write_bio_X509(memory.get(), certificate), "writing certificate");
  return content(memory.get());
}

Secret to_pem(EVP_PKEY* key) {
  const BioPtr memory(check(BIO_new(BIO_s_secmem()), "writing key"));
  check(PEM_write_bio_PrivateKey_traditional(memory.get(), key, nullptr, nullptr, 0, nullptr,
                                             nullptr),
        "writing key");
  return Secret(content(memory.get()));
}

}  // namespace dmachine::certs
