// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/external.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "ssh/external_session.hpp"
#include "ssh/known_hosts.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace dmachine::ssh {

namespace {

/// A path as ssh's option parser takes it: `%` starts a token, and a blank ends a file name.
std::string option_path(const std::filesystem::path& path) {
  auto text = replace_all(path.string(), "%", "%%");
  return text.find_first_of(" \t") == std::string::npos ? text : '"' + text + '"';
}

void add_option(std::vector<std::string>& argv, const std::string& option) {
  argv.emplace_back("-o");
  argv.push_back(option);
}

void add_host_key_options(std::vector<std::string>& argv, const HostKeyPin& pin) {
  if (pin.known_hosts.empty()) {
    add_option(argv, "StrictHostKeyChecking=no");
    add_option(argv, "UserKnownHostsFile=/dev/null");
    return;
  }
  add_option(argv, load_pinned(pin).empty() ? "StrictHostKeyChecking=accept-new"
                                            : "StrictHostKeyChecking=yes");
  add_option(argv, "UserKnownHostsFile=" + option_path(pin.known_hosts));
  add_option(argv, "HostKeyAlias=" + pin.alias);
}

void add_destination(std::vector<std::string>& argv, const Endpoint& endpoint) {
  argv.push_back(fmt::format("{}@{}", endpoint.user, endpoint.host));
  if (!endpoint.key.empty()) {
    add_option(argv, "IdentitiesOnly=yes");
    argv.emplace_back("-i");
    argv.push_back(replace_all(endpoint.key.string(), "%", "%%"));
  }
  argv.emplace_back("-p");
  argv.push_back(std::to_string(endpoint.port));
}

std::vector<std::string> argv_with(const std::string& ssh_program,
                                   const std::vector<std::string>& options,
                                   const Endpoint& endpoint, const HostKeyPin& pin) {
  std::vector<std::string> argv{ssh_program, "-F", "/dev/null"};
  for (const auto& option : options) {
    add_option(argv, option);
  }
  add_host_key_options(argv, pin);
  add_destination(argv, endpoint);
  return argv;
}

}  // namespace

void check_key_file(const std::filesystem::path& key) {
  struct stat info {};
  if (stat(key.c_str(), &info) != 0) {
    const auto why = system_error(fmt::format("stat {}", key.string()), errno);
    throw Error(Errc::invalid, why.what());
  }
  if ((info.st_mode & S_IRUSR) == 0) {
    throw Error(Errc::invalid, fmt::format("'{}' is not readable", key.string()));
  }
  const unsigned mode = info.st_mode & 0777U;
  if ((mode & 0077U) == 0) {
    return;
  }
  if (info.st_uid == geteuid() && chmod(key.c_str(), 0600) == 0) {
    log::warn("The permissions {:#o} of '{}' were too open, they are 0600 now", mode, key.string());
    return;
  }
  throw Error(Errc::invalid,
              fmt::format("permissions {:#o} for '{}' are too open", mode, key.string()));
}

std::vector<std::string> external_argv(const std::string& ssh_program, const Endpoint& endpoint,
                                       const HostKeyPin& pin,
                                       const std::vector<std::string>& words) {
  auto argv = argv_with(
      ssh_program,
      {"ConnectionAttempts=3", "ConnectTimeout=10", "ControlMaster=no", "ControlPath=none",
       "LogLevel=quiet", "PasswordAuthentication=no", "ServerAliveInterval=60"},
      endpoint, pin);
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

std::vector<std::string> session_argv(const std::string& ssh_program, const Endpoint& endpoint,
                                      const HostKeyPin& pin, const std::string& command) {
  auto argv = argv_with(
      ssh_program,
      {"BatchMode=yes", "ConnectTimeout=10", "ControlMaster=no", "ControlPath=none",
       "LogLevel=error", "PasswordAuthentication=no", "RequestTTY=no", "ServerAliveInterval=60"},
      endpoint, pin);
  argv.push_back(command);
  return argv;
}

ExitStatus run_external(const Endpoint& endpoint, const HostKeyPin& pin,
                        const std::vector<std::string>& words) {
  check(endpoint);
  const auto program = find_program("ssh");
  if (!program) {
    throw Error(Errc::not_found, "there is no ssh in PATH",
                "install an OpenSSH client, or use --native-ssh");
  }
  if (!endpoint.key.empty()) {
    check_key_file(endpoint.key);
  }
  if (!pin.known_hosts.empty() && !std::filesystem::exists(pin.known_hosts)) {
    write_file(pin.known_hosts, "", 0600);  // ssh would make it readable for all
  }
  log::debug("{} … ({} words)", join(external_argv(*program, endpoint, pin, {}), " "),
             words.size());
  const auto status = run_attached(external_argv(*program, endpoint, pin, words));
  if (status.code == 255) {
    // The reference's LogLevel=quiet hides every reason; so another login is made that tells it.
    if (const auto reason = external_failure_reason({}, endpoint, pin); !reason.empty()) {
      log::error(fmt::format("ssh: {}", reason));
    }
  }
  return status;
}

}  // namespace dmachine::ssh
