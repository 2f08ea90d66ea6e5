// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "machine/machine.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace dmachine::machine {

/// The machine store: a folder per machine with its config.json, as Docker Machine lays it out
/// (store.md). Reading makes nothing.
class Store {
 public:
  /// `given_path` as the user gave it: it stays relative in config.json if it was.
  explicit Store(std::string given_path) : given_path_(std::move(given_path)) {}

  /// `-s`, else MACHINE_STORAGE_PATH, else $HOME/.docker/machine; with HOME unset, the user
  /// database's home.
  static std::string default_path();

  const std::string& given_path() const { return given_path_; }
  std::filesystem::path root() const;
  std::filesystem::path certs_folder() const;
  std::filesystem::path machines_folder() const;
  /// STORE/dmachine: what Docker Machine does not know of. Nothing in it is needed to use a
  /// machine.
  std::filesystem::path own_folder() const;
  std::filesystem::path machine_folder(const std::string& name) const;

  /// Names of all machines, bytewise sorted. No folder means none.
  std::vector<std::string> names() const;

  /// Whether anything is at the machine's place.
  bool exists(const std::string& name) const;

  /// Throws Error{not_found} `Docker machine "NAME" does not exist. …`, or what is wrong with the
  /// file. A config.json that is missing beside a whole temporary one (a crash of the reference
  /// while it saved) is read from that. One of an older version is migrated, and saved so
  /// (migration.hpp).
  Machine load(const std::string& name) const;

  /// The first save: the folder appears with its config.json whole in it. Throws Error{conflict}
  /// when there is one already.
  void save_new(const Machine& machine) const;

  /// Writes config.json, unless it says the same already. Throws Error{conflict} when the machine's
  /// folder is gone.
  void save(const Machine& machine) const;

  /// Deletes the machine's folder with all in it. False when there was none.
  bool remove_folder(const std::string& name) const;

  /// Deletes what killed commands left: folders on their way in (.NAME.newXXXX) or out
  /// (.NAME.oldXXXX) whose machine nobody works on. No cloud knows of them.
  void sweep() const;

  /// Takes a machine out of the listing whose removal in the cloud failed, but keeps all that is
  /// known of it: the folder becomes machines/.NAME.tombstone-XXXX. Gives that path.
  std::filesystem::path keep_tombstone(const std::string& name) const;

 private:
  std::string given_path_;
};

/// `Docker machine "NAME" does not exist. Use "docker-machine ls" …`
Error no_such_machine(const std::string& name);

}  // namespace dmachine::machine
