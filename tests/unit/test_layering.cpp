// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

/// What each folder may include besides itself. Also the table of docs/architecture.md.
const std::map<std::string, std::set<std::string>>& allowed() {
  static const std::map<std::string, std::set<std::string>> table{
      {"core", {}},
      {"cloud", {"core"}},
      {"ssh", {"core"}},
      {"certs", {"core"}},
      {"gotemplate", {"core"}},
      {"engine", {"core", "certs"}},
      {"drivers", {"core", "cloud", "ssh"}},
      {"provision", {"core", "ssh"}},
      {"machine", {"core", "ssh", "certs", "engine", "drivers", "provision"}},
      {"runner", {"core"}},
      {"cli", {"core", "ssh", "engine", "drivers", "provision", "machine", "gotemplate", "runner"}},
  };
  return table;
}

/// Third-party headers and the folders that may see them.
const std::map<std::string, std::set<std::string>>& wrapped() {
  static const std::map<std::string, std::set<std::string>> table{
      {"curl/", {"cloud"}},
      {"libssh2", {"ssh"}},
      {"pugixml", {"drivers"}},
      {"toml++", {"runner"}},
      {"openssl/", {"certs", "engine", "ssh", "cloud"}}};
  return table;
}

std::vector<std::string> included(const fs::path& file) {
  std::vector<std::string> names;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("#include ", 0) == 0 && line.size() > 11) {
      names.push_back(line.substr(10, line.find_last_of("\">") - 10));
    }
  }
  return names;
}

std::vector<std::string> wrong_includes(const std::string& folder, const fs::path& file) {
  std::vector<std::string> wrong;
  for (const auto& name : included(file)) {
    const std::string top = name.substr(0, name.find('/'));
    const bool ours = allowed().count(top) > 0 && name.find('/') != std::string::npos;
    if (ours && top != folder && allowed().at(folder).count(top) == 0) {
      wrong.push_back(file.string() + " includes " + name);
    }
    for (const auto& [prefix, folders] : wrapped()) {
      if (name.rfind(prefix, 0) == 0 && folders.count(folder) == 0) {
        wrong.push_back(file.string() + " includes " + name);
      }
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("includes point one way") {
  const fs::path root = DMACHINE_SOURCE_DIR;
  std::size_t files = 0;
  for (const auto& [folder, below] : allowed()) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") {
        continue;
      }
      ++files;
      for (const auto& wrong : wrong_includes(folder, entry.path())) {
        FAIL_CHECK(wrong);
      }
    }
  }
  CHECK(files > 100);  // the folders were really read
}

TEST_CASE("every folder with code is in the table") {
  for (const auto& entry : fs::directory_iterator(DMACHINE_SOURCE_DIR)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && fs::exists(entry.path() / "CMakeLists.txt") && name != "tests") {
      CHECK(allowed().count(name) == 1);
    }
  }
}
