// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/trust.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace dmachine::cloud {

namespace fs = std::filesystem;

namespace {

/// As Go searches them.
constexpr std::array<const char*, 6> bundles{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL 6
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/pki/tls/cacert.pem",                            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL 7 and later
    "/etc/ssl/cert.pem",                                  // Alpine without ca-certificates
};
constexpr std::array<const char*, 2> folders{"/etc/ssl/certs", "/etc/pki/tls/certs"};

/// `5ad8a5d6.0`, as `openssl rehash` names them.
bool is_hashed_name(const std::string& name) {
  return name.size() > 9 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8 &&
         name.find_first_not_of("0123456789", 9) == std::string::npos;
}

/// Whether the system keeps all its authorities in this folder by hash. Then a look-up reads the
/// one it needs, and the 20 ms are saved that OpenSSL 3 takes to read a whole bundle. A handful of
/// hashed names is somebody's own, with a bundle beside it.
bool is_complete(const std::string& folder) {
  std::error_code failure;
  int hashed = 0;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    hashed += is_hashed_name(entry->path().filename().string()) ? 1 : 0;
  }
  return !failure && hashed >= 50;
}

std::vector<std::string> existing_folders(const std::string& root) {
  std::vector<std::string> found;
  for (const auto* const folder : folders) {
    std::error_code failure;
    if (fs::is_directory(root + folder, failure)) {
      found.push_back(root + folder);
    }
  }
  return found;
}

std::string find_bundle(const std::string& root) {
  for (const auto* const bundle : bundles) {
    if (const auto path = root + bundle; access(path.c_str(), R_OK) == 0) {
      return path;
    }
  }
  return "";
}

/// What this system trusts.
Trust find_system_trust(const std::string& root) {
  Trust trust;
  const auto found = existing_folders(root);
  trust.folders = join(found, ":");
  if (std::any_of(found.begin(), found.end(), is_complete)) {
    return trust;
  }
  trust.file = find_bundle(root);
  if (trust.file.empty()) {
    trust.note = fmt::format(
        "this system has no certificate authorities in {}, nor by hash in {}; install its package "
        "ca-certificates, or name a file of them in SSL_CERT_FILE",
        join(std::vector<std::string>(bundles.begin(), bundles.end()), ", "),
        join(std::vector<std::string>(folders.begin(), folders.end()), ", "));
  }
  return trust;
}

/// All certificates of the files in the folders; whatever cannot be read is passed over.
std::string certificates_in(const std::string& list) {
  std::string all;
  for (const auto& folder : split(list, ':')) {
    std::error_code failure;
    for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
      std::error_code unreadable;
      if (!entry->is_regular_file(unreadable)) {
        continue;
      }
      try {
        const auto content = read_file(entry->path());
        if (content.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
          all += content + '\n';
        }
      } catch (
          const Error&) {  // NOLINT(bugprone-empty-catch): one bad file must not cost the others
      }
    }
  }
  return all;
}

}  // namespace

Trust find_trust(const std::string& root) {
  const auto file = find_env("SSL_CERT_FILE");
  const auto folder = find_env("SSL_CERT_DIR");
  if (!file && !folder) {
    return find_system_trust(root);
  }
  Trust trust;
  if (!file) {
    trust.file = find_bundle(root);
  } else if (access(file->c_str(), R_OK) == 0) {
    trust.file = *file;
  } else {
    trust.note = fmt::format("SSL_CERT_FILE names {}, which cannot be read", go_quote(*file));
  }
  if (!folder) {
    trust.folders = join(existing_folders(root), ":");
    return trust;
  }
  trust.folders = *folder;
  trust.pem = certificates_in(*folder);
  if (trust.pem.empty()) {
    trust.note =
        fmt::format("SSL_CERT_DIR names {}, which holds no certificates", go_quote(*folder));
  } else if (!trust.file.empty()) {
    trust.pem += read_file(trust.file);
  }
  return trust;
}

}  // namespace dmachine::cloud
