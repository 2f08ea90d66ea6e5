// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provision/os_release.hpp"

#include <span>
#include <string_view>

namespace dmachine::provision {

enum class AnnouncesInstall { no, yes };

/// Whether the drop-in has an `Environment=` line when there is no variable to set, as the
/// reference's has. Such a line clears what the packaged unit sets.
enum class EmptyEnvironment { written, left_out };

/// How the engine's port is opened in the host's own firewall.
enum class Firewall { firewalld_if_running, iptables };

/// What becomes of /etc when the host reboots.
enum class Etc { kept, lost };

/// The facts of one family of operating systems. The steps are shared; a family is one file of
/// facts in os/, and a file of scripts/ where its package manager is new.
struct OsFamily {
  std::string_view provisioner;  // as the reference names it: "ubuntu(systemd)"
  std::string_view systems;      // for the list in the error about an unknown system
  /// Exactly one of ours by its own name.
  bool (*is)(const OsRelease&);
  /// A derivative that behaves like ours when one of the words of its ID_LIKE is this. Empty: none
  /// does.
  std::string_view like = {};
  /// The shell functions of its package manager (scripts/apt.sh).
  const std::string_view* packages;
  /// Where Docker comes from when no --engine-install-url is given and the script behind the
  /// default one does not know the system: packages, separated by blanks. Empty: the script.
  std::string_view engine_packages = {};
  /// Docker's own repository of packages for it is this folder of download.docker.com/linux. Empty:
  /// there is none, and a wanted version comes from the system's.
  std::string_view docker_ce = {};
  /// Defines add_engine_repository, where the system's own repositories may not have the wanted
  /// version, or do not have those packages.
  const std::string_view* engine_repository = nullptr;
  /// When --engine-storage-driver is not given. Empty: the daemon's own choice.
  std::string_view storage_driver = "overlay2";
  /// The same where the engine's data lie on btrfs.
  std::string_view storage_driver_on_btrfs = "overlay2";
  /// The reference prints `Installing Docker...` on some systems only.
  AnnouncesInstall announces_install = AnnouncesInstall::no;
  EmptyEnvironment empty_environment = EmptyEnvironment::written;
  Firewall firewall = Firewall::firewalld_if_running;
  Etc etc = Etc::kept;
};

extern const OsFamily ubuntu;
extern const OsFamily debian;
extern const OsFamily rhel;
extern const OsFamily centos;
extern const OsFamily fedora;
extern const OsFamily rocky;
extern const OsFamily oracle;
extern const OsFamily alma;
extern const OsFamily amazon;
extern const OsFamily suse;
extern const OsFamily arch;
extern const OsFamily container_optimized;
extern const OsFamily flatcar;
extern const OsFamily fedora_coreos;

/// All of them, in the order in which they are asked.
std::span<const OsFamily* const> os_families();

/// The family of a host: by its exact ID first, then by ID_LIKE. Throws Error{invalid} `OS type not
/// recognized: …` with what was found and what is supported.
const OsFamily& detect(const OsRelease& release);

}  // namespace dmachine::provision
