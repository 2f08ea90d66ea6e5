// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "provision/apply_script.hpp"
#include "provision/drop_in.hpp"
#include "provision/progress.hpp"
#include "tests/support/temp.hpp"

#include <filesystem>
#include <set>
#include <string>

namespace dmachine::test {

/// A folder that plays a host: the apply script runs in a local `sh`, below this root, with
/// commands of its own in PATH that write down how they were called and keep a little state.
class ScratchHost {
 public:
  ScratchHost() {
    for (const char* folder :
         {"etc", "lib", "usr/bin", "usr/sbin", "var/lib/dpkg", "proc/net", "proc/77/fd", "run"}) {
      std::filesystem::create_directories(root() / folder);
    }
    write("etc/hosts", "127.0.0.1 localhost\n");
    write("etc/hostname", "old\n");
    write("etc/os-release", "ID=test\nVERSION_ID=\"9.4\"\n");
    write("var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\n");
    write("name", "old\n");
    write("packages", "ii bash 5.2\n");
    write("proc/net/tcp",
          "  sl  local_address rem_address   st\n"
          "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 11 1 0 "
          "100\n");
    write("proc/net/tcp6",
          "   0: 00000000000000000000000000000000:0948 00000000000000000000000000000000:0000 0A "
          "00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 "
          "10 0\n");
    std::filesystem::create_symlink("socket:[4242]", root() / "proc/77/fd/3");
    request.machine_name = "m1.example";
    request.driver_name = "generic";
    request.engine.install_url = "https://example.test/install";
    material.ca_pem = "CA 'quoted' $x\n";
    material.server_pem = "SERVER\n";
    material.server_key_pem = Secret("KEY \\ `id`\n");
  }

  /// Docker as the distribution's package leaves it.
  void install_docker(const std::string& dockerd = "/usr/bin/dockerd") {
    write("lib/docker.service", "[Service]\nExecStart=" + dockerd + " -H fd:// $DOCKER_OPTS\n");
    write(dockerd.substr(1), "");
    std::filesystem::permissions(root() / dockerd.substr(1), std::filesystem::perms(0755));
    dockerd_ = dockerd;
  }

  struct Run {
    ExitStatus status;
    bool ended = false;
    bool changed = false;
    bool restarted = false;
    std::string failure;
    std::string out;
    std::string calls;  // of this run
  };

  std::string script() const {
    provision::ApplyPlan plan{*family,    request, material, family->storage_driver,
                              "10.0.0.1", "@@mark"};
    plan.daemon_json = daemon_json;
    plan.root = root().string();
    plan.work = (root() / "run/dmachine").string();
    plan.lock_limit = std::chrono::seconds(lock_limit);
    plan.cloud_init_limit = std::chrono::seconds(1);
    plan.engine_limit = std::chrono::seconds(1);
    return provision::apply_script(plan).reveal();
  }

  Run apply() {
    std::string cmdline = dockerd_ + '\0';
    for (const auto& word : provision::engine_arguments(
             request.engine, request.driver_name, request.engine_port, family->storage_driver)) {
      cmdline += word + '\0';
    }
    write("cmdline.next", cmdline);
    std::filesystem::remove(root() / "calls");
    Command command{{shell, "-s"}, script()};
    command.extra_env = {"ROOT=" + root().string(), path()};
    const ChildResult result = run_child(Context().within(std::chrono::seconds(60)), command);
    std::set<std::string> told;
    provision::Progress progress("@@mark", provision::AnnouncesInstall::no, {}, told);
    progress.feed(result.out);
    return {result.status,
            progress.ended(),
            progress.changed(),
            progress.restarted(),
            progress.failure(""),
            result.out + result.err,
            find_file(root() / "calls").value_or("")};
  }

  /// tests/data/scratch_host/bin in front of the real commands.
  static std::string path() {
    return "PATH=" DMACHINE_SOURCE_DIR "/tests/data/scratch_host/bin:/usr/bin:/bin";
  }
  std::string read(const std::string& path) const {
    return find_file(root() / path).value_or("(missing)");
  }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root() / path).parent_path());
    write_file(root() / path, text, 0644);
  }
  unsigned mode(const std::string& path) const {
    return static_cast<unsigned>(std::filesystem::status(root() / path).permissions());
  }
  const std::filesystem::path& root() const { return folder_.path(); }

  provision::Request request;
  provision::Material material;
  std::string daemon_json;  // as the probe found it
  const provision::OsFamily* family = &provision::debian;
  std::string shell = "sh";
  int lock_limit = 30;

 private:
  TempFolder folder_;
  std::string dockerd_ = "/usr/bin/dockerd";
};

}  // namespace dmachine::test
