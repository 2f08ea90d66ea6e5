// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/os/family.hpp"
#include "provision/probe.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

TEST_CASE("os-release is read as shell assignments") {
  const OsRelease release = parse_os_release(
      "# a comment with = in it\n"
      "\n"
      "NAME=\"Debian GNU/Linux\"\n"
      "ID='debian'\n"
      "  VERSION_ID=12 # trailing\n"
      "ID_LIKE=\"one  two\"\n"
      "PRETTY_NAME=\"a \\\"quoted\\\" \\$x \\n back\"\n"
      "HOME_URL=\"https://example.org/?a=b&c=d\"\n"
      "VARIANT_ID=core\\ os\n"
      "not an assignment\n");
  CHECK(release.id == "debian");
  CHECK(release.version_id == "12");
  CHECK(release.id_like == std::vector<std::string>{"one", "two"});
  CHECK(release.pretty_name == "a \"quoted\" $x \\n back");
  CHECK(release.variant_id == "core os");
}

TEST_CASE("os-release in odd forms breaks nothing") {
  CHECK(parse_os_release("ID=\"").id.empty());
  CHECK(parse_os_release("ID=").id.empty());
  CHECK(parse_os_release("ID=\"ubuntu").id == "ubuntu");
  CHECK(parse_os_release("ID=a\nID=b\n").id == "b");
  CHECK(parse_os_release("ID=de'bi'\"an\"\r\n").id == "debian");
  CHECK(parse_os_release("ID=x\\").id == "x\\");
}

TEST_CASE("hosts are recognised by ID, then by ID_LIKE") {
  struct Case {
    std::string text;
    std::string provisioner;
  };
  const std::vector<Case> cases{
      {"ID=ubuntu\nVERSION_ID=\"24.04\"\nID_LIKE=debian", "ubuntu(systemd)"},
      {"ID=ubuntu\nVERSION_ID=\"18.04\"\nID_LIKE=debian", "ubuntu(systemd)"},
      {"ID=ubuntu\nVERSION_ID=\"26.04\"", "ubuntu(systemd)"},
      {"ID=ubuntu\nVERSION_ID=\"15.04\"", "ubuntu(systemd)"},
      {"ID=debian\nVERSION_ID=\"13\"", "debian"},
      {"ID=debian", "debian"},
      {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"", "ubuntu(systemd)"},
      {"ID=pop\nVERSION_ID=\"22.04\"\nID_LIKE=\"ubuntu debian\"", "ubuntu(systemd)"},
      {"ID=raspbian\nID_LIKE=debian", "debian"},
      {"ID=\"rhel\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"fedora\"", "redhat"},
      {"ID=\"centos\"\nVERSION_ID=\"9\"\nID_LIKE=\"rhel fedora\"", "centos"},
      {"ID=\"rocky\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"", "rocky"},
      {"ID=\"almalinux\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"rhel centos fedora\"", "redhat"},
      {"ID=\"ol\"\nVERSION_ID=\"9.4\"\nID_LIKE=\"fedora\"", "ol"},
      {"ID=\"eurolinux\"\nVERSION_ID=\"9.2\"\nID_LIKE=\"rhel fedora centos\"", "redhat"},
      {"ID=fedora\nVERSION_ID=42", "fedora"},
      {"ID=fedora\nVERSION_ID=42\nVARIANT_ID=server", "fedora"},
      {"ID=fedora\nVERSION_ID=42\nVARIANT_ID=coreos", "Fedora CoreOS"},
      {"ID=\"amzn\"\nVERSION_ID=\"2\"\nID_LIKE=\"centos rhel fedora\"", "amzn"},
      {"ID=\"amzn\"\nVERSION_ID=\"2023\"\nID_LIKE=\"fedora\"", "amzn"},
      {"ID=\"opensuse-leap\"\nVERSION_ID=\"15.6\"\nID_LIKE=\"suse opensuse\"", "SUSE"},
      {"ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"", "SUSE"},
      {"ID=\"sles\"\nVERSION_ID=\"15.6\"\nID_LIKE=\"suse\"", "SUSE"},
      {"ID=arch\nBUILD_ID=rolling", "arch"},
      {"ID=manjaro\nID_LIKE=arch", "arch"},
      {"ID=flatcar\nID_LIKE=coreos\nVERSION_ID=4081.2.0", "coreOS"},
      {"ID=coreos\nVERSION_ID=2512.3.0", "coreOS"},
      {"ID=cos\nVERSION_ID=117", "cos"},
  };
  for (const auto& [text, provisioner] : cases) {
    INFO(text);
    CHECK(detect(parse_os_release(text)).provisioner == provisioner);
  }
}

TEST_CASE("an unknown system is refused with what was found and what is supported") {
  for (const std::string text :
       {"ID=alpine\nVERSION_ID=3.20", "ID=ubuntu\nVERSION_ID=\"14.04\"\nID_LIKE=debian",
        "ID=ubuntu\nVERSION_ID=rolling\nID_LIKE=debian", "ID=x\nID_LIKE=notdebian", ""}) {
    INFO(text);
    CHECK_THROWS_WITH(detect(parse_os_release(text)), StartsWith("OS type not recognized"));
  }
  CHECK_THROWS_WITH(detect(parse_os_release("ID=alpine\nVERSION_ID=3.20\nID_LIKE=\"a b\"")),
                    ContainsSubstring(R"(ID="alpine" VERSION_ID="3.20" ID_LIKE="a b")") &&
                        ContainsSubstring("Ubuntu 15.04 and later, Debian, RHEL, CentOS Stream, "));
}

TEST_CASE("a probe's output is read among other lines") {
  const Probe probe = parse_probe(
      "Welcome!\nos ID=debian\nos VERSION_ID=\"12\"\nuid 0\nsystemd yes\ndaemon-json "
      "{\ndaemon-json  \"a\": 1}\n\nprobe done\n");
  CHECK(probe.complete);
  CHECK(probe.is_root);
  CHECK(probe.has_systemd);
  CHECK(probe.has_os_release);
  CHECK(probe.os.id == "debian");
  CHECK(probe.daemon_json == "{\n \"a\": 1}\n");
  const Probe cut = parse_probe("os ID=debian\nuid 1000\n");
  CHECK_FALSE(cut.complete);
  CHECK_FALSE(cut.is_root);
  CHECK_FALSE(cut.has_systemd);
  CHECK_FALSE(parse_probe("").has_os_release);
}
