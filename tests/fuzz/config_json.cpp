// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "machine/migration.hpp"
#include "machine/store.hpp"

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace dmachine;

namespace {

/// The same written machine after another reading is the same text.
void check_stable(const std::string& written) {
  const auto again = machine::machine_from_json("m", machine::parse_config(written));
  if (to_go_json(again.to_json()) != written) {
    std::abort();
  }
}

/// What Store::load does, without the disk.
void check_in_memory(const std::string& text) {
  Json config = machine::parse_config(text);
  if (machine::config_version(config) < machine::current_config_version) {
    config = machine::migrate(config, {"m", "/s", "/s/machines/m"});
    // A migrated file is one of version 3, which a next load leaves alone.
    const Json again = machine::parse_config(to_go_json(config));
    if (machine::config_version(again) != machine::current_config_version ||
        to_go_json(again) != to_go_json(config)) {
      std::abort();
    }
  }
  check_stable(to_go_json(machine::machine_from_json("m", config).to_json()));
}

/// Loads and saves in a real folder. Most inputs are refused, so that this is rare.
void check_on_disk(const std::string& text) {
  static const std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("fuzz-config-" + std::to_string(getpid()));
  const machine::Store store(root.string());
  const auto folder = store.machine_folder("m");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "config.json") << text;
  const auto loaded = store.load("m");
  store.save(loaded);
  if (to_go_json(store.load("m").to_json()) != to_go_json(loaded.to_json())) {
    std::abort();
  }
}

}  // namespace

/// Any bytes as config.json of any version: read or refused. What was read is written, and reads as
/// the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  try {
    check_in_memory(text);
    check_on_disk(text);
  } catch (const Error&) {
  }
  return 0;
}
