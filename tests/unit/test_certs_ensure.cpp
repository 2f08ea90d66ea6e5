// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>

using namespace dmachine;
using namespace dmachine::test;
using certs::Profile;

namespace {

std::string ensure(const CertsFolder& folder) {
  return stdout_of([&] { certs::ensure_authority(Context(), folder.files, "alice"); });
}

/// All four files' contents, to see what changed.
std::vector<std::string> contents(const CertsFolder& folder) {
  return {read_file(folder.files.ca_cert), read_file(folder.files.ca_key),
          read_file(folder.files.client_cert), read_file(folder.files.client_key)};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

void save_ca(const Made& made, const CertsFolder& folder) {
  save(made, folder.files.ca_cert, folder.files.ca_key);
}
void save_client(const Made& made, const CertsFolder& folder) {
  save(made, folder.files.client_cert, folder.files.client_key);
}

}  // namespace

TEST_CASE("an empty store gets a CA and a client pair that belong together") {
  const CertsFolder folder;
  CHECK(ensure(folder) == fmt::format("Creating CA: {}\nCreating client certificate: {}\n",
                                      folder.files.ca_cert.string(),
                                      folder.files.client_cert.string()));
  certs::check_authority(folder.files);
  CHECK(mode_of(folder.store / "certs") == 0700);
  CHECK(mode_of(folder.files.ca_key) == 0600);
  CHECK(mode_of(folder.files.client_key) == 0600);
  CHECK(mode_of(folder.files.ca_cert) == 0644);
  CHECK(mode_of(folder.files.client_cert) == 0644);
  CHECK(read_file(folder.lock()).empty());
}

TEST_CASE("a store in order is left alone, without taking the lock") {
  const CertsFolder folder;
  ensure(folder);
  const auto before = contents(folder);
  std::filesystem::remove(folder.lock());
  CHECK(ensure(folder).empty());
  CHECK(contents(folder) == before);
  CHECK_FALSE(std::filesystem::exists(folder.lock()));
}

TEST_CASE("a client certificate of another CA is made anew, with a warning") {
  const CertsFolder folder;
  ensure(folder);
  save_client(make_leaf(Profile::client, "alice.<bootstrap>", make_ca("alice")), folder);
  const std::string ca = read_file(folder.files.ca_cert);
  CHECK_FALSE(error_of([&] { certs::check_authority(folder.files); }).empty());
  const std::string out = ensure(folder);
  CHECK_THAT(out, StartsWith(fmt::format("Client certificate {} does not fit CA {} (",
                                         folder.files.client_cert.string(),
                                         folder.files.ca_cert.string())));
  CHECK(count(out, "Creating client certificate: ") == 1);
  CHECK(read_file(folder.files.ca_cert) == ca);
  certs::check_authority(folder.files);
}

TEST_CASE("a client key that is missing or another's is made anew together with the certificate") {
  const CertsFolder folder;
  ensure(folder);
  std::filesystem::remove(folder.files.client_key);
  CHECK(count(ensure(folder), "Creating client certificate: ") == 1);
  certs::check_authority(folder.files);

  write_file(folder.files.client_key, make_ca("x").key_pem(), 0600);
  CHECK_THAT(ensure(folder), ContainsSubstring("tls: private key does not match public key"));
  certs::check_authority(folder.files);
}

TEST_CASE("an outdated CA is made anew, and the client with it, though the client has not ended") {
  const CertsFolder folder;
  const Made old = make_ca("alice", next_key(), long_ago());
  save_ca(old, folder);
  save_client(make_leaf(Profile::client, "alice.<bootstrap>", old), folder);
  const std::string out = ensure(folder);
  CHECK_THAT(out,
             StartsWith("CA certificate is outdated and needs to be regenerated\nCreating CA: "));
  CHECK(count(out, "Creating client certificate: ") == 1);
  certs::check_authority(folder.files);
}

TEST_CASE("an outdated client certificate is made anew under the CA that is there") {
  const CertsFolder folder;
  const Made ca = make_ca("alice");
  save_ca(ca, folder);
  save_client(make_leaf(Profile::client, "alice.<bootstrap>", ca, {}, long_ago()), folder);
  CHECK(ensure(folder) ==
        fmt::format("Client certificate is outdated and needs to be regenerated\nCreating client "
                    "certificate: {}\n",
                    folder.files.client_cert.string()));
  CHECK(read_file(folder.files.ca_cert) == ca.pem());
  certs::check_authority(folder.files);
}

TEST_CASE("a key without its certificate is not overwritten") {
  const CertsFolder folder;
  const Made ca = make_ca("alice");
  save_ca(ca, folder);
  std::filesystem::remove(folder.files.ca_cert);
  CHECK(error_of([&] { ensure(folder); }) == "certificate authority key already exists");
  CHECK(read_file(folder.files.ca_key) == ca.key_pem());

  save_ca(ca, folder);
  write_file(folder.files.client_key, "mine", 0600);
  CHECK(error_of([&] { ensure(folder); }) == "client key already exists");
  CHECK(read_file(folder.files.client_key) == "mine");
}

TEST_CASE("a key that a killed run left behind is replaced") {
  const CertsFolder folder;
  save_ca(make_ca("alice"), folder);
  std::filesystem::remove(folder.files.ca_cert);
  write_file(folder.lock(), folder.files.ca_key.string(), 0600);
  CHECK(count(ensure(folder), "Creating ") == 2);
  certs::check_authority(folder.files);

  std::filesystem::remove(folder.files.client_cert);
  write_file(folder.lock(), folder.files.client_key.string(), 0600);
  CHECK(count(ensure(folder), "Creating ") == 1);
  certs::check_authority(folder.files);
}

TEST_CASE("a run that ends between key and certificate leaves word for the next one") {
  CertsFolder folder;
  // Fits as a name, but not with what a temporary file's name has in addition: writing fails after
  // the key.
  folder.files.ca_cert = folder.store / ("certs/" + std::string(250, 'x'));
  const std::string why = error_of([&] { ensure(folder); });
  CHECK_THAT(why, EndsWith("file name too long"));
  CHECK(std::filesystem::exists(folder.files.ca_key));
  CHECK(read_file(folder.lock()) == folder.files.ca_key.string());
  folder.files.ca_cert = folder.store / "certs/ca.pem";
  ensure(folder);
  certs::check_authority(folder.files);
  CHECK(read_file(folder.lock()).empty());
}

TEST_CASE("a run killed at any moment is taken up by the next one") {
  for (int i = 0; i < 10; ++i) {
    const CertsFolder folder;
    const pid_t child = fork();
    if (child == 0) {
      const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
      dup2(nowhere, STDOUT_FILENO);
      try {
        certs::ensure_authority(Context(), folder.files, "alice");
      } catch (...) {
      }
      _exit(0);
    }
    Context().sleep(Duration(i * 20));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    ensure(folder);
    certs::check_authority(folder.files);
  }
}

TEST_CASE("files that the user brought are never replaced") {
  const CertsFolder folder;
  // Names with more than an organisation are nobody's but the user's.
  const auto give_name = [](const Made& made, EVP_PKEY* signer) {
    const unsigned char name[] = "mine";
    X509_NAME_add_entry_by_NID(X509_get_subject_name(made.certificate.get()), NID_commonName,
                               V_ASN1_UTF8STRING, name, 4, -1, 0);
    X509_sign(made.certificate.get(), signer, EVP_sha256());
  };
  SECTION("an expired CA") {
    const Made ca = make_ca("alice", next_key(), long_ago());
    give_name(ca, ca.key.get());
    save_ca(ca, folder);
    CHECK(error_of([&] { ensure(folder); }) ==
          folder.files.ca_cert.string() + ": certificate has expired");
    CHECK(read_file(folder.files.ca_key) == ca.key_pem());
  }
  SECTION("a client certificate of another CA") {
    save_ca(make_ca("alice"), folder);
    const Made other = make_ca("other");
    const Made client = make_leaf(Profile::client, "alice.<bootstrap>", other);
    give_name(client, other.key.get());
    save_client(client, folder);
    CHECK_THAT(error_of([&] { ensure(folder); }),
               StartsWith(folder.files.client_cert.string() + ": "));
    CHECK(read_file(folder.files.client_key) == client.key_pem());
  }
  SECTION("a client certificate of a program that names it otherwise") {
    save_ca(make_ca("alice"), folder);
    save_client(make_leaf(Profile::client, "alice", make_ca("other")), folder);
    CHECK_FALSE(error_of([&] { ensure(folder); }).empty());
  }
}

TEST_CASE("a foreign, missing or unusable CA key is refused before anything is made") {
  const CertsFolder folder;
  const Made ca = make_ca("alice");
  save_ca(ca, folder);
  write_file(folder.files.ca_key, make_ca("alice").key_pem(), 0600);
  const std::string prefix = "failure generating client certificate: ";
  CHECK(error_of([&] { ensure(folder); }) == prefix + "tls: private key does not match public key");
  write_file(folder.files.ca_key, "", 0600);
  CHECK(error_of([&] { ensure(folder); }) ==
        prefix + "tls: failed to find any PEM data in key input");
  std::filesystem::remove(folder.files.ca_key);
  CHECK(error_of([&] { ensure(folder); }) ==
        prefix + "open " + folder.files.ca_key.string() + ": no such file or directory");
  CHECK_FALSE(std::filesystem::exists(folder.files.client_key));

  save_ca(ca, folder);
  ensure(folder);
  write_file(folder.files.ca_key, make_ca("alice").key_pem(), 0600);
  CHECK(ensure(folder).empty());
  CHECK(error_of([&] { certs::check_authority(folder.files); }) ==
        "tls: private key does not match public key");
  std::filesystem::remove(folder.files.ca_key);
  CHECK(error_of([&] { certs::check_authority(folder.files); }) ==
        "open " + folder.files.ca_key.string() + ": no such file or directory");
}

TEST_CASE("files without a certificate are named in the reference's words") {
  const CertsFolder folder;
  ensure_folder(folder.store / "certs");
  write_file(folder.files.ca_cert, "", 0644);
  CHECK(error_of([&] { ensure(folder); }) == "Failed to decode PEM data");
  std::filesystem::remove(folder.files.ca_cert);
  ensure(folder);
  write_file(folder.files.client_cert, "junk", 0644);
  CHECK(error_of([&] { ensure(folder); }) == "Failed to decode PEM data");
}

TEST_CASE("missing folders: the certs folder is made, a folder of the user's is not") {
  CertsFolder folder;
  folder.files.ca_cert = folder.store / "own/ca.pem";
  folder.files.ca_key = folder.store / "own/ca-key.pem";
  CHECK(error_of([&] { ensure(folder); }) ==
        fmt::format("generating CA certificate failed: open {}: no such file or directory",
                    folder.files.ca_cert.string()));
  ensure_folder(folder.store / "own");
  ensure(folder);
  certs::check_authority(folder.files);
  CHECK(std::filesystem::exists(folder.lock()));

  write_file(folder.store / "file", "", 0600);
  folder.files = {folder.store / "file/certs/ca.pem", folder.store / "file/certs/ca-key.pem",
                  folder.store / "file/certs/cert.pem", folder.store / "file/certs/key.pem"};
  CHECK_THAT(error_of([&] { ensure(folder); }),
             StartsWith("creating machine certificate dir failed: mkdir "));
}

TEST_CASE("the user's own CA may be EC in PKCS#8, in a file with other certificates and text") {
  const CertsFolder folder;
  const Made ca = make_ca("Example GmbH", make_ec_key());
  ensure_folder(folder.store / "certs");
  write_file(folder.files.ca_cert, "subject=Example\n" + ca.pem() + make_ca("another").pem(), 0644);
  write_file(folder.files.ca_key, to_pkcs8(ca.key.get()), 0600);
  CHECK(count(ensure(folder), "Creating ") == 1);
  certs::check_authority(folder.files);
  const auto pair = certs::issue_server(folder.files, "alice.m1", {"10.0.0.1", "localhost"},
                                        certs::ServerKind::engine);
  const auto chain = certs::parse_pair(pair.certificate_pem, pair.key_pem.reveal());
  CHECK(X509_verify(chain.chain.front().get(), ca.key.get()) == 1);
}

TEST_CASE("an own CA elsewhere does not take the client certificate that other machines need") {
  CertsFolder folder;
  ensure(folder);
  const auto client = read_file(folder.files.client_cert);
  folder.files.ca_cert = folder.store / "own/ca.pem";
  folder.files.ca_key = folder.store / "own/ca-key.pem";
  save_ca(make_ca("own"), folder);
  CHECK_THAT(error_of([&] { ensure(folder); }),
             StartsWith("client certificate " + folder.files.client_cert.string() +
                        " does not verify under CA "));
  CHECK(read_file(folder.files.client_cert) == client);
  folder.files.client_cert = folder.store / "own/cert.pem";
  folder.files.client_key = folder.store / "own/key.pem";
  CHECK(count(ensure(folder), "Creating client certificate: ") == 1);
  certs::check_authority(folder.files);
}

TEST_CASE("a CA certificate that may not sign is refused before its certificates are") {
  const CertsFolder folder;
  const Made root = make_ca("alice");
  const Made leaf = make_leaf(Profile::server, "leaf", root, {"10.0.0.1"});
  save_ca(leaf, folder);
  CHECK_THAT(error_of([&] { ensure(folder); }),
             ContainsSubstring("x509: certificate is not authorized to sign other certificates"));
}

TEST_CASE(
    "a store of the published 2019 binary, whose CA has no key identifier, is used as it is") {
  const CertsFolder folder;
  const Made ca = make_ca("alice");
  remove_extension(ca.certificate.get(), NID_subject_key_identifier, ca.key.get());
  save_ca(ca, folder);
  save_client(make_leaf(Profile::client, "alice.<bootstrap>", ca), folder);
  CHECK(ensure(folder).empty());
  certs::check_authority(folder.files);
}

TEST_CASE("check_authority refuses what has expired or has not begun") {
  const CertsFolder folder;
  const Made ca = make_ca("alice", next_key(), certs::current_time() + std::chrono::hours(24));
  save_ca(ca, folder);
  save_client(make_leaf(Profile::client, "alice.<bootstrap>", ca), folder);
  CHECK_THAT(error_of([&] { certs::check_authority(folder.files); }),
             StartsWith(folder.files.ca_cert.string() +
                        ": x509: certificate has expired or is not yet valid: current time "));
}

TEST_CASE("check_authority warns of a CA key that others can read") {
  const CertsFolder folder;
  ensure(folder);
  chmod(folder.files.ca_key.c_str(), 0640);
  CHECK(stdout_of([&] { certs::check_authority(folder.files); }) ==
        fmt::format("CA key {} can be read by others (mode 0640): set it to 0600\n",
                    folder.files.ca_key.string()));
}

TEST_CASE("twenty processes that start at once in an empty store make one CA and one client") {
  for (int round = 0; round < 4; ++round) {
    CAPTURE(round);
    const CertsFolder folder;
    const auto out = folder.store / "out";
    std::array<int, 2> start{};
    REQUIRE(pipe(start.data()) == 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 20; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        close(start[1]);
        dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDOUT_FILENO);
        char go = 0;
        static_cast<void>(!read(start[0], &go, 1));  // until the parent closes the other end
        int status = 0;
        try {
          certs::ensure_authority(Context(), folder.files, "alice");
          certs::check_authority(folder.files);
        } catch (const std::exception& error) {
          log::error(error.what());
          status = 1;
        }
        _exit(status);
      }
      children.push_back(child);
    }
    close(start[0]);
    close(start[1]);
    for (const pid_t child : children) {
      int status = -1;
      waitpid(child, &status, 0);
      CHECK(status == 0);
    }
    certs::check_authority(folder.files);
    const std::string lines = read_file(out);
    CHECK(count(lines, "Creating CA: ") == 1);
    CHECK(count(lines, "Creating client certificate: ") == 1);
    CHECK(count(lines, "\n") == 2);
  }
}

TEST_CASE("twenty processes that find a broken client certificate heal it once") {
  const CertsFolder folder;
  ensure(folder);
  save_client(make_leaf(Profile::client, "alice.<bootstrap>", make_ca("alice")), folder);
  const auto out = folder.store / "out";
  std::vector<pid_t> children;
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDOUT_FILENO);
      try {
        certs::ensure_authority(Context(), folder.files, "alice");
        certs::check_authority(folder.files);
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(count(read_file(out), "Creating client certificate: ") == 1);
}

TEST_CASE("waiting for the lock ends with the stop") {
  const CertsFolder folder;
  ensure_folder(folder.store / "certs");
  const auto held = FileLock::acquire(Context(), folder.lock());
  StopSource stop;
  stop.request_stop();
  CHECK_THROWS_AS(certs::ensure_authority(Context(stop.token()), folder.files, "alice"), Cancelled);
  CHECK_THAT(error_of([&] {
               certs::ensure_authority(Context().within(Duration(50)), folder.files, "alice");
             }),
             ContainsSubstring("timed out"));
}

TEST_CASE("the organisation is the user's name, or unknown") {
  {
    const ScopedEnv user("USER", "alice");
    CHECK(certs::default_organization() == "alice");
  }
  const ScopedEnv user("USER", "");
  CHECK(certs::default_organization() == "unknown");
}

TEST_CASE("what ends soon is made anew where that was asked for, and only there") {
  const CertsFolder folder;
  const auto nearly = certs::current_time() - std::chrono::hours(24 * 1060);
  const auto renew = [&] {
    return stdout_of([&] {
      certs::ensure_authority(Context(), folder.files, "alice", certs::Renewal::when_ending_soon);
    });
  };
  SECTION("the client certificate alone") {
    const Made ca = make_ca("alice");
    save_ca(ca, folder);
    save_client(make_leaf(Profile::client, "alice.<bootstrap>", ca, {}, nearly), folder);
    CHECK(ensure(folder).empty());
    CHECK(renew() == fmt::format("Client certificate ends soon and needs to be regenerated\n"
                                 "Creating client certificate: {}\n",
                                 folder.files.client_cert.string()));
    CHECK(read_file(folder.files.ca_cert) == ca.pem());
  }
  SECTION("the CA, and the client certificate with it") {
    const Made ca = make_ca("alice", next_key(), nearly);
    save_ca(ca, folder);
    save_client(make_leaf(Profile::client, "alice.<bootstrap>", ca), folder);
    CHECK(ensure(folder).empty());
    const std::string out = renew();
    CHECK_THAT(out, StartsWith("CA certificate ends soon and needs to be regenerated\n"));
    CHECK(count(out, "Machines that were made before trust the old CA alone: ") == 1);
    CHECK_THAT(out, !ContainsSubstring("does not fit"));
    CHECK(count(out, "Creating client certificate: ") == 1);
    CHECK(read_file(folder.files.ca_cert) != ca.pem());
  }
  SECTION("not while the client certificate lies elsewhere, where other machines may need it") {
    CertsFolder other;
    other.files.ca_cert = other.store / "own/ca.pem";
    other.files.ca_key = other.store / "own/ca-key.pem";
    const Made ca = make_ca("alice", next_key(), nearly);
    save_ca(ca, other);
    save_client(make_leaf(Profile::client, "alice.<bootstrap>", ca), other);
    CHECK(stdout_of([&] {
            certs::ensure_authority(Context(), other.files, "alice",
                                    certs::Renewal::when_ending_soon);
          }).empty());
    return;
  }
  certs::check_authority(folder.files);
  CHECK(renew().empty());
}
