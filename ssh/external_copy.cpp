// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/external_copy.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ssh/external.hpp"
#include "ssh/known_hosts.hpp"

#include <fmt/format.h>

namespace dmachine::ssh {

namespace {

using Words = std::vector<std::string>;

/// A path in an ssh option, in quotes that ssh's own parser takes away; `%` starts a token there.
std::string quoted_path(const std::filesystem::path& path) {
  return '"' + replace_all(path.string(), "%", "%%") + '"';
}

/// Options, without their `-o`, in the reference's order.
Words host_key_options(const HostKeyPin& pin) {
  if (pin.known_hosts.empty()) {
    return {"StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"};
  }
  return {
      load_pinned(pin).empty() ? "StrictHostKeyChecking=accept-new" : "StrictHostKeyChecking=yes",
      "UserKnownHostsFile=" + quoted_path(pin.known_hosts), "HostKeyAlias=" + pin.alias};
}

const Remote* only_remote(const CopyEnd& from, const CopyEnd& to) {
  if (from.remote) {
    return &*from.remote;
  }
  return to.remote ? &*to.remote : nullptr;
}

bool has_key(const std::optional<Remote>& remote) {
  return !remote || !remote->endpoint.key.empty();
}

/// Those of one machine at most; the reference gives them to a purely local copy too.
Words connection_options(const CopyEnd& from, const CopyEnd& to) {
  const Remote* remote = only_remote(from, to);
  Words options = host_key_options(remote == nullptr ? HostKeyPin{} : remote->pin);
  options.emplace_back("LogLevel=error");
  if (has_key(from.remote) && has_key(to.remote)) {
    options.emplace_back("IdentitiesOnly=yes");
  }
  for (const auto* end : {&from, &to}) {
    if (end->remote) {
      options.push_back(fmt::format("Port={}", end->remote->endpoint.port));
      if (!end->remote->endpoint.key.empty()) {
        options.push_back("IdentityFile=" + quoted_path(end->remote->endpoint.key));
      }
    }
  }
  return options;
}

void append_options(Words& argv, const Words& options) {
  for (const auto& option : options) {
    argv.emplace_back("-o");
    argv.push_back(option);
  }
}

/// A local name that scp or rsync would read as an option or as HOST:PATH gets a folder in front.
std::string local_path(const std::string& path) {
  const auto colon = path.find(':');
  const bool looks_remote = colon != std::string::npos && path.find('/') > colon;
  return !path.empty() && (path[0] == '-' || looks_remote) ? "./" + path : path;
}

std::string remote_path(const Remote& remote, const std::string& path) {
  const Endpoint& at = remote.endpoint;
  const bool is_ipv6 = at.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? '[' + at.host + ']' : at.host;
  return fmt::format("{}@{}:{}", at.user, host, path);
}

std::string location(const CopyEnd& end) {
  return end.remote ? remote_path(*end.remote, end.path) : local_path(end.path);
}

std::string config_block(std::string_view alias, const Remote& remote) {
  const Endpoint& at = remote.endpoint;
  Words lines = host_key_options(remote.pin);
  lines.push_back("HostName=" + replace_all(at.host, "%", "%%"));
  lines.push_back(fmt::format("Port={}", at.port));
  if (!at.key.empty()) {
    lines.emplace_back("IdentitiesOnly=yes");
    lines.push_back("IdentityFile=" + quoted_path(at.key));
  }
  return fmt::format("Host {}\n  {}\n", alias, join(lines, "\n  "));
}

/// As a word of rsync's -e, which takes quotes away before ssh's parser sees them.
std::string rsync_word(const std::string& word) {
  return word.find_first_of(" \t\"'") == std::string::npos
             ? word
             : "'" + replace_all(word, "'", "''") + "'";
}

void refuse_comma(const std::string& what, const std::filesystem::path& path) {
  if (path.string().find(',') != std::string::npos) {
    throw Error(Errc::invalid,
                fmt::format("the path of the {} has a comma, where sshfs splits its options: {}",
                            what, path.string()),
                "use a store whose path has none");
  }
}

}  // namespace

std::vector<std::string> scp_argv(const std::string& program, const CopyEnd& from,
                                  const CopyEnd& to, const CopyOptions& options,
                                  const std::string& config_file) {
  Words argv{program};
  if (config_file.empty()) {
    append_options(argv, connection_options(from, to));
  } else {
    argv.insert(argv.end(), {"-F", config_file, "-o", "LogLevel=error"});
  }
  argv.emplace_back("-3");  // from one machine to another by way of us
  if (options.recursive) {
    argv.emplace_back("-r");
  }
  if (options.quiet) {
    argv.emplace_back("-q");
  }
  if (config_file.empty()) {
    argv.push_back(location(from));
    argv.push_back(location(to));
  } else {
    argv.push_back(fmt::format("{}@source:{}", from.remote->endpoint.user, from.path));
    argv.push_back(fmt::format("{}@destination:{}", to.remote->endpoint.user, to.path));
  }
  return argv;
}

std::string two_machine_config(const Remote& source, const Remote& destination) {
  return config_block("source", source) + config_block("destination", destination) +
         "Match all\n  Include ~/.ssh/config\n";
}

std::vector<std::string> rsync_argv(const std::string& program, const CopyEnd& from,
                                    const CopyEnd& to, const CopyOptions& options) {
  std::string shell = "ssh";
  for (const auto& option : connection_options(from, to)) {
    shell += " -o " + rsync_word(option);
  }
  Words argv{program};
  if (!options.quiet) {
    argv.emplace_back("--progress");
  }
  argv.insert(argv.end(), {"-e", shell});
  if (options.recursive) {
    argv.emplace_back("-r");
  }
  argv.push_back(location(from));
  argv.push_back(location(to));
  return argv;
}

std::vector<std::string> sshfs_argv(const std::string& program, const Remote& from,
                                    const std::string& path, const std::string& mount_point) {
  refuse_comma("SSH key", from.endpoint.key);
  refuse_comma("pinned host key", from.pin.known_hosts);
  Words options = host_key_options(from.pin);
  options.emplace_back("LogLevel=error");
  if (!from.endpoint.key.empty()) {
    options.emplace_back("IdentitiesOnly=yes");
  }
  options.push_back(fmt::format("Port={}", from.endpoint.port));
  if (!from.endpoint.key.empty()) {
    options.push_back("IdentityFile=" + quoted_path(from.endpoint.key));
  }
  Words argv{program};
  append_options(argv, options);
  argv.push_back(remote_path(from, path));
  argv.push_back(local_path(mount_point));
  return argv;
}

void prepare(const Remote& remote) {
  check(remote.endpoint);
  if (!remote.endpoint.key.empty()) {
    check_key_file(remote.endpoint.key);
  }
  if (!remote.pin.known_hosts.empty() && !std::filesystem::exists(remote.pin.known_hosts)) {
    write_file(remote.pin.known_hosts, "", 0600);
  }
}

}  // namespace dmachine::ssh
