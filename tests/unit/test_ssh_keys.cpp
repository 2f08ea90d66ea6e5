// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ssh/identity.hpp"
#include "ssh/key_pair.hpp"
#include "ssh/private_key.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

using namespace dmachine;
using namespace dmachine::ssh;

namespace {

std::filesystem::path data_file(const std::string& name) {
  return std::filesystem::path(DMACHINE_SOURCE_DIR) / "tests/data/ssh" / name;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

std::string message_of(const std::filesystem::path& key) {
  try {
    public_key_line(key);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.what();
  }
  FAIL("the key was read");
  return {};
}

}  // namespace

TEST_CASE("the public key of every kind of key file is the one ssh-keygen wrote") {
  for (const auto* name : {"ed25519_openssh", "rsa_openssh", "rsa_pkcs1", "rsa_pkcs8",
                           "ecdsa256_sec1", "ecdsa384_openssh", "ecdsa521_pkcs8"}) {
    INFO(name);
    CHECK(public_key_line(data_file(name)) ==
          trim(read_file(data_file(std::string(name) + ".pub"))));
  }
}

TEST_CASE("key files that cannot be used say why, and name the file") {
  for (const auto* name : {"encrypted_openssh", "encrypted_pkcs1", "encrypted_pkcs8"}) {
    CHECK_THAT(message_of(data_file(name)),
               ContainsSubstring(name) && ContainsSubstring("the key has a passphrase"));
  }
  CHECK_THAT(message_of(data_file("dsa_openssh")),
             ContainsSubstring("keys of type ssh-dss are not supported"));
  CHECK_THAT(message_of(data_file("secp256k1")),
             ContainsSubstring("curve secp256k1 is not one of SSH's"));
  CHECK_THAT(message_of(data_file("rsa_pkcs1.pub")), ContainsSubstring("not a private key"));
  CHECK_THAT(message_of(data_file("missing")), ContainsSubstring("no such file or directory"));
}

TEST_CASE("a damaged OpenSSH key is an error wherever it is cut") {
  const auto text = read_file(data_file("ecdsa384_openssh"));
  const auto begin = text.find('\n') + 1;
  const auto body = *base64_decode(text.substr(begin, text.find("-----END") - begin));
  for (std::size_t size = 0; size + 8 < body.size(); ++size) {  // the end is padding
    const auto cut = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64_encode(body.substr(0, size)) +
                     "\n-----END OPENSSH PRIVATE KEY-----\n";
    CHECK_THROWS_AS(PrivateKey::parse(cut), Error);
  }
}

TEST_CASE("no error about a key shows any of it") {
  const auto text = read_file(data_file("rsa_pkcs1"));
  const auto secret = text.substr(text.size() / 2, 20);
  const test::TempFolder folder;
  write_file(folder / "key", text.substr(0, text.size() - 60), 0600);
  CHECK(message_of(folder / "key").find(secret) == std::string::npos);
}

TEST_CASE("a new pair is RSA 2048 in the reference's form, readable by us alone") {
  const test::TempFolder folder;
  const auto key = folder / "id_rsa";
  ensure_key_pair(key);
  const auto secret = read_file(key);
  CHECK_THAT(secret, StartsWith("-----BEGIN RSA PRIVATE KEY-----\n"));
  CHECK_THAT(secret, EndsWith("\n-----END RSA PRIVATE KEY-----\n"));
  // DER drops leading zeros of the private numbers, so the length differs from key to key.
  CHECK(secret.size() > 1600);
  CHECK(secret.size() <= 1679);
  CHECK(secret.find('\n', secret.find('\n') + 1) == 32 + 64);  // lines of 64 columns
  const auto line = read_file(key.string() + ".pub");
  CHECK_THAT(line, StartsWith("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ"));
  CHECK(line.size() == 381);
  CHECK(line == public_key_line(key) + "\n");
  CHECK(mode_of(key) == 0600);
  CHECK(mode_of(key.string() + ".pub") == 0600);
}

TEST_CASE("a private key that is there stays, and its public file is made again") {
  const test::TempFolder folder;
  const auto key = folder / "id_rsa";
  ensure_key_pair(key);
  const auto secret = read_file(key);
  const auto line = read_file(key.string() + ".pub");
  std::filesystem::remove(key.string() + ".pub");
  ensure_key_pair(key);
  CHECK(read_file(key) == secret);
  CHECK(read_file(key.string() + ".pub") == line);
  write_file(key.string() + ".pub", "mine", 0600);
  ensure_key_pair(key);
  CHECK(read_file(key.string() + ".pub") == "mine");
}

TEST_CASE("a pair that cannot be written is the reference's error") {
  const test::TempFolder folder;
  CHECK_THROWS_WITH(ensure_key_pair(folder / "none/id_rsa"),
                    StartsWith("Error writing keys to file(s): "));
}

TEST_CASE("RSA keys log in by SHA-2, under names that libssh2 takes from the blob") {
  const auto rsa = identities_of(PrivateKey::load(data_file("rsa_pkcs1")));
  REQUIRE(rsa.size() == 2);
  CHECK(rsa[0].algorithm == "rsa-sha2-512");
  CHECK(rsa[0].blob.substr(4, 12) == "rsa-sha2-512");
  CHECK(rsa[1].blob.substr(4, 12) == "rsa-sha2-256");
  CHECK(rsa[0].sign("data").size() == 256);
  CHECK(rsa[0].sign("data") != rsa[1].sign("data"));
  const auto ed25519 = identities_of(PrivateKey::load(data_file("ed25519_openssh")));
  REQUIRE(ed25519.size() == 1);
  CHECK(ed25519[0].algorithm == "ssh-ed25519");
  CHECK(ed25519[0].sign("data").size() == 64);
}
