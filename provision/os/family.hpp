// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provision/os_release.hpp"

#include <span>
#include <string_view>

namespace dmachine::provision {

enum class AnnouncesInstall { no, yes };

/// The facts of one family of operating systems. The steps are shared; a family is one file of
/// facts in os/, and a file of scripts/ where its package manager is new.
struct OsFamily {
  std::string_view provisioner;  // as the reference names it: "ubuntu(systemd)"
  std::string_view systems;      // for the list in the error about an unknown system
  /// Exactly one of ours by its own name.
  bool (*is)(const OsRelease&);
  /// A derivative that behaves like ours when one of the words of its ID_LIKE is this.
  std::string_view like;
  /// The shell functions of its package manager (scripts/apt.sh).
  const std::string_view* packages;
  /// When --engine-storage-driver is not given.
  std::string_view storage_driver;
  /// The reference prints `Installing Docker...` on some systems only.
  AnnouncesInstall announces_install;
};

extern const OsFamily ubuntu;
extern const OsFamily debian;

/// All of them, in the order in which they are asked.
std::span<const OsFamily* const> os_families();

/// The family of a host: by its exact ID first, then by ID_LIKE. Throws Error{invalid} `OS type not
/// recognized: …` with what was found and what is supported.
const OsFamily& detect(const OsRelease& release);

}  // namespace dmachine::provision
