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
bool is_complete(const char* folder) {
  std::error_code failure;
  int hashed = 0;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    hashed += is_hashed_name(entry->path().filename().string()) ? 1 : 0;
  }
  return !failure && hashed >= 50;
}

std::string existing_folders() {
  std::vector<std::string> found;
  std::error_code failure;
  std::copy_if(folders.begin(), folders.end(), std::back_inserter(found),
               [&](const char* folder) { return fs::is_directory(folder, failure); });
  return join(found, ":");
}

std::string find_bundle() {
  const auto* const found = std::find_if(bundles.begin(), bundles.end(),
                                         [](const char* path) { return access(path, R_OK) == 0; });
  return found == bundles.end() ? "" : *found;
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

Trust find_trust() {
  Trust trust;
  const auto file = find_env("SSL_CERT_FILE");
  const auto folder = find_env("SSL_CERT_DIR");
  if (file && access(file->c_str(), R_OK) == 0) {
    trust.file = *file;
  } else if (file) {
    trust.note = fmt::format("SSL_CERT_FILE names {}, which cannot be read", go_quote(*file));
  } else if (!folder && std::any_of(folders.begin(), folders.end(), is_complete)) {
    trust.folders = existing_folders();
    return trust;
  } else {
    trust.file = find_bundle();
  }
  if (!folder) {
    trust.folders = existing_folders();
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
