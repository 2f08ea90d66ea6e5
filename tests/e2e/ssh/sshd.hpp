// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/endpoint.hpp"
#include "tests/support/temp.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dmachine::test {

/// Why no sshd can be run here; nothing when one can. With DMACHINE_REQUIRE_ALL=1 the test fails
/// instead of being skipped.
std::optional<std::string> why_no_sshd();

/// A real OpenSSH server on a free port of 127.0.0.1 for the current user, with keys and files in a
/// folder of its own.
class Sshd {
 public:
  struct Setup {
    std::vector<std::string> host_keys{"ed25519", "ecdsa",
                                       "rsa"};  // types, as ssh-keygen takes them
    std::vector<std::string> options{};         // lines for sshd_config
    bool started = true;
  };

  Sshd() : Sshd(Setup()) {}
  explicit Sshd(const Setup& setup);
  Sshd(const Sshd&) = delete;
  Sshd& operator=(const Sshd&) = delete;
  ~Sshd();

  void start();
  /// Ends the listening server; connections go on.
  void stop();
  /// New host keys of these types in place of the old ones; restarts.
  void change_host_keys(const std::vector<std::string>& types);
  void authorize(const std::string& public_key_line) const;

  /// A user's key made by ssh-keygen with these arguments, and authorized.
  std::filesystem::path user_key(const std::vector<std::string>& keygen_arguments) const;

  ssh::Endpoint endpoint(const std::filesystem::path& key) const;
  ssh::HostKeyPin pin() const { return {folder_ / "known_hosts", "m1"}; }
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  /// What sshd wrote so far.
  std::string log() const;

 private:
  void write_config(const std::vector<std::string>& host_keys) const;

  TempFolder folder_;
  Setup setup_;
  int port_;
  pid_t pid_ = 0;
};

}  // namespace dmachine::test

/// The first line of a test that needs a server.
#define DMACHINE_NEEDS_SSHD()                           \
  if (const auto why = dmachine::test::why_no_sshd()) { \
    WARN("SKIPPED: " << *why);                          \
    return;                                             \
  }                                                     \
  static_assert(true)
