// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "provision/install_source.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"
#include "tests/unit/provision_scratch_host.hpp"

using namespace dmachine;
using namespace dmachine::provision;
using dmachine::test::ScratchHost;

namespace {

/// What a package manager does that has Docker.
const std::string installs = R"(case "$*" in *install*)
  echo 'ExecStart=/usr/sbin/dockerd -H fd://' >"$ROOT/lib/docker.service"
  : >"$ROOT/usr/sbin/dockerd"; chmod 755 "$ROOT/usr/sbin/dockerd";; esac
)";

struct Files {
  std::string make(const std::string& name, const std::string& content) const {
    write_file(folder.path() / name, content, 0644);
    return (folder.path() / name).string();
  }
  test::TempFolder folder;
};

}  // namespace

TEST_CASE("files for the install are known by what is in them") {
  const Files files;
  const auto deb = files.make("a.deb", "!<arch>\ndebian-binary   1");
  const auto other_deb = files.make("b.deb", "!<arch>\ndebian-binary   1");
  const auto rpm = files.make("a.rpm", "\xed\xab\xee\xdb\x03");
  const auto script = files.make("install", "#!/bin/sh\n");
  const auto archive = files.make("docker-27.5.1.tgz", "\x1f\x8b\x08");
  CHECK(find_kind({}) == InstallFiles::none);
  CHECK(find_kind({deb}) == InstallFiles::packages);
  CHECK(find_kind({deb, other_deb, rpm}) == InstallFiles::packages);
  CHECK(find_kind({script}) == InstallFiles::script);
  CHECK(find_kind({archive}) == InstallFiles::archive);

  const auto refused = [](const std::vector<std::string>& paths, const std::string& why) {
    INFO(paths.back());
    CHECK_THROWS_WITH(find_kind(paths),
                      "invalid value \"" + paths.back() + "\" for --engine-install-file: " + why);
  };
  refused({deb + "x"}, "no such file or directory");
  refused({files.folder.path().string()}, "it is no file");
  refused({files.make("empty.deb", "")}, "it is empty");
  refused({files.make("page.deb", "<!DOCTYPE html>\n<html>")},
          "it begins with \"<!DOCTYPE html>\", which is nothing that installs Docker");
  refused({files.make("docker.zip", "\x1f\x8b")},
          "it begins with \"\\x1f\\x8b\", which is nothing that installs Docker");
  refused({deb, script}, "only packages can be more than one file");
  refused({archive, deb}, "only packages can be more than one file");
  std::filesystem::create_directory(files.folder.path() / "other");
  refused({deb, files.make("other/a.deb", "!<arch>\ndebian-binary")},
          "another file has the same name");
}

TEST_CASE("Docker comes from one place") {
  const Files files;
  EngineOptions engine;
  engine.install_url = "https://get.docker.com";
  CHECK_NOTHROW(check_install_source(engine));
  for (const std::string version : {"27", "27.5", "27.5.1", "19.03.15"}) {
    engine.version = version;
    CHECK_NOTHROW(check_install_source(engine));
  }
  for (const std::string version : {"v27.5.1", "27.", "27.5.1.2", "latest", " 27", "27.5.1-rc.1"}) {
    engine.version = version;
    CHECK_THROWS_WITH(check_install_source(engine),
                      "invalid value \"" + version + "\" for --engine-version");
  }
  engine.version = "27.5";
  engine.install_url = "https://example.test/i";
  CHECK_THROWS_WITH(
      check_install_source(engine),
      "--engine-install-url https://example.test/i (or MACHINE_DOCKER_INSTALL_URL) and "
      "--engine-version 27.5 (or MACHINE_DOCKER_VERSION) cannot be given together");
  engine.install_url.clear();
  engine.install_files = {files.make("install", "#!/bin/sh\n")};
  CHECK_THROWS_WITH(check_install_source(engine), ContainsSubstring("cannot be given together"));
  engine.version.clear();
  CHECK_NOTHROW(check_install_source(engine));
}

TEST_CASE("a version of a package is the wanted one, or one of it") {
  CHECK(is_version("26.1.5+dfsg1", "26.1.5"));
  CHECK(is_version("26.1.5", "26.1"));
  CHECK(is_version("26.1.5-rc.1", "26"));
  CHECK_FALSE(is_version("26.1.15", "26.1.1"));
  CHECK_FALSE(is_version("26.1.5", "6.1"));
  CHECK_FALSE(is_version("2.6", "26"));
}

TEST_CASE("the wanted version is taken from what the host's sources have") {
  ScratchHost host;
  host.request.engine.install_url.clear();
  host.request.engine.version = "27.5";
  host.write("packages", "ii bash 5.2\n");
  SECTION("Docker's own packages, by apt") {
    host.write(
        "madison",
        " docker-ce | 5:28.0.0-1~debian.12~bookworm | https://x bookworm/stable amd64 Packages\n"
        " docker-ce | 5:27.5.1-1~debian.12~bookworm | https://x bookworm/stable amd64 Packages\n"
        " docker-ce | 5:27.5.0-1~debian.12~bookworm | https://x bookworm/stable amd64 Packages\n");
    host.write("package-run", installs);
    const auto run = host.apply();
    INFO(run.out << run.calls);
    CHECK(run.ended);
    CHECK_THAT(run.calls, ContainsSubstring("apt-get -q -y --no-install-recommends install "
                                            "docker-ce=5:27.5.1-1~debian.12~bookworm containerd.io "
                                            "docker-ce-cli=5:27.5.1-1~debian.12~bookworm\n"));
    CHECK_THAT(run.calls, !ContainsSubstring("curl"));
  }
  SECTION("the distribution's, by dnf") {
    host.family = &fedora;
    host.write("package-run",
               installs +
                   "case \"$*\" in *docker-ce) exit 1;; *'list --showduplicates moby-engine')\n"
                   "echo 'Available packages'; echo 'moby-engine.x86_64 27.5.1-1.fc42 updates';\n"
                   "echo 'moby-engine.x86_64 28.0.0-1.fc42 updates';; esac\n");
    const auto run = host.apply();
    INFO(run.out << run.calls);
    CHECK(run.ended);
    CHECK_THAT(run.calls,
               ContainsSubstring("dnf -y -q --allowerasing install moby-engine-27.5.1-1.fc42\n"));
  }
  SECTION("openSUSE's, by zypper") {
    host.family = &suse;
    host.write("package-run", installs +
                                  "case \"$*\" in *'--match-exact docker')\n"
                                  "echo '  | docker | package | 28.0.0_ce-1.1 | x86_64 | oss'\n"
                                  "echo '  | docker | package | 27.5.1_ce-150000.1 | x86_64 | oss'"
                                  ";; esac\n");
    const auto run = host.apply();
    INFO(run.out << run.calls);
    CHECK(run.ended);
    CHECK_THAT(run.calls,
               ContainsSubstring("install --no-recommends -- docker=27.5.1_ce-150000.1\n"));
  }
}

TEST_CASE("Docker's own repository is added when it is needed, and goes when it did not help") {
  ScratchHost host;
  host.request.engine.install_url.clear();
  host.request.engine.version = "27.5.1";
  host.write("packages", "ii bash 5.2\n");
  host.write("etc/os-release", "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n");
  host.write("etc/ssl/certs/ca-certificates.crt", "");
  host.write("install-script", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n");  // what curl brings
  const std::string list = "etc/apt/sources.list.d/docker.list";
  SECTION("it has the version") {
    host.write("madison-ce", " docker-ce | 5:27.5.1-1~debian | https://x stable amd64 Packages\n");
    host.write("package-run", installs);
    const auto run = host.apply();
    INFO(run.out << run.calls);
    CHECK(run.ended);
    CHECK_THAT(run.calls, ContainsSubstring("https://download.docker.com/linux/debian/gpg\n"));
    CHECK(host.read(list) ==
          "deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] "
          "https://download.docker.com/linux/debian bookworm stable\n");
  }
  SECTION("nobody has it") {
    host.write("madison", " docker.io | 26.1.5+dfsg1-9 | https://x trixie/main amd64 Packages\n");
    const auto run = host.apply();
    CHECK(run.failure ==
          "error installing docker: exit status 1:\nno package source of this host has Docker "
          "27.5.1; they have: 26.1.5");
    CHECK_FALSE(std::filesystem::exists(host.root() / list));
    CHECK_FALSE(std::filesystem::exists(host.root() / "etc/apt/keyrings/docker.asc"));
  }
  SECTION("it cannot be reached") {
    host.write("no-download", "");
    const auto run = host.apply();
    CHECK_THAT(run.failure,
               ContainsSubstring("no package source of this host has Docker 27.5.1, and "
                                 "there is no key of Docker's own at "
                                 "https://download.docker.com/linux/debian/gpg"));
    CHECK_FALSE(std::filesystem::exists(host.root() / list));
  }
  SECTION("a system that brings its programs in its image") {
    host.family = &container_optimized;
    CHECK_THAT(
        host.apply().failure,
        ContainsSubstring("no package source of this host has Docker 27.5.1; they have: none"));
  }
}

TEST_CASE("what the user holds back is not installed, and named when an install fails") {
  ScratchHost host;
  host.request.engine.install_url.clear();
  SECTION("a package that is to be installed") {
    host.write("packages", "ii bash 5.2\nhn docker-ce\n");
    host.request.engine.version = "27.5.1";
    host.write("madison", " docker-ce | 5:27.5.1-1~debian | https://x stable amd64 Packages\n");
    const auto run = host.apply();
    CHECK_THAT(run.calls, !ContainsSubstring("install docker"));
    CHECK(run.failure ==
          "error installing docker: exit status 1:\nheld back on this host, which may be why: "
          "docker-ce (apt-mark unhold lets it be installed)");
  }
  SECTION("something that the install script meets") {
    host.write("packages", "hi containerd.io 1.6\n");
    host.write("install-script", "#!/bin/sh\necho 'E: Unable to correct problems'; exit 100\n");
    CHECK(host.apply().failure ==
          "error installing docker: exit status 100:\nE: Unable to correct problems\nheld back on "
          "this host, which may be why: containerd.io (apt-mark unhold lets it be installed)");
  }
  SECTION("in each package manager's own way") {
    host.request.engine.install_url = "https://get.docker.com";
    host.write("package-run", "case $* in *install*) exit 1;; esac\n");
    host.write("packages", "ii bash 5.2\n");
    struct Case {
      const OsFamily* family;
      std::string path;
      std::string text;
    };
    const auto [family, path, text] = GENERATE(
        Case{&alma, "etc/dnf/plugins/versionlock.list", "# x\ndocker-ce-3:27.5.1-1.el9.*\n"},
        Case{&alma, "etc/dnf/versionlock.toml", "[[packages]]\nname = \"docker-ce\"\n"},
        Case{&alma, "etc/yum/pluginconf.d/versionlock.list", "3:docker-ce-27.5.1-1.el7.*\n"},
        Case{&arch, "etc/pacman.conf", "IgnorePkg   = linux docker\n"});
    host.family = family;
    host.write(path, text);
    const auto run = host.apply();
    INFO(run.calls);
    CHECK_THAT(run.calls, !ContainsSubstring("install docker"));
    CHECK_THAT(run.failure, ContainsSubstring("held back on this host, which may be why: docker"));
  }
}
