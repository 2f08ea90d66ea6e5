// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/generic/key_import.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/secret.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace dmachine::generic {

namespace {

constexpr std::array<std::string_view, 9> own_files{
    "config.json", "config.json.bak", "ca.pem",      "cert.pem", "key.pem",
    "server.pem",  "server-key.pem",  "known_hosts", ""};

}  // namespace

std::string imported_key_path(const BaseState& base, const std::string& user_key) {
  const std::string name = std::filesystem::path(user_key).filename().string();
  const bool taken = std::ranges::find(own_files, name) != own_files.end();
  return path_in_machine_folder(base, taken ? "id_" + name : name);
}

void check_user_key(const std::string& user_key) {
  std::optional<std::string> content = find_file(user_key);
  if (!content) {
    throw Error(Errc::invalid, fmt::format("SSH key does not exist: {}", go_quote(user_key)));
  }
  const bool is_private = content->find("PRIVATE KEY-----") != std::string::npos;
  wipe(*content);
  if (!is_private) {
    throw Error(Errc::invalid, fmt::format("SSH key is not a private key: {}", go_quote(user_key)),
                "--generic-ssh-key takes the private file in PEM or OpenSSH form");
  }
}

void import_key(const std::string& machine_name, const std::string& user_key,
                const std::string& path) {
  with_context("unable to copy ssh key", [&] {
    std::string key = read_file(user_key);
    write_file(path, key, 0600);
    wipe(key);
  });
  try {
    write_file(path + ".pub", read_file(user_key + ".pub"), 0600);
  } catch (const Error& error) {
    // The public part is a convenience: logging in needs the private one alone.
    log::info("({}) Couldn't copy SSH public key : {}", machine_name, error.what());
  }
}

}  // namespace dmachine::generic
