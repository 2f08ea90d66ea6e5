// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/catch.hpp"
#include "tests/unit/provision_scratch_host.hpp"

using namespace dmachine;
using namespace dmachine::provision;
using dmachine::test::ScratchHost;

namespace {

constexpr auto packages =
    "ii bash 5.2\n"
    "ii containerd.io 1.7\n"
    "hi docker-buildx-plugin 0.1\n"
    "ii docker-ce 27.0\n"
    "ii docker-ce-cli 27.0\n"
    "ii dockerize 1\n"
    "rc runc 1.0\n";

/// A good host on which an upgrade is wanted.
struct Upgrading : ScratchHost {
  explicit Upgrading(const OsFamily& of) {
    family = &of;
    install_docker();
    write("packages", packages);
    CHECK(apply().ended);
    request.upgrade = Upgrade::yes;
  }
};

}  // namespace

TEST_CASE("an upgrade asks for what is installed of Docker and not held back") {
  Upgrading host(ubuntu);
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.ended);
  CHECK_THAT(run.calls,
             ContainsSubstring("apt-get -q update\napt-get -q -y --no-install-recommends "
                               "-o Dpkg::Options::=--force-confdef "
                               "-o Dpkg::Options::=--force-confold "
                               "install --only-upgrade containerd.io docker-ce docker-ce-cli\n"));
  CHECK_THAT(run.out,
             ContainsSubstring(
                 "@@mark warn held back on the host and not upgraded: docker-buildx-plugin\n"));
  CHECK_FALSE(run.changed);
  CHECK_FALSE(run.restarted);
  CHECK_THAT(run.out, !ContainsSubstring("phase restart"));
}

TEST_CASE("each package manager upgrades in its own words") {
  struct Case {
    const OsFamily* family;
    std::string call;
  };
  const auto [family, call] =
      GENERATE(Case{&rhel,
                    "dnf -y -q --refresh upgrade containerd.io docker-buildx-plugin docker-ce "
                    "docker-ce-cli runc\n"},
               Case{&suse,
                    "zypper --non-interactive --quiet refresh\nzypper --non-interactive --quiet "
                    "update --no-recommends -- containerd.io docker-buildx-plugin docker-ce "
                    "docker-ce-cli runc\n"},
               Case{&arch,
                    "pacman -Sy --noconfirm --noprogressbar --needed containerd.io "
                    "docker-buildx-plugin docker-ce docker-ce-cli runc\n"});
  Upgrading host(*family);
  host.write("package-run", "case $* in -Q) cut -d' ' -f2,3 \"$ROOT/packages\";; esac\n");
  const auto run = host.apply();
  INFO(run.out << run.calls);
  CHECK(run.ended);
  CHECK_THAT(run.calls, ContainsSubstring(call));
}

TEST_CASE("a system whose programs come with its image is left as it is") {
  Upgrading host(*GENERATE(&container_optimized, &flatcar));
  const auto run = host.apply();
  INFO(run.out << run.calls);
  CHECK(run.ended);
  CHECK_FALSE(run.restarted);
}

TEST_CASE("a newer version is told and waited for") {
  Upgrading host(rhel);
  host.write("package-run", "sed -i s/27.0/28.0/ \"$ROOT/packages\"\n");
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.ended);
  CHECK(run.changed);
  CHECK_THAT(run.out, ContainsSubstring("@@mark phase restart\n"));
  CHECK_FALSE(run.restarted);  // the package did that itself
}

TEST_CASE("an engine that still runs the old program is restarted") {
  Upgrading host(rhel);
  host.write("package-run",
             "sed -i s/27.0/28.0/ \"$ROOT/packages\"\n"
             "ln -sf '/usr/bin/dockerd (deleted)' \"$ROOT/proc/77/exe\"\n");
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.ended);
  CHECK(run.restarted);
}

TEST_CASE("Docker from before 17.06 is replaced") {
  Upgrading host(ubuntu);
  host.write("packages", "ii docker-engine 1.13.1\n");
  SECTION("by the install script") {
    host.write("install-script", "#!/bin/sh\nexit 7\n");
    const auto run = host.apply();
    CHECK_THAT(run.calls, ContainsSubstring("apt-get -q -y remove docker-engine\n"));
  }
  SECTION("but not where nothing may be installed") {
    host.request.engine.install_url = "none";
    const auto run = host.apply();
    CHECK_THAT(run.failure,
               StartsWith("error upgrading docker: this Docker is no longer published"));
    CHECK_THAT(run.calls, !ContainsSubstring("remove"));
  }
}

TEST_CASE("an upgrade that fails leaves the engine alone") {
  Upgrading host(rhel);
  host.write("package-run", "echo the reason; exit 3\n");
  const auto run = host.apply();
  CHECK(run.failure == "error upgrading docker: exit status 3:\nthe reason");
  CHECK_THAT(run.calls, !ContainsSubstring("systemctl stop"));
}
