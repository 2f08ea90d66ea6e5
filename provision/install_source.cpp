// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/install_source.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>

namespace dmachine::provision {

namespace fs = std::filesystem;

namespace {

/// How a file of a kind begins and, unless that says enough, how its name ends.
struct Form {
  InstallFiles kind;
  std::string_view magic;
  std::string_view suffix;
};

constexpr std::array<Form, 6> forms{{
    {InstallFiles::script, "#!", ""},
    {InstallFiles::packages, "!<arch>\ndebian-binary", ".deb"},
    {InstallFiles::packages, "\xed\xab\xee\xdb", ".rpm"},
    {InstallFiles::packages, "\x28\xb5\x2f\xfd", ".pkg.tar.zst"},
    {InstallFiles::archive, "\x1f\x8b", ".tgz"},
    {InstallFiles::archive, "\x1f\x8b", ".tar.gz"},
}};

constexpr std::string_view expected =
    "an install script (beginning with #!), packages (.deb, .rpm, .pkg.tar.zst), or Docker's "
    "archive of static programs (.tgz) is wanted";

Error invalid_file(const std::string& path, std::string_view why) {
  return {Errc::invalid,
          fmt::format("invalid value {} for --engine-install-file: {}", go_quote(path), why),
          std::string(expected)};
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

InstallFiles kind_of(const std::string& path) {
  std::error_code none;
  if (!fs::exists(path, none)) {
    throw invalid_file(path, "no such file or directory");
  }
  if (!fs::is_regular_file(path, none)) {
    throw invalid_file(path, "it is no file");
  }
  std::array<char, 32> head{};
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw invalid_file(path, "it cannot be read");
  }
  file.read(head.data(), head.size());
  const std::string_view begin(head.data(), static_cast<std::size_t>(file.gcount()));
  if (begin.empty()) {
    throw invalid_file(path, "it is empty");
  }
  for (const Form& form : forms) {
    if (begin.substr(0, form.magic.size()) == form.magic && ends_with(path, form.suffix)) {
      return form.kind;
    }
  }
  throw invalid_file(path, fmt::format("it begins with {}, which is nothing that installs Docker",
                                       go_quote(begin.substr(0, begin.find('\n')))));
}

/// 28, 27.5 or 27.5.1.
bool is_plain_version(const std::string& text) {
  const auto numbers = split(text, '.');
  return numbers.size() <= 3 && std::all_of(numbers.begin(), numbers.end(), [](const auto& part) {
           return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
         });
}

}  // namespace

InstallFiles find_kind(const std::vector<std::string>& paths) {
  InstallFiles all = InstallFiles::none;
  std::set<std::string> names;
  for (const auto& path : paths) {
    const InstallFiles kind = kind_of(path);
    if (all != InstallFiles::none && (kind != InstallFiles::packages || all != kind)) {
      throw invalid_file(path, "only packages can be more than one file");
    }
    if (!names.insert(fs::path(path).filename()).second) {
      throw invalid_file(path, "another file has the same name");
    }
    all = kind;
  }
  return all;
}

void check_install_source(const EngineOptions& engine) {
  std::vector<std::string> given;
  if (!engine.install_url.empty() && engine.install_url != default_install_url) {
    given.push_back(
        fmt::format("--engine-install-url {} (or MACHINE_DOCKER_INSTALL_URL)", engine.install_url));
  }
  if (!engine.version.empty()) {
    given.push_back(fmt::format("--engine-version {} (or MACHINE_DOCKER_VERSION)", engine.version));
  }
  if (!engine.install_files.empty()) {
    given.push_back(fmt::format("--engine-install-file {}", engine.install_files.front()));
  }
  if (given.size() > 1) {
    throw Error(Errc::invalid, fmt::format("{} cannot be given together", join(given, " and ")),
                "each of them says where Docker comes from on a host that has none");
  }
  if (!engine.version.empty() && !is_plain_version(engine.version)) {
    throw Error(
        Errc::invalid,
        fmt::format("invalid value {} for --engine-version", go_quote(engine.version)),
        "a version of Docker has the form 27.5.1; 27.5 and 27 are the newest of their kind");
  }
  static_cast<void>(find_kind(engine.install_files));
}

bool is_version(std::string_view version, std::string_view wanted) {
  const std::string upstream = std::string(version.substr(0, version.find_first_of("-+~_"))) + ".";
  return upstream.rfind(std::string(wanted) + ".", 0) == 0;
}

std::optional<std::string> upload_install_files(const Context& ctx, ssh::Session& session,
                                                const std::vector<std::string>& paths) {
  static_cast<void>(find_kind(paths));  // they may have gone since the machine was created
  log::info("Copying the files for Docker to the host...");
  const std::string folder = "/var/tmp/dmachine-install-" + random_hex(16);
  const auto made =
      session.run(ctx, fmt::format("{}mkdir -m 700 {}",
                                   session.endpoint().user == "root" ? "" : "sudo -n ", folder));
  if (made.lost()) {
    return std::nullopt;
  }
  if (!made.ok()) {
    throw Error(Errc::denied, fmt::format("making {} on the host: {}: {}", folder,
                                          ssh::describe(made), trim(made.err)));
  }
  try {
    for (const auto& path : paths) {
      session.upload(ctx, folder + "/" + fs::path(path).filename().string(), read_file(path), 0600);
    }
  } catch (const Error& error) {
    if (error.code() != Errc::unavailable) {
      throw;
    }
    log::debug("{}", error.what());
    return std::nullopt;
  }
  return folder;
}

}  // namespace dmachine::provision
