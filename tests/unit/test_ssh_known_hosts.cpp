// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ssh/known_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

using namespace dmachine;
using namespace dmachine::ssh;

namespace {

// tests/data/ssh/ed25519_openssh.pub; the hash and the fingerprint are ssh-keygen's.
const std::string blob64 = "AAAAC3NzaC1lZDI1NTE5AAAAIOcIHVJB3HmU+Uvxqds4LrIHIW21nrXfVos7TFqy1XYK";
const std::string key_words = "ssh-ed25519 " + blob64;

HostKey key() {
  return parse_host_key(*base64_decode(blob64));
}
HostKey other_key() {
  return {"ssh-ed25519", key().blob.substr(0, 40) + std::string(11, 'x')};
}

}  // namespace

TEST_CASE("a fingerprint is the one ssh prints") {
  CHECK(key().type == "ssh-ed25519");
  CHECK(fingerprint(key()) == "SHA256:eKTFfAa0OFarSo5b9vq+WPZWpWqcFxryPG/lA9Nav0g");
}

TEST_CASE("known_hosts lines are found by name") {
  const std::string hashed = "|1|p1MeVXfh1V0rXAeT0Nq+P3RFzU4=|bW08OOhbFIf4EJ3f2tzckoX7KX8= ";
  struct Case {
    std::string text;
    std::size_t found;
  };
  const Case cases[] = {
      {"", 0},
      {"m1 " + key_words, 1},
      {"m1 " + key_words + " comment\r\n", 1},
      {"\t m1   " + key_words + "\n", 1},
      {"m2,m1,m3 " + key_words, 1},
      {"m2 " + key_words, 0},
      {"m11 " + key_words, 0},
      {"#m1 " + key_words, 0},
      {"@revoked m1 " + key_words, 0},
      {"m1 ssh-ed25519", 0},
      {"m1 ssh-ed25519 !!!", 0},
      {hashed + key_words, 1},
      {"|1|p1MeVXfh1V0rXAeT0Nq+P3RFzU4=|AAAA " + key_words, 0},
      {"|1|bad " + key_words, 0},
      {"| " + key_words, 0},
      {"m1 " + key_words + "\nm2 " + key_words + "\nm1 " + key_words, 2},
  };
  for (const auto& [text, found] : cases) {
    INFO(text);
    const auto keys = parse_known_hosts(text, "m1");
    REQUIRE(keys.size() == found);
    for (const auto& one : keys) {
      CHECK(one == key());
    }
  }
}

TEST_CASE("a pin is written for us alone and leaves other names' lines") {
  const test::TempFolder folder;
  const HostKeyPin pin{folder / "known_hosts", "m1"};
  CHECK(load_pinned(pin).empty());
  save_pinned(pin, {key()});
  CHECK(read_file(pin.known_hosts) == "m1 " + key_words + "\n");
  struct stat info {};
  REQUIRE(stat(pin.known_hosts.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0600U);
  write_file(pin.known_hosts, "m2 " + key_words + "\nm1 " + key_words + "\n", 0600);
  save_pinned(pin, {other_key(), key()});
  CHECK(load_pinned(pin) == std::vector<HostKey>{other_key(), key()});
  CHECK(load_pinned({pin.known_hosts, "m2"}) == std::vector<HostKey>{key()});
  CHECK(load_pinned({"", "m1"}).empty());
}

TEST_CASE("another host key is refused with both fingerprints and the file to remove") {
  const HostKeyPin pin{"/store/machines/m1/known_hosts", "m1"};
  CHECK_NOTHROW(check_host_key(pin, {}, key()));
  CHECK_NOTHROW(check_host_key(pin, {other_key(), key()}, key()));
  try {
    check_host_key(pin, {other_key()}, key());
    FAIL("it was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    CHECK_THAT(error.what(), ContainsSubstring(fingerprint(key())) &&
                                 ContainsSubstring(fingerprint(other_key())));
    CHECK_THAT(error.hint(), ContainsSubstring("/store/machines/m1/known_hosts"));
  }
}

TEST_CASE("the pinned type is asked for first") {
  const std::string rest = "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521";
  CHECK(join(host_key_preference({}), ",") ==
        "ssh-ed25519," + rest + ",rsa-sha2-512,rsa-sha2-256,ssh-rsa");
  CHECK(join(host_key_preference({{"ssh-rsa", ""}}), ",") ==
        "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-ed25519," + rest);
  CHECK_THAT(join(host_key_preference({{"ecdsa-sha2-nistp384", ""}}), ","),
             StartsWith("ecdsa-sha2-nistp384,ssh-ed25519,"));
}
