// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/image.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace dmachine::google {

namespace {

// The longest prefix that fits must come first.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> public_projects{{
    {"ubuntu-", "ubuntu-os-cloud"},
    {"debian-", "debian-cloud"},
    {"cos-", "cos-cloud"},
    {"rocky-linux-", "rocky-linux-cloud"},
    {"centos-", "centos-cloud"},
    {"almalinux-", "almalinux-cloud"},
    {"oracle-linux-", "oracle-linux-cloud"},
    {"rhel-sap-", "rhel-sap-cloud"},
    {"rhel-", "rhel-cloud"},
    {"opensuse-", "opensuse-cloud"},
    {"sles-", "suse-cloud"},
    {"fedora-coreos-", "fedora-coreos-cloud"},
    {"fedora-cloud-", "fedora-cloud"},
}};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// ubuntu-2204-jammy-v20250815, cos-117-18613-339-26, fedora-coreos-42-20250803-3-0-gcp-x86-64:
/// their families have no such part.
bool is_dated(std::string_view name) {
  const auto parts = split(name, '-');
  const auto is_date = [](const std::string& part) {
    const auto digits = std::string_view(part).substr(part.starts_with('v') ? 1 : 0);
    return digits.size() >= 8 && is_number(digits.substr(0, 8));
  };
  const auto numbers =
      std::ranges::count_if(parts, [](const auto& part) { return is_number(part); });
  return std::ranges::any_of(parts, is_date) || (name.starts_with("cos-") && numbers >= 4);
}

std::string image_or_family(std::string_view project, std::string_view name) {
  return fmt::format("{}/global/images/{}{}", project, is_dated(name) ? "" : "family/", name);
}

/// What follows `/projects/` in a URL of any host, or `projects/` at the beginning.
std::string_view without_url(std::string_view text) {
  static constexpr std::string_view mark = "/projects/";
  if (text.starts_with("https://") || text.starts_with("http://")) {
    const auto at = text.find(mark);
    return at == std::string_view::npos ? text : text.substr(at + mark.size());
  }
  return text.starts_with(mark.substr(1)) ? text.substr(mark.size() - 1) : text;
}

}  // namespace

std::string normalise_image(std::string_view text, std::string_view own_project) {
  const auto parts = split(without_url(trim(text)), '/');
  const bool all_filled = std::ranges::none_of(parts, [](const auto& part) {
    return part.empty() || part.find_first_of(" \t?#%") != std::string::npos;
  });
  if (all_filled && parts.size() == 1) {
    const auto known = std::ranges::find_if(
        public_projects, [&](const auto& entry) { return parts[0].starts_with(entry.first); });
    return known == public_projects.end()
               ? fmt::format("{}/global/images/{}", own_project, parts[0])
               : image_or_family(known->second, parts[0]);
  }
  if (all_filled && parts.size() == 2) {
    return parts[0] == "family" ? fmt::format("{}/global/images/family/{}", own_project, parts[1])
                                : image_or_family(parts[0], parts[1]);
  }
  if (all_filled && parts[0] == "global" && parts[1] == "images") {
    return fmt::format("{}/{}", own_project, join(parts, "/"));
  }
  const bool is_full = parts.size() >= 4 && parts[1] == "global" && parts[2] == "images";
  const bool is_image = is_full && parts.size() == 4;
  const bool is_family = is_full && parts.size() == 5 && parts[3] == "family";
  if (all_filled && (is_image || is_family) && is_project(parts[0])) {
    return join(parts, "/");
  }
  throw Error(Errc::invalid, fmt::format("{} names no image", go_quote(text)),
              "PROJECT/global/images/IMAGE or PROJECT/global/images/family/FAMILY is wanted");
}

}  // namespace dmachine::google
