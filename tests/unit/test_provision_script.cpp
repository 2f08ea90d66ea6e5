// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision_scratch_host.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;
using dmachine::test::ScratchHost;

namespace {

const std::string conf = "etc/systemd/system/docker.service.d/10-machine.conf";

/// An install script that does what apt would.
const std::string install_script = R"(#!/bin/sh
echo "installing"; echo install >>"$ROOT/calls"
[ ! -e "$ROOT/held" ] || { rm "$ROOT/held"; echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1'; exit 100; }
[ ! -e "$ROOT/interrupted" ] || { echo "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."; exit 100; }
cp "$APT_CONFIG" "$ROOT/apt.conf"
echo 'ExecStart=/usr/sbin/dockerd -H fd://' >"$ROOT/lib/docker.service"
: >"$ROOT/usr/sbin/dockerd"; chmod 755 "$ROOT/usr/sbin/dockerd"
)";

}  // namespace

TEST_CASE("a host with Docker gets its files, its name and one restart") {
  ScratchHost host;
  host.install_docker();
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.status.ok());
  CHECK(run.ended);
  CHECK(run.changed);
  CHECK(run.restarted);
  CHECK(host.read("etc/docker/ca.pem") == host.material.ca_pem);
  CHECK(host.read("etc/docker/server.pem") == host.material.server_pem);
  CHECK(host.read("etc/docker/server-key.pem") == host.material.server_key_pem.reveal());
  CHECK(host.mode("etc/docker") == 0755);
  CHECK(host.mode("etc/docker/ca.pem") == 0644);
  CHECK(host.mode("etc/docker/server.pem") == 0644);
  CHECK(host.mode("etc/docker/server-key.pem") == 0600);
  CHECK(host.mode(conf) == 0644);
  CHECK_THAT(
      host.read(conf),
      StartsWith("[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2376 ") &&
          EndsWith("--label provider=generic \nEnvironment=\n"));
  CHECK(host.read("etc/hosts") == "127.0.0.1 localhost\n127.0.1.1 m1.example\n");
  CHECK(host.read("etc/hostname") == "m1.example\n");
  CHECK(run.calls ==
        "hostname m1.example\n"
        "systemctl stop docker.service docker.socket\n"
        "systemctl enable docker.service\n"
        "systemctl daemon-reload\n"
        "systemctl reset-failed docker.service docker.socket\n"
        "systemctl restart docker.service\n");
}

TEST_CASE("a second run changes nothing and restarts nothing") {
  ScratchHost host;
  host.install_docker();
  REQUIRE(host.apply().ended);
  const auto again = host.apply();
  INFO(again.out);
  CHECK(again.ended);
  CHECK_FALSE(again.changed);
  CHECK_FALSE(again.restarted);
  CHECK(again.calls.empty());
}

TEST_CASE("a host made by the reference is left as it is, but for the mode of its key") {
  ScratchHost host;
  host.install_docker();
  REQUIRE(host.apply().ended);
  std::filesystem::permissions(host.root() / "etc/docker/server-key.pem",
                               std::filesystem::perms(0644));
  const auto run = host.apply();
  CHECK(run.calls.empty());
  CHECK(host.mode("etc/docker/server-key.pem") == 0600);
}

TEST_CASE("each change restarts the engine once") {
  ScratchHost host;
  host.install_docker();
  REQUIRE(host.apply().ended);
  SECTION("an option") {
    host.request.engine.labels = {"a=b"};
  }
  SECTION("a variable") {
    host.request.engine.env = {"A=b"};
  }
  SECTION("a certificate") {
    host.material.server_pem = "OTHER\n";
  }
  SECTION("a file that was lost") {
    std::filesystem::remove(host.root() / "etc/docker/ca.pem");
  }
  SECTION("a stopped engine") {
    host.write("unit", "ActiveState=inactive\n");
  }
  SECTION("an engine started with other options") {
    host.write("proc/77/cmdline", std::string("/usr/bin/dockerd\0-H\0", 19));
  }
  SECTION("a unit changed since it was loaded") {
    host.write("unit", "ActiveState=active\nMainPID=77\nNeedDaemonReload=yes\nExecStart=\n");
  }
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.ended);
  CHECK(run.restarted);
  CHECK_THAT(run.calls, EndsWith("systemctl restart docker.service\n"));
  CHECK(host.apply().calls.empty());
}

TEST_CASE("a command line that a later drop-in insists on is in force, not outdated") {
  ScratchHost host;
  host.install_docker();
  REQUIRE(host.apply().ended);
  host.write("proc/77/cmdline", std::string("/usr/bin/dockerd\0-H\0tcp://0.0.0.0:2376\0", 39));
  host.write("unit",
             "ActiveState=active\nMainPID=77\nNeedDaemonReload=no\n"
             "ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H tcp://0.0.0.0:2376 ; "
             "ignore_errors=no }\n");
  CHECK(host.apply().calls.empty());
}

TEST_CASE("an existing line for 127.0.1.1 becomes the machine's, and names are matched whole") {
  ScratchHost host;
  host.install_docker();
  const std::vector<std::pair<std::string, std::string>> cases{
      {"127.0.1.1 old old.example\n::1 x\n", "127.0.1.1 m1.example\n::1 x\n"},
      {"127.0.1.1\told\n", "127.0.1.1 m1.example\n"},
      {"10.0.0.1 m1.example other\n", "10.0.0.1 m1.example other\n"},
      {"10.0.0.1 m1xexample\n", "10.0.0.1 m1xexample\n127.0.1.1 m1.example\n"},
      {"10.0.0.1 am1.example\n", "10.0.0.1 am1.example\n127.0.1.1 m1.example\n"},
      {"# 10.0.0.1 m1.example", "# 10.0.0.1 m1.example\n127.0.1.1 m1.example\n"},
      {"", "127.0.1.1 m1.example\n"},
  };
  for (const auto& [before, after] : cases) {
    host.write("etc/hosts", before);
    const auto run = host.apply();
    INFO(before << run.out);
    CHECK(run.ended);
    CHECK(host.read("etc/hosts") == after);
  }
}

TEST_CASE("Docker is installed by the script when its daemon is missing") {
  ScratchHost host;
  host.write("install-script", install_script);
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.ended);
  CHECK_THAT(run.calls,
             ContainsSubstring("systemd-run --quiet --collect --unit=dmachine-install.service"));
  CHECK_THAT(run.calls, ContainsSubstring(" -- https://example.test/install\ninstall\n"));
  CHECK_THAT(run.calls, !ContainsSubstring("apt-get"));
  CHECK_THAT(host.read(conf), ContainsSubstring("\nExecStart=/usr/sbin/dockerd -H tcp"));
  CHECK_THAT(host.read("apt.conf"), ContainsSubstring("DPkg::Lock::Timeout \"30\";"));
  CHECK_FALSE(std::filesystem::exists(host.root() / "run/dmachine"));
  CHECK_THAT(host.apply().calls, !ContainsSubstring("install"));
}

TEST_CASE("a held lock is waited out, an interrupted dpkg repaired, once") {
  ScratchHost host;
  host.write("install-script", install_script);
  SECTION("lock") {
    host.write("held", "");
    const auto run = host.apply();
    INFO(run.out);
    CHECK(run.ended);
    CHECK_THAT(run.calls, ContainsSubstring("install\ninstall\n"));
  }
  SECTION("interrupted") {
    host.write("interrupted", "");
    const auto run = host.apply();
    INFO(run.out);
    CHECK(run.ended);
    CHECK_THAT(run.calls,
               ContainsSubstring(
                   "install\ndpkg --force-confdef --force-confold --configure -a\ninstall\n"));
  }
  SECTION("a package of Docker's left half-way") {
    host.install_docker();
    host.write("var/lib/dpkg/status",
               "Package: docker-ce\nStatus: install ok unpacked\n\nPackage: x\nStatus: install ok "
               "installed\n");
    const auto run = host.apply();
    INFO(run.out);
    CHECK_THAT(run.calls,
               ContainsSubstring("dpkg --force-confdef --force-confold --configure -a\n"));
    CHECK_THAT(run.calls, !ContainsSubstring("curl"));
    CHECK(run.ended);
  }
  SECTION("for ever") {
    host.lock_limit = 1;
    host.write("install-script",
               "#!/bin/sh\necho 'E: Unable to lock directory /var/lib/apt/lists/'; exit 100\n");
    const auto run = host.apply();
    CHECK_FALSE(run.status.ok());
    CHECK_THAT(run.failure, StartsWith("error installing docker: exit status 100:\n") &&
                                ContainsSubstring("Failed to obtain lock"));
  }
}

TEST_CASE("an install that fails shows its status and its last lines") {
  ScratchHost host;
  std::string expected;
  SECTION("the script") {
    host.write("install-script", "#!/bin/sh\necho first; echo the reason >&2; exit 7\n");
    expected = "error installing docker: exit status 7:\nfirst\nthe reason";
  }
  SECTION("no script") {
    host.write("install-script", "<html>not found</html>\n");
    expected =
        "error installing docker: exit status 1:\nhttps://example.test/install is not a script (it "
        "does not begin "
        "with #!): <html>not found</html>";
  }
  SECTION("an empty answer") {
    host.write("install-script", "");
    expected =
        "error installing docker: exit status 1:\nhttps://example.test/install is not a script: it "
        "is empty";
  }
  SECTION("half a script") {
    host.write("install-script", "#!/bin/sh\ninstall() {\n  echo \"half");
    expected =
        "error installing docker: exit status 1:\nhttps://example.test/install is no shell script, "
        "or not all of one (#!/bin/sh): ";
  }
  SECTION("nothing to download") {
    host.write("no-download", "");
    expected =
        "error installing docker: exit status 1:\ncurl: (22) The requested URL returned error: "
        "404\ndownloading "
        "https://example.test/install failed";
  }
  SECTION("a script that installs nothing") {
    host.write("install-script", "#!/bin/sh\n");
    expected =
        "error installing docker: exit status 1:\nthe install script ended well, but there is no "
        "docker.service with "
        "a dockerd";
  }
  SECTION("no installing wanted") {
    host.request.engine.install_url = "None";
    expected =
        "error installing docker: Docker is not on this host, and the install URL is \"none\"";
  }
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.status.code == 1);
  CHECK_FALSE(run.ended);
  CHECK(run.failure.substr(0, expected.size()) == expected);
  CHECK((run.failure.size() == expected.size() || expected.back() == ' '));  // a shell's own words
  CHECK_FALSE(std::filesystem::exists(host.root() / "run/dmachine"));
}

TEST_CASE("an engine that cannot start shows the daemon's own words") {
  ScratchHost host;
  host.install_docker();
  host.write("broken", "");
  host.write("etc/systemd/system/docker.service.d/docker.conf",
             "[Service]\nExecStart=\nExecStart=/bin/false\n");
  const auto run = host.apply();
  CHECK(run.status.code == 1);
  CHECK_THAT(
      run.failure,
      StartsWith("Unable to verify the Docker daemon is listening: docker.service is failed:\n") &&
          ContainsSubstring(
              "failed to start daemon: the reason\n/etc/systemd/system/docker.service.d/"
              "docker.conf sets ExecStart too"));
}

TEST_CASE(
    "an engine that was up goes on with its old options when it does not start with new ones") {
  ScratchHost host;
  host.install_docker();
  REQUIRE(host.apply().ended);
  const std::string working = host.read(conf);
  host.request.engine.labels = {"a=b"};
  host.write("broken", "once");
  const auto run = host.apply();
  INFO(run.out);
  CHECK_THAT(run.failure, ContainsSubstring("failed to start daemon: the reason"));
  CHECK(host.read(conf) == working);
  CHECK_THAT(run.out, ContainsSubstring("@@mark warn The Docker daemon does not start with the new "
                                        "options: it runs again with those it had"));
  host.request.engine.labels = {};
  CHECK(host.apply().ended);
}

TEST_CASE("a daemon that refuses its options says so before anything is touched") {
  ScratchHost host;
  host.install_docker();
  REQUIRE(host.apply().ended);
  const std::string before = host.read(conf);
  host.request.engine.labels = {"it's=$x"};
  host.request.engine.env = {"A=a b'$c"};
  host.material.server_pem = "NEW\n";
  const std::string dockerd =
      "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$ROOT/asked\"; echo \"$A\" "
      ">>\"$ROOT/asked\"\nfor last; do :; done\n";
  std::string expected;
  SECTION("since 23.0 by --validate, which reads the new certificates") {
    host.write("usr/bin/dockerd",
               dockerd +
                   "cat \"$ROOT/run/dmachine/check/server.pem\" >\"$ROOT/read\"\n"
                   "echo 'unable to configure the Docker daemon'; exit 1\n");
    expected =
        "the Docker daemon does not take its options: exit status 1:\nunable to configure the "
        "Docker daemon";
  }
  SECTION("before that by --help") {
    host.write("usr/bin/dockerd",
               dockerd +
                   "case $last in --validate) echo 'unknown flag: --validate';;\n"
                   "*) echo 'invalid argument for --mtu';; esac; exit 125\n");
    expected =
        "the Docker daemon does not take its options: exit status 125:\ninvalid argument for --mtu";
  }
  std::filesystem::permissions(host.root() / "usr/bin/dockerd", std::filesystem::perms(0755));
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.failure == expected);
  CHECK(run.calls.empty());
  CHECK(host.read(conf) == before);
  CHECK(host.read("etc/docker/server.pem") == "SERVER\n");
  CHECK_FALSE(std::filesystem::exists(host.root() / "run/dmachine"));
  CHECK_THAT(host.read("asked"), StartsWith("-H\ntcp://0.0.0.0:2376\n") &&
                                     ContainsSubstring("\n--label\nit's=$x\n") &&
                                     EndsWith("\na b'$c\n"));
  if (host.read("read") != "(missing)") {
    CHECK(host.read("read") == "NEW\n");
  }
}

TEST_CASE("dockerd is asked only about options of the user's that are new") {
  ScratchHost host;
  host.install_docker();
  host.write("usr/bin/dockerd", "#!/bin/sh\necho asked >>\"$ROOT/asked\"\n");
  std::filesystem::permissions(host.root() / "usr/bin/dockerd", std::filesystem::perms(0755));
  CHECK(host.apply().ended);
  CHECK(host.read("asked") == "(missing)");
  host.request.engine.labels = {"a=b"};
  CHECK(host.apply().ended);
  CHECK(host.read("asked") == "asked\n");
  CHECK(host.apply().ended);
  CHECK(host.read("asked") == "asked\n");
}

TEST_CASE("an engine that does not listen is given up on") {
  ScratchHost host;
  host.install_docker();
  host.request.engine_port = 2377;
  const auto run = host.apply();
  CHECK(run.status.code == 1);
  CHECK_THAT(run.failure,
             ContainsSubstring(
                 "after 1 seconds docker.service is active and does not listen on port 2377"));
}

TEST_CASE("another program on the port is no engine") {
  ScratchHost host;
  host.install_docker();
  std::filesystem::remove(host.root() / "proc/77/fd/3");
  const auto run = host.apply();
  CHECK_FALSE(run.ended);
  CHECK_THAT(run.failure, ContainsSubstring("does not listen on port 2376"));
}

TEST_CASE("docker0 goes when its options change, unless containers hang on it") {
  ScratchHost host;
  host.install_docker();
  host.write("docker0", "");
  REQUIRE_THAT(host.apply().calls, !ContainsSubstring("ip link delete"));
  host.request.engine.arbitrary_flags = {"bip=10.1.0.1/16"};
  SECTION("alone") {
    CHECK_THAT(host.apply().calls, ContainsSubstring("docker.socket\nip link delete docker0\n"));
    CHECK(host.apply().calls.empty());
    host.write("docker0", "");
    host.request.engine.arbitrary_flags = {};
    CHECK_THAT(host.apply().calls, ContainsSubstring("ip link delete docker0\n"));
  }
  SECTION("with containers") {
    host.write("attached", "veth1\n");
    const auto run = host.apply();
    CHECK_THAT(run.calls, !ContainsSubstring("ip link delete"));
    CHECK_THAT(run.out, ContainsSubstring("@@mark warn docker0 stays"));
  }
}

TEST_CASE("cloud-init is waited for within a limit") {
  ScratchHost host;
  host.install_docker();
  host.write("run/cloud-init/enabled", "");
  SECTION("done") {
    host.write("run/cloud-init/result.json", "{}");
    CHECK_THAT(host.apply().out, !ContainsSubstring("warn"));
  }
  SECTION("never done") {
    CHECK_THAT(host.apply().out,
               ContainsSubstring("@@mark warn cloud-init has not finished within 1 seconds"));
  }
}

TEST_CASE("swarm containers are made once") {
  ScratchHost host;
  host.install_docker();
  host.request.swarm.is_swarm = host.request.swarm.agent = true;
  host.request.swarm.image = "swarm:latest";
  host.request.swarm.discovery = "token://x";
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.ended);
  CHECK_THAT(
      run.calls,
      ContainsSubstring(
          "docker container inspect swarm-agent\ndocker pull -q swarm:latest\ndocker create --name "
          "swarm-agent --restart always --env-file ") &&
          EndsWith(
              "swarm:latest join --advertise 10.0.0.1:2376 token://x\ndocker start swarm-agent\n"));
  CHECK(host.apply().calls == "docker container inspect swarm-agent\n");
}

TEST_CASE("nothing runs of a script that was cut off") {
  ScratchHost host;
  host.install_docker();
  const std::string whole = host.script();
  for (const std::size_t length : {whole.size() / 4, whole.size() / 2, whole.size() - 40}) {
    Command command{{"sh", "-s"}, whole.substr(0, length)};
    command.extra_env = {"ROOT=" + host.root().string(), ScratchHost::path()};
    const auto result = run_child(Context(), command);
    CHECK_THAT(result.out, !ContainsSubstring("@@mark"));
    CHECK(host.read("calls") == "(missing)");
    CHECK(host.read("etc/hostname") == "old\n");
  }
}

TEST_CASE("the scripts are plain POSIX shell") {
  ScratchHost host;
  host.request.swarm.is_swarm = host.request.swarm.agent = host.request.swarm.master = true;
  host.request.swarm.host = "tcp://0.0.0.0:3376";
  host.request.engine.labels = {"it's=\"odd\" $x"};
  const std::string script = host.script();
  for (const char* shell : {"dash", "bash", "busybox"}) {
    if (!find_program(shell))
      continue;
    std::vector<std::string> argv{shell};
    if (argv[0] == "busybox")
      argv.emplace_back("sh");
    argv.emplace_back("-n");
    const auto result = run_child(Context(), {argv, script});
    INFO(shell << result.err);
    CHECK(result.status.ok());
  }
  if (find_program("bash")) {  // the shell of other systems
    host.install_docker();
    host.shell = "bash";
    host.request.swarm = {};
    const auto run = host.apply();
    INFO(run.out);
    CHECK(run.ended);
    CHECK(host.apply().calls.empty());
  }
  if (find_program("shellcheck")) {
    const auto result =
        run_child(Context(), {{"shellcheck", "--shell=sh", "--severity=warning", "-"}, script});
    INFO(result.out);
    CHECK(result.status.ok());
  }
}

TEST_CASE(
    "systems that the install script does not know get the packages of their package manager") {
  ScratchHost host;
  host.request.engine.install_url = GENERATE("", "https://get.docker.com");
  host.write("package-run",
             "case \"$*\" in *install* | -Sy*)\n"
             "echo 'ExecStart=/usr/sbin/dockerd -H fd://' >\"$ROOT/lib/docker.service\"\n"
             ": >\"$ROOT/usr/sbin/dockerd\"; chmod 755 \"$ROOT/usr/sbin/dockerd\";; esac\n");
  struct Case {
    const OsFamily* family;
    std::string calls;
  };
  const auto [family, calls] = GENERATE(
      Case{&amazon, "amazon-linux-extras enable docker\ndnf -y -q --allowerasing install docker\n"},
      Case{&oracle, "dnf -y -q --allowerasing install docker-ce docker-ce-cli containerd.io\n"},
      Case{&alma, "dnf -y -q --allowerasing install docker-ce docker-ce-cli containerd.io\n"},
      Case{&suse,
           "zypper --non-interactive --quiet search --match-exact docker\n"
           "zypper --non-interactive --quiet install --no-recommends -- docker\n"},
      Case{&arch, "pacman -Sy --noconfirm --noprogressbar --needed docker\n"});
  host.family = family;
  const auto run = host.apply();
  INFO(run.out);
  CHECK(run.ended);
  CHECK_THAT(run.calls, ContainsSubstring(calls) && !ContainsSubstring("curl"));
  CHECK_THAT(host.apply().calls, !ContainsSubstring("install"));
  if (family == &alma) {
    CHECK_THAT(host.read("etc/yum.repos.d/docker-ce.repo"),
               ContainsSubstring("/linux/centos/9/$basearch/stable\n"));
  }
}

TEST_CASE("an install URL of the user's counts on every system") {
  ScratchHost host;
  host.write("install-script", "#!/bin/sh\necho the reason; exit 7\n");
  host.family = GENERATE(&rhel, &alma, &amazon, &suse, &arch, &container_optimized, &flatcar);
  const auto run = host.apply();
  CHECK(run.failure == "error installing docker: exit status 7:\nthe reason");
}

TEST_CASE("a system that brings its programs in its image cannot be given Docker") {
  ScratchHost host;
  host.request.engine.install_url = "https://get.docker.com";
  host.family = GENERATE(&container_optimized, &flatcar, &fedora_coreos);
  CHECK(host.apply().failure ==
        "error installing docker: exit status 1:\nthis system has no package manager that could "
        "install docker: it has to be in the image");
}

TEST_CASE("a mirror that fails is asked twice more") {
  ScratchHost host;
  host.request.engine.install_url = "https://get.docker.com";
  host.family = &amazon;
  host.write("package-run",
             "case \"$*\" in *install*) echo 'Error: Failed to download metadata for repo'; "
             "exit 1;; esac\n");
  const auto run = host.apply();
  CHECK_THAT(run.failure, StartsWith("error installing docker: exit status 1:\n"));
  std::size_t installs = 0;
  for (auto at = run.calls.find("install docker"); at != std::string::npos;
       at = run.calls.find("install docker", at + 1)) {
    ++installs;
  }
  CHECK(installs == 3);
}

TEST_CASE("the engine's port is opened once in a firewall that would keep it shut") {
  ScratchHost host;
  host.install_docker();
  host.request.engine_port = 2376;
  SECTION("firewalld at work") {
    host.write("firewalld", "");
    const auto run = host.apply();
    INFO(run.out);
    CHECK_THAT(run.calls, ContainsSubstring("firewall-cmd --quiet --add-port=2376/tcp\n"
                                            "firewall-cmd --quiet --permanent "
                                            "--add-port=2376/tcp\n"));
    CHECK_THAT(host.apply().calls, !ContainsSubstring("firewall-cmd"));
  }
  SECTION("firewalld installed, not at work") {
    CHECK_THAT(host.apply().calls, !ContainsSubstring("firewall-cmd"));
  }
  SECTION("Container-Optimized OS") {
    host.family = &container_optimized;
    CHECK_THAT(host.apply().calls,
               ContainsSubstring("iptables -A INPUT -p tcp -m tcp --dport 2376 -j ACCEPT\n"));
    CHECK_THAT(host.apply().calls, !ContainsSubstring("iptables"));
  }
}

TEST_CASE("the drop-in leaves alone what the units of image systems need") {
  ScratchHost host;
  host.install_docker();
  SECTION("Flatcar's variables") {
    host.family = &flatcar;
    CHECK(host.apply().ended);
    CHECK_THAT(host.read(conf), EndsWith("--label provider=generic \n"));
    host.request.engine.env = {"A=b"};
    CHECK(host.apply().ended);
    CHECK_THAT(host.read(conf), EndsWith("\nEnvironment=A=b \n"));
  }
  SECTION("the storage driver of Container-Optimized OS, which its daemon.json names") {
    host.family = &container_optimized;
    CHECK(host.apply().ended);
    CHECK_THAT(host.read(conf), !ContainsSubstring("--storage-driver"));
  }
}

TEST_CASE("running containers are kept over the restart for new certificates") {
  ScratchHost host;
  host.install_docker();
  CHECK(host.apply().ended);
  host.material.server_pem = "RENEWED\n";
  // The engine does what its file says.
  host.write("info",
             "case $format in\n"
             "*LocalNodeState*) echo 'false inactive' ;;\n"
             "*) grep -c live-restore.*true \"$ROOT/etc/docker/daemon.json\" | sed "
             "'s/1/true/;s/0/false/' ;;\n"
             "esac\n");
  host.write("proc/88/comm", "containerd-shim\n");
  const std::string hup = "systemctl kill --kill-who=main --signal=HUP docker.service\n";
  const std::string own = GENERATE("", "{\"debug\": true}\n");
  if (!own.empty()) {
    host.write("etc/docker/daemon.json", own);
    host.daemon_json = own;
  }
  SECTION("an engine that can be told to") {
    const auto run = host.apply();
    INFO(run.out);
    CHECK(run.ended);
    CHECK_THAT(run.calls, StartsWith(hup + "systemctl stop docker.service") && EndsWith(hup));
    CHECK_THAT(run.out, ContainsSubstring("@@mark changed /etc/docker/daemon.json\n"));
  }
  SECTION("no container runs") {
    host.write("proc/88/comm", "bash\n");
    CHECK_THAT(host.apply().calls, !ContainsSubstring(hup));
  }
  SECTION("in swarm mode it would not start") {
    host.write("info", "echo 'false active'\n");
    CHECK_THAT(host.apply().calls, !ContainsSubstring(hup));
  }
  SECTION("a run that was cut off is tidied up after") {
    host.write("etc/docker/daemon.json.dmachine-before", own);
    host.write("etc/docker/daemon.json", "{\"live-restore\": true}\n");
    CHECK_THAT(host.apply().calls, StartsWith(hup));
  }
  CHECK(host.read("etc/docker/daemon.json") == (own.empty() ? "(missing)" : own));
  CHECK(host.read("etc/docker/daemon.json.dmachine-before") == "(missing)");
}

TEST_CASE("what a system forgets at a reboot comes back from its disk") {
  ScratchHost host;
  host.install_docker();
  host.family = &container_optimized;
  CHECK(host.apply().ended);
  CHECK(host.mode("var/lib/dmachine") == 0700);
  CHECK(host.mode("var/lib/dmachine/etc/docker/server-key.pem") == 0600);
  const std::string boot = host.read("var/lib/dmachine/boot.sh");
  CHECK_THAT(boot, !ContainsSubstring("KEY"));
  CHECK(host.apply().calls.empty());

  const std::string drop_in = host.read(conf);
  std::filesystem::remove_all(host.root() / "etc");
  std::filesystem::create_directory(host.root() / "etc");
  std::filesystem::remove(host.root() / "rules");
  host.write("etc/hosts", "127.0.0.1 localhost\n");
  host.write("name", "old\n");
  const auto run = [&] {
    std::filesystem::remove(host.root() / "calls");
    Command command{{"sh", "-s"}, boot};
    command.extra_env = {"ROOT=" + host.root().string(), ScratchHost::path()};
    const ChildResult result = run_child(Context().within(std::chrono::seconds(60)), command);
    INFO(result.out << result.err);
    CHECK(result.status.ok());
    return find_file(host.root() / "calls").value_or("");
  };
  CHECK(run() ==
        "hostname m1.example\n"
        "iptables -A INPUT -p tcp -m tcp --dport 2376 -j ACCEPT\n"
        "systemctl daemon-reload\n"
        "systemctl enable docker.service\n"
        "systemctl restart docker.service\n");
  CHECK(host.read(conf) == drop_in);
  CHECK(host.read("etc/docker/server-key.pem") == host.material.server_key_pem.reveal());
  CHECK(host.mode("etc/docker/server-key.pem") == 0600);
  CHECK(host.read("etc/hostname") == "m1.example\n");
  CHECK(run().empty());
}
