// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/trust.hpp"
#include "core/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <filesystem>

using namespace dmachine;
using namespace dmachine::cloud;
using dmachine::test::ScopedEnv;
using dmachine::test::TempFolder;

namespace {

/// A root file system with these files in it, and nothing asked for by the environment.
class Root {
 public:
  explicit Root(const std::vector<std::string>& files) {
    for (const auto& file : files) {
      std::filesystem::create_directories((path() + file).substr(0, (path() + file).rfind('/')));
      write_file(path() + file, "-----BEGIN CERTIFICATE-----\n", 0644);
    }
  }
  std::string path() const { return folder_.path().string(); }

 private:
  TempFolder folder_;
  ScopedEnv no_file_{"SSL_CERT_FILE", ""};
  ScopedEnv no_folder_{"SSL_CERT_DIR", ""};
};

std::vector<std::string> hashed_names(const std::string& folder, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back(folder + "/" + std::to_string(10'000'000 + i) + ".0");
  }
  return names;
}

}  // namespace

TEST_CASE("The bundle of each distribution is found") {
  const std::string bundle = GENERATE("/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine
                                      "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora, ubi-micro
                                      "/etc/ssl/ca-bundle.pem",              // SUSE
                                      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL
                                      "/etc/ssl/cert.pem");  // Alpine's base image
  const Root root({bundle});
  const auto trust = find_trust(root.path());
  CHECK(trust.file == root.path() + bundle);
  CHECK(trust.note.empty());
}

TEST_CASE("A folder with all authorities by hash spares reading the bundle, a few do not") {
  auto files = hashed_names("/etc/ssl/certs", 60);
  files.emplace_back("/etc/ssl/certs/ca-certificates.crt");
  const Root whole(files);
  CHECK(find_trust(whole.path()).file.empty());
  CHECK(find_trust(whole.path()).folders == whole.path() + "/etc/ssl/certs");

  files = hashed_names("/etc/ssl/certs", 3);
  files.emplace_back("/etc/ssl/certs/ca-certificates.crt");
  const Root few(files);
  CHECK(find_trust(few.path()).file == few.path() + "/etc/ssl/certs/ca-certificates.crt");
}

TEST_CASE("A system without authorities is told so, with the places and the way out") {
  const Root root({"/etc/ssl/certs/README"});
  const auto trust = find_trust(root.path());
  CHECK(trust.file.empty());
  CHECK_THAT(trust.note,
             ContainsSubstring("/etc/ssl/certs/ca-certificates.crt, ") &&
                 ContainsSubstring("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem, ") &&
                 ContainsSubstring("SSL_CERT_FILE"));
}

TEST_CASE("SSL_CERT_FILE is enough on a system without authorities") {
  const Root root({"/company.pem"});
  const ScopedEnv named("SSL_CERT_FILE", root.path() + "/company.pem");
  const auto trust = find_trust(root.path());
  CHECK(trust.file == root.path() + "/company.pem");
  CHECK(trust.note.empty());
}
