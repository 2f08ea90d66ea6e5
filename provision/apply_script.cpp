// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/apply_script.hpp"

#include "core/text.hpp"
#include "provision/daemon_json.hpp"
#include "provision/drop_in.hpp"
#include "provision/install_source.hpp"
#include "provision/scripts.hpp"
#include "provision/swarm.hpp"

#include <fmt/format.h>

namespace dmachine::provision {
namespace {

void assign(std::string& script, std::string_view name, std::string_view value) {
  script.append(name).append("=").append(shell_quote(value)).append("\n");
}

/// On a disk that outlives reboots, whatever becomes of /etc. `boot.sh` in it is a name that
/// drivers know.
constexpr std::string_view kept_folder = "/var/lib/dmachine";

/// As the scripts compare it. Stores of old make have none.
std::string install_url(const EngineOptions& engine) {
  if (engine.install_url.empty()) {
    return std::string(default_install_url);
  }
  return equal_ignoring_case(engine.install_url, "none") ? "none" : engine.install_url;
}

/// For every script of ours.
std::string preamble(std::string_view root) {
  std::string text =
      "LC_ALL=C\n"
      "PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
      "export LC_ALL PATH\n"
      "umask 022\n";
  assign(text, "root", root);
  return text;
}

/// As the scripts name it; the files were looked at when they were brought.
std::string_view install_kind(const ApplyPlan& plan) {
  if (plan.request.engine.install_files.empty()) {
    return "";
  }
  switch (plan.install_folder.empty() ? InstallFiles::none
                                      : find_kind(plan.request.engine.install_files)) {
    case InstallFiles::script:
      return "script";
    case InstallFiles::packages:
      return "packages";
    case InstallFiles::archive:
      return "archive";
    case InstallFiles::none:
      break;
  }
  return "missing";
}

/// For the main script and the detached one alike.
std::string settings(const ApplyPlan& plan) {
  std::string text = preamble(plan.root);
  assign(text, "work", plan.work);
  assign(text, "install_url", install_url(plan.request.engine));
  assign(text, "install_folder", plan.install_folder);
  assign(text, "lock_limit", std::to_string(plan.lock_limit.count()));
  return text;
}

/// The last line has the whole run: a script that is cut off on its way does nothing.
std::string job(const ApplyPlan& plan, std::string_view name) {
  std::string text = settings(plan);
  assign(text, "default_install_url", default_install_url);
  assign(text, "engine_packages", plan.family.engine_packages);
  assign(text, "engine_version", plan.request.engine.version);
  assign(text, "install_kind", install_kind(plan));
  assign(text, "docker_ce", plan.family.docker_ce);
  text.append(scripts::marks)
      .append(scripts::packages)
      .append(*plan.family.packages)
      .append(scripts::engine)
      .append(scripts::install_files)
      .append(scripts::install_version)
      .append(scripts::install_job)
      .append(scripts::docker_packages)
      .append(scripts::upgrade_job);
  if (plan.family.engine_repository != nullptr) {
    text.append(*plan.family.engine_repository);
  }
  return text.append(name).append(" </dev/null; exit $?\n");
}

/// What is done, in this order.
std::string steps(const Request& request) {
  const bool upgrade = request.upgrade == Upgrade::yes;
  std::string text = "take_turn\n";
  text +=
      "mark phase cloud-init\n"
      "wait_cloud_init\n"
      "mark phase hostname\n"
      "set_hostname\n";
  text += upgrade ? "upgrade_engine\n" : "";
  text +=
      "install_engine\n"
      "render_drop_in\n"
      "check_options\n"
      "ensure_certificates\n"
      "ensure_options\n"
      "keep_etc\n"
      "open_port\n";
  text += upgrade ? "announce_restart\n" : "";
  return text + "restart_engine\nrestore_daemon_json\n";
}

/// Whether the engine gets anything that might not suit it.
bool has_own_options(const ApplyPlan& plan) {
  const EngineOptions& engine = plan.request.engine;
  return !plan.daemon_json.empty() || !engine.arbitrary_flags.empty() || !engine.env.empty() ||
         !engine.insecure_registry.empty() || !engine.labels.empty() ||
         !engine.registry_mirror.empty() || !engine.storage_driver.empty();
}

/// A function for the engine's command line with more arguments at its end, in its environment.
std::string dockerd_function(const std::vector<std::string>& arguments,
                             const std::vector<std::string>& environment) {
  std::string text = "dockerd_with() (\nset -- \"$root$dockerd\"";
  for (const auto& word : arguments) {
    text += " " + shell_quote(word);
  }
  text += " \"$@\"\n";
  for (const auto& variable : environment) {
    const auto equals = variable.find('=');
    text += fmt::format("export {}={}\n", variable.substr(0, equals),
                        shell_quote(variable.substr(equals + 1)));
  }
  return text + "exec \"$@\"\n)\n";
}

/// What /etc/hosts, the hostname and the packet filter need to know.
std::string host_facts(const OsFamily& family, const Request& request) {
  std::string text;
  assign(text, "machine_name", request.machine_name);
  assign(text, "machine_pattern", replace_all(request.machine_name, ".", "\\."));
  assign(text, "port", std::to_string(request.engine_port));
  assign(text, "firewall", family.firewall == Firewall::iptables ? "iptables" : "firewalld");
  assign(text, "drop_in_path", drop_in_path);
  return text;
}

}  // namespace

std::string boot_script(const OsFamily& family, const Request& request, std::string_view root) {
  if (family.etc == Etc::kept) {
    return {};
  }
  std::string text = preamble(root) + host_facts(family, request);
  assign(text, "mark", "dmachine:");
  assign(text, "kept", kept_folder);
  text.append(scripts::marks)
      .append(scripts::files)
      .append(scripts::hostname)
      .append(scripts::firewall)
      .append(scripts::boot);
  return text + "restore\n";
}

Secret apply_script(const ApplyPlan& plan) {
  const Request& request = plan.request;
  const auto arguments = engine_arguments(request.engine, request.driver_name, request.engine_port,
                                          plan.storage_driver);
  const std::string swarm =
      swarm_step(request.swarm, request.engine.env, plan.address, request.engine_port);

  std::string script;
  script.reserve(256 << 10);  // a string that grows would leave copies of the key behind
  script += settings(plan);
  assign(script, "mark", plan.mark);
  script += host_facts(plan.family, request);
  assign(script, "port_hex", fmt::format("{:04X}", request.engine_port));
  assign(script, "cloud_init_limit", std::to_string(plan.cloud_init_limit.count()));
  assign(script, "engine_limit", std::to_string(plan.engine_limit.count()));
  assign(script, "live_restore_json", live_restore_json(plan.daemon_json, arguments));
  assign(script, "drop_in_rest",
         drop_in_rest(arguments, request.engine.env, plan.family.empty_environment));
  assign(script, "engine_arguments", join(arguments, "\n"));
  assign(script, "own_options", has_own_options(plan) ? "yes" : "no");
  script += dockerd_function(arguments, request.engine.env);
  assign(script, "install_job", job(plan, "install_job"));
  assign(script, "upgrade_job", job(plan, "upgrade_job"));
  assign(script, "boot_script", boot_script(plan.family, request, plan.root));
  assign(script, "kept", kept_folder);
  script.append(scripts::marks)
      .append(scripts::files)
      .append(scripts::cloud_init)
      .append(scripts::hostname)
      .append(scripts::packages)
      .append(*plan.family.packages)
      .append(scripts::engine)
      .append(scripts::install)
      .append(scripts::docker_packages)
      .append(scripts::upgrade)
      .append(scripts::keep_containers)
      .append(scripts::check_options)
      .append(scripts::configure)
      .append(scripts::firewall)
      .append(scripts::keep_etc)
      .append(scripts::swarm);
  assign(script, "ca_pem", plan.material.ca_pem);
  assign(script, "server_pem", plan.material.server_pem);
  assign(script, "server_key_pem", plan.material.server_key_pem.reveal());
  script += "apply() {\n" + steps(request) + swarm +
            "mark end\n"
            "}\n"
            "apply </dev/null 2>&1; exit $?\n";
  return Secret(std::move(script));
}

}  // namespace dmachine::provision
