// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ssh/external_copy.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/native_copy.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace dmachine;
using namespace dmachine::ssh;
namespace fs = std::filesystem;

namespace {

CopyEnd local(const std::string& path) {
  return {std::nullopt, path};
}

CopyEnd on(const Endpoint& endpoint, const std::string& path, HostKeyPin pin = {}) {
  return {Remote{endpoint, std::move(pin)}, path};
}

const Endpoint ubuntu{"10.0.0.1", 2222, "ubuntu", "/s/machines/m1/id_rsa"};

std::string words(const std::vector<std::string>& argv) {
  return join(argv, "|");
}

unsigned mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

}  // namespace

TEST_CASE("scp gets the reference's options, and login failures are told") {
  CHECK(
      words(scp_argv("/usr/bin/scp", on(ubuntu, "/etc/hosts"), local("here"), {true, true})) ==
      "/usr/bin/scp|-o|StrictHostKeyChecking=no|-o|UserKnownHostsFile=/dev/null|-o|LogLevel=error|"
      "-o|IdentitiesOnly=yes|-o|Port=2222|-o|IdentityFile=\"/s/machines/m1/id_rsa\"|-3|-r|-q|"
      "ubuntu@10.0.0.1:/etc/hosts|here");
  CHECK(words(scp_argv("scp", local("a"), local("b"), {})) ==
        "scp|-o|StrictHostKeyChecking=no|-o|UserKnownHostsFile=/dev/null|-o|LogLevel=error|"
        "-o|IdentitiesOnly=yes|-3|a|b");
}

TEST_CASE("without a key the agent's are tried") {
  CHECK_THAT(words(scp_argv("scp", local("a"), on({"h", 22, "u", ""}, ""), {})),
             !ContainsSubstring("Identit") && EndsWith("|-o|Port=22|-3|a|u@h:"));
}

TEST_CASE("copies check the host by its pin") {
  const test::TempFolder folder;
  const HostKeyPin pin{folder / "known hosts", "m1"};
  const auto file = "UserKnownHostsFile=\"" + (folder / "known hosts").string() + "\"";
  CHECK_THAT(
      words(scp_argv("scp", local("a"), on(ubuntu, "b", pin), {})),
      ContainsSubstring("|StrictHostKeyChecking=accept-new|-o|" + file + "|-o|HostKeyAlias=m1|"));
  save_pinned(pin, {{"ssh-ed25519", "blob"}});
  CHECK_THAT(words(scp_argv("scp", local("a"), on(ubuntu, "b", pin), {})),
             ContainsSubstring("|StrictHostKeyChecking=yes|"));
  CHECK_THAT(words(sshfs_argv("sshfs", {ubuntu, pin}, "/", "/mnt")),
             ContainsSubstring("|StrictHostKeyChecking=yes|-o|" + file + "|-o|HostKeyAlias=m1|"));
}

TEST_CASE("two machines have a port, a key and a pin each") {
  const Remote source{ubuntu, {"/s/machines/a/known_hosts", "a"}};
  const Remote destination{{"fe80::1", 22, "root", "/s/100%/id rsa"}, {}};
  CHECK(two_machine_config(source, destination) ==
        "Host source\n"
        "  StrictHostKeyChecking=accept-new\n"
        "  UserKnownHostsFile=\"/s/machines/a/known_hosts\"\n"
        "  HostKeyAlias=a\n"
        "  HostName=10.0.0.1\n"
        "  Port=2222\n"
        "  IdentitiesOnly=yes\n"
        "  IdentityFile=\"/s/machines/m1/id_rsa\"\n"
        "Host destination\n"
        "  StrictHostKeyChecking=no\n"
        "  UserKnownHostsFile=/dev/null\n"
        "  HostName=fe80::1\n"
        "  Port=22\n"
        "  IdentitiesOnly=yes\n"
        "  IdentityFile=\"/s/100%%/id rsa\"\n"
        "Match all\n"
        "  Include ~/.ssh/config\n");
  CHECK(words(scp_argv("scp", {source, "x"}, {destination, "/y"}, {}, "/c")) ==
        "scp|-F|/c|-o|LogLevel=error|-3|ubuntu@source:x|root@destination:/y");
}

TEST_CASE("rsync gets ssh's options as one word, quoted for it") {
  CHECK(words(rsync_argv("rsync", local("a"), on({"::1", 22, "u", "/k y"}, "b"), {true, false})) ==
        "rsync|--progress|-e|ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
        "-o LogLevel=error -o IdentitiesOnly=yes -o Port=22 -o 'IdentityFile=\"/k y\"'|-r|a|"
        "u@[::1]:b");
  CHECK_THAT(words(rsync_argv("rsync", local("a"), on(ubuntu, "b"), {false, true})),
             StartsWith("rsync|-e|") && !ContainsSubstring("-r|"));
}

TEST_CASE("local names are never taken for options or hosts") {
  CHECK_THAT(words(scp_argv("scp", local("-oProxyCommand=x"), local("a:b"), {})),
             EndsWith("|./-oProxyCommand=x|./a:b"));
  CHECK_THAT(words(scp_argv("scp", local("/tmp/a:b"), local("c/d:e"), {})),
             EndsWith("|/tmp/a:b|c/d:e"));
}

TEST_CASE("sshfs splits options at commas, so a path with one is refused") {
  CHECK(
      words(sshfs_argv("/usr/bin/sshfs", {ubuntu, {}}, "/data", "/mnt")) ==
      "/usr/bin/sshfs|-o|StrictHostKeyChecking=no|-o|UserKnownHostsFile=/dev/null|-o|"
      "LogLevel=error|-o|IdentitiesOnly=yes|-o|Port=2222|-o|IdentityFile=\"/s/machines/m1/id_rsa\""
      "|ubuntu@10.0.0.1:/data|/mnt");
  CHECK_THROWS_WITH(sshfs_argv("sshfs", {{"h", 22, "u", "/a,b"}, {}}, "/", "/"),
                    ContainsSubstring("has a comma"));
}

TEST_CASE("users and addresses from files are looked at before a program sees them") {
  CHECK_THROWS_WITH(prepare({{"h", 22, "-oProxyCommand=x", ""}, {}}),
                    ContainsSubstring("invalid SSH user"));
}

TEST_CASE("a file is copied to a name or into a folder, with its mode") {
  const test::TempFolder folder;
  write_file(folder / "a", std::string(3U << 20U, 'x'), 0750);
  fs::create_directory(folder / "into");
  const auto files = local_files();
  const auto copy = [&](const std::string& from, const std::string& to) {
    copy_tree({}, *files, from, *files, to, false);
  };
  copy(folder / "a", folder / "b");
  CHECK(read_file(folder / "b").size() == 3U << 20U);
  CHECK(mode_of(folder / "b") == 0750U);
  copy(folder / "b", folder / "into/");
  CHECK(fs::exists(folder / "into/b"));
  CHECK_THROWS_WITH(copy(folder / "into", folder / "c"),
                    (folder / "into").string() + ": not a regular file (folders need -r)");
  CHECK_THROWS_WITH(copy(folder / "none", folder / "c"),
                    (folder / "none").string() + ": no such file or directory");
  CHECK_THROWS_WITH(copy(folder / "a", folder / "none/c"),
                    (folder / "none/c").string() + ": no such file or directory");
}

TEST_CASE("folders are copied with all in them, past what cannot be read") {
  const test::TempFolder folder;
  fs::create_directories(folder / "from/empty");
  fs::create_directories(folder / "from/deep/er");
  write_file(folder / "from/deep/er/file", "text", 0644);
  REQUIRE(mkfifo((folder / "from/pipe").c_str(), 0600) == 0);
  fs::create_symlink("deep/er/file", folder / "from/link");
  fs::create_symlink("nowhere", folder / "from/broken");
  const auto files = local_files();
  const auto copy = [&](const std::string& to) {
    copy_tree({}, *files, folder / "from", *files, to, true);
  };
  CHECK_THROWS_WITH(copy(folder / "to"),
                    ContainsSubstring("from/broken: no such file or directory") &&
                        ContainsSubstring("from/pipe: not a regular file"));
  CHECK(read_file(folder / "to/deep/er/file") == "text");
  CHECK(read_file(folder / "to/link") == "text");
  CHECK(fs::is_directory(folder / "to/empty"));
  CHECK_THROWS(copy(folder / "to"));  // now there: into it
  CHECK(read_file(folder / "to/from/deep/er/file") == "text");
}

TEST_CASE("a folder that leads into itself ends") {
  const test::TempFolder folder;
  fs::create_directory(folder / "from");
  fs::create_directory_symlink(".", folder / "from/loop");
  const auto files = local_files();
  CHECK_THROWS(copy_tree({}, *files, folder / "from", *files, folder / "to", true));
}

TEST_CASE("the parent folder as source stays in the target") {
  const test::TempFolder folder;
  fs::create_directories(folder / "from/sub");
  fs::create_directory(folder / "into");
  write_file(folder / "from/file", "text", 0644);
  const auto files = local_files();
  copy_tree({}, *files, folder / "from/sub/..", *files, folder / "into", true);
  CHECK(read_file(folder / "into/file") == "text");
  CHECK_FALSE(fs::exists(folder / "file"));
}
