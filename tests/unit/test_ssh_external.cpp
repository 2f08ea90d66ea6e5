// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "ssh/external.hpp"
#include "ssh/external_session.hpp"
#include "ssh/known_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace dmachine;
using namespace dmachine::ssh;

TEST_CASE("without a pin the system's ssh gets the reference's arguments") {
  CHECK(join(external_argv("/usr/bin/ssh", {"10.0.0.1", 2222, "ubuntu", "/s/machines/m1/id_rsa"},
                           {}, {"-n", "ls -l"}),
             "|") ==
        "/usr/bin/ssh|-F|/dev/"
        "null|-o|ConnectionAttempts=3|-o|ConnectTimeout=10|-o|ControlMaster=no|-o|"
        "ControlPath=none|-o|LogLevel=quiet|-o|PasswordAuthentication=no|-o|ServerAliveInterval=60|"
        "-o|"
        "StrictHostKeyChecking=no|-o|UserKnownHostsFile=/dev/"
        "null|ubuntu@10.0.0.1|-o|IdentitiesOnly=yes|"
        "-i|/s/machines/m1/id_rsa|-p|2222|-n|ls -l");
  CHECK(join(external_argv("ssh", {"h", 22, "u", ""}, {}, {}), " ")
            .ends_with("UserKnownHostsFile=/dev/null u@h -p 22"));
}

TEST_CASE("a pin decides how the system's ssh checks the host") {
  const test::TempFolder folder;
  const HostKeyPin pin{folder / "known hosts", "m1"};
  const auto file = (folder / "known hosts").string();
  auto argv = join(external_argv("ssh", {"h", 22, "u", "/100%/key"}, pin, {}), "|");
  CHECK_THAT(argv, ContainsSubstring("|StrictHostKeyChecking=accept-new|-o|UserKnownHostsFile=\"" +
                                     file + "\"|-o|HostKeyAlias=m1|u@h|"));
  CHECK_THAT(argv, ContainsSubstring("|-i|/100%%/key|"));
  save_pinned(pin, {{"ssh-ed25519", "blob"}});
  argv = join(external_argv("ssh", {"h", 22, "u", ""}, pin, {}), "|");
  CHECK_THAT(argv, ContainsSubstring("|StrictHostKeyChecking=yes|"));
}

TEST_CASE("a command of ours never asks and says why it fails") {
  const auto argv = session_argv("ssh", {"h", 22, "u", ""}, {}, "echo 'a b'");
  const auto text = join(argv, " ");
  CHECK_THAT(text, ContainsSubstring("BatchMode=yes") && ContainsSubstring("LogLevel=error") &&
                       ContainsSubstring("RequestTTY=no"));
  CHECK(argv.back() == "echo 'a b'");
}

TEST_CASE("a key file is checked in the reference's words") {
  const test::TempFolder folder;
  const auto key = folder / "key";
  CHECK_THROWS_WITH(check_key_file(key), "stat " + key.string() + ": no such file or directory");
  write_file(key, "x", 0600);
  CHECK_NOTHROW(check_key_file(key));
  REQUIRE(chmod(key.c_str(), 0200) == 0);
  CHECK_THROWS_WITH(check_key_file(key), "'" + key.string() + "' is not readable");
  REQUIRE(chmod(key.c_str(), 0644) == 0);
  log::set_info_stream(log::InfoStream::err);
  CHECK_NOTHROW(check_key_file(key));  // ours: made right
  log::set_info_stream(log::InfoStream::out);
  struct stat info {};
  REQUIRE(stat(key.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0600U);
  if (geteuid() == 0) {  // only root can make a file that belongs to someone else
    REQUIRE(chmod(key.c_str(), 0644) == 0);
    REQUIRE(chown(key.c_str(), 65534, 65534) == 0);
    CHECK_THROWS_WITH(check_key_file(key),
                      "permissions 0644 for '" + key.string() + "' are too open");
  }
}

TEST_CASE("what ssh says on its way out becomes a kind of error") {
  struct Case {
    const char* messages;
    Errc code;
    const char* part;
  };
  const Case cases[] = {
      {"ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n", Errc::unavailable,
       "port 22: Connection refused"},
      {"kex_exchange_identification: read: Connection reset by peer\n", Errc::unavailable,
       "Connection reset"},
      {"ssh: Could not resolve hostname nope: Name or service not known\n", Errc::unavailable,
       "nope"},
      {"", Errc::unavailable, "no reason"},
      {"u@10.0.0.1: Permission denied (publickey).\n", Errc::denied,
       "Permission denied (publickey)"},
      {"Load key \"/k\": error in libcrypto\nu@h: Permission denied (publickey).\n", Errc::invalid,
       "error in libcrypto"},
      {"Unable to negotiate with h port 22: no matching host key type found. Their offer: "
       "ssh-dss\n",
       Errc::invalid, "ssh-dss"},
      {"@@@\nThe fingerprint for the ED25519 key sent by the remote host is\nSHA256:abc+/1.\nHost "
       "key verification failed.\n",
       Errc::invalid, "shown SHA256:abc+/1"},
      {"No ED25519 host key is known for m1 and you have requested strict checking.\nHost key "
       "verification failed.\n",
       Errc::invalid, "shown another"},
  };
  for (const auto& [messages, code, part] : cases) {
    INFO(messages);
    const auto error = external_error(messages, {"", "m1"});
    CHECK(error.code() == code);
    CHECK_THAT(error.what(), ContainsSubstring(part));
  }
}
