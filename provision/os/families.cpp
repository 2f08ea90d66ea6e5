// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "provision/os/family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::provision {
namespace {

/// A system that a family knows by name is never taken for another's derivative: an Ubuntu that is
/// too old is no Debian.
bool is_known_name(const OsRelease& release) {
  const auto families = os_families();
  return std::any_of(families.begin(), families.end(),
                     [&](const OsFamily* family) { return family->like == release.id; });
}

std::string describe(const OsRelease& release) {
  std::string found = fmt::format("ID=\"{}\"", release.id);
  if (!release.version_id.empty()) {
    found += fmt::format(" VERSION_ID=\"{}\"", release.version_id);
  }
  if (!release.id_like.empty()) {
    found += fmt::format(" ID_LIKE=\"{}\"", join(release.id_like, " "));
  }
  return found;
}

}  // namespace

std::span<const OsFamily* const> os_families() {
  static constexpr std::array<const OsFamily*, 14> families{
      &ubuntu,  &debian,       &rhel,   &centos, &fedora, &rocky,
      &oracle,  &alma,         &amazon, &suse,   &arch,   &container_optimized,
      &flatcar, &fedora_coreos};
  return families;
}

const OsFamily& detect(const OsRelease& release) {
  for (const OsFamily* family : os_families()) {
    if (family->is(release)) {
      return *family;
    }
  }
  if (!is_known_name(release)) {
    for (const OsFamily* family : os_families()) {
      const auto& like = release.id_like;
      if (!family->like.empty() &&
          std::find(like.begin(), like.end(), family->like) != like.end()) {
        return *family;
      }
    }
  }
  std::string supported;
  for (const OsFamily* family : os_families()) {
    supported += fmt::format("{}{}", supported.empty() ? "" : ", ", family->systems);
  }
  throw Error(
      Errc::invalid,
      fmt::format(
          "OS type not recognized: the host's os-release says {}; supported are {} and systems "
          "whose ID_LIKE names one of them",
          describe(release), supported));
}

}  // namespace dmachine::provision
