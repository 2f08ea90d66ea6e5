// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/auth_options.hpp"
#include "certs/authority.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

/// Certificates that end: whoever meets them is told how they are renewed.
namespace dmachine::machine {

/// A certificate that a machine depends on and that has ended, or will soon.
struct Expiry {
  /// The CA and the client pair are shared by the machines of a store; `copy` is a machine's own
  /// copy of one of them, out of step with it.
  enum class Kind { authority, client, server, copy } kind;
  std::filesystem::path path;
  std::chrono::sys_seconds end;
  bool has_ended;
  bool own;  // can be renewed by regenerate-certs
};

/// Looks at the dates of machines' certificates, in local files alone. Each file is read once,
/// since machines share them.
class ExpiryLook {
 public:
  explicit ExpiryLook(std::chrono::sys_seconds now = certs::current_time()) : now_(now) {}

  /// Those of one machine, the CA first. Files that are missing or unreadable are passed over.
  std::vector<Expiry> at(const certs::AuthOptions& auth);

 private:
  std::optional<certs::Ending> ending_of(const std::filesystem::path& path);

  std::chrono::sys_seconds now_;
  std::map<std::filesystem::path, std::optional<certs::Ending>> known_;
};

/// Whether the CA or the client certificate that a machine uses has ended.
bool has_ended_authority(const certs::AuthOptions& auth);

}  // namespace dmachine::machine
