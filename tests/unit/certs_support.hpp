// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.hpp"
#include "certs/certificate.hpp"
#include "certs/dates.hpp"
#include "certs/pem.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/support/temp.hpp"

#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace dmachine::test {

/// The certs folder of an empty store.
struct CertsFolder {
  CertsFolder() {
    ensure_folder(store.path());
    files = {store / "certs/ca.pem", store / "certs/ca-key.pem", store / "certs/cert.pem",
             store / "certs/key.pem", store / "certs"};
  }
  std::filesystem::path lock() const { return store / ".certs.lock"; }

  TempFolder store;
  certs::AuthorityFiles files;
};

inline certs::CertPtr load_certificate(const std::filesystem::path& path) {
  auto all = certs::parse_certificates(read_file(path));
  return all.empty() ? certs::CertPtr() : std::move(all.front());
}

/// An RSA key that is another one than the last seven: making one takes 50 ms and more.
inline certs::KeyPtr next_key() {
  static std::array<certs::KeyPtr, 8> pool;
  static std::size_t next = 0;
  certs::KeyPtr& key = pool[next++ % pool.size()];
  if (!key) {
    key = certs::generate_key();
  }
  EVP_PKEY_up_ref(key.get());
  return certs::KeyPtr(key.get());
}

inline certs::KeyPtr make_ec_key(const char* curve = "P-256") {
  return certs::KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}

/// A key of any type as PKCS#8.
inline std::string to_pkcs8(EVP_PKEY* key) {
  const certs::BioPtr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return certs::content(memory.get());
}

/// A certificate with its key, not yet in a file.
struct Made {
  certs::CertPtr certificate;
  certs::KeyPtr key;
  certs::Issuer issuer() const { return {certificate.get(), key.get()}; }
  std::string pem() const { return certs::to_pem(certificate.get()); }
  std::string key_pem() const { return certs::to_pem(key.get()).reveal(); }
};

inline Made make_ca(const std::string& organization, certs::KeyPtr key = next_key(),
                    std::chrono::sys_seconds now = certs::current_time()) {
  auto certificate = certs::make_certificate(
      {certs::Profile::authority, organization, key.get(), {}}, nullptr, now);
  return {std::move(certificate), std::move(key)};
}

inline Made make_leaf(certs::Profile profile, const std::string& organization, const Made& ca,
                      const std::vector<std::string>& hosts = {},
                      std::chrono::sys_seconds now = certs::current_time()) {
  auto key = next_key();
  const certs::Issuer issuer = ca.issuer();
  auto certificate =
      certs::make_certificate({profile, organization, key.get(), hosts}, &issuer, now);
  return {std::move(certificate), std::move(key)};
}

/// So long ago that what was made then has expired.
inline std::chrono::sys_seconds long_ago() {
  return certs::current_time() - std::chrono::hours(24 * 1081);
}

/// Without one of its extensions and signed anew.
inline void remove_extension(X509* certificate, int nid, EVP_PKEY* signer) {
  X509_EXTENSION_free(X509_delete_ext(certificate, X509_get_ext_by_NID(certificate, nid, -1)));
  X509_sign(certificate, signer, EVP_sha256());
}

inline void save(const Made& made, const std::filesystem::path& certificate,
                 const std::filesystem::path& key) {
  ensure_folder(certificate.parent_path());
  write_file(key, made.key_pem(), 0600);
  write_file(certificate, made.pem(), 0644);
}

inline unsigned mode_of(const std::filesystem::path& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

/// What `work` writes to stdout, which log::info uses directly.
template <typename Work>
std::string stdout_of(const Work& work) {
  const TempFolder folder;
  std::fflush(stdout);
  const int saved = dup(STDOUT_FILENO);
  std::FILE* file = std::fopen((folder / "out").c_str(), "w");
  dup2(fileno(file), STDOUT_FILENO);
  std::fclose(file);
  try {
    work();
  } catch (...) {
    dup2(saved, STDOUT_FILENO);
    close(saved);
    throw;
  }
  dup2(saved, STDOUT_FILENO);
  close(saved);
  return read_file(folder / "out");
}

/// The message of the Error that `work` throws; empty when it throws none.
template <typename Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace dmachine::test
