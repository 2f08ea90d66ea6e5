// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/endpoint.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace dmachine::google {

namespace {

constexpr const char* compute_override = "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE";
constexpr const char* manager_override = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER";

bool is_loopback(const std::string& host) {
  in_addr address{};
  const bool is_v4 = inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "[::1]" || (is_v4 && ntohl(address.s_addr) >> 24U == 127);
}

std::string host_of(std::string_view rest) {
  rest = rest.substr(0, rest.find('/'));
  if (rest.starts_with('[')) {
    return std::string(rest.substr(0, rest.find(']') + 1));
  }
  return std::string(rest.substr(0, rest.find(':')));
}

void check_override(const std::string& url, const char* name, std::string_view path) {
  static constexpr std::string_view secure = "https://";
  static constexpr std::string_view plain = "http://";
  const bool is_secure = url.starts_with(secure) && url.size() > secure.size();
  const bool is_local =
      url.starts_with(plain) && is_loopback(host_of(std::string_view(url).substr(plain.size())));
  if (!is_secure && !is_local) {
    throw Error(
        Errc::invalid,
        fmt::format("invalid value {} for {}: expected https://HOST{}", go_quote(url), name, path),
        "plain http is taken for loopback addresses only");
  }
}

/// As the variable says, else `host` in the universe; with a slash at the end.
std::string base_of(const char* variable, std::string_view host, std::string_view path) {
  if (auto url = find_env(variable)) {
    check_override(*url, variable, path);
    return url->ends_with('/') ? *url : *url + "/";
  }
  return fmt::format("https://{}{}", host, path);
}

}  // namespace

std::string api_base(std::string_view universe_domain) {
  return base_of(compute_override, fmt::format("compute.{}", universe_domain), "/compute/v1/");
}

std::string resource_manager_base(std::string_view universe_domain) {
  return base_of(manager_override, fmt::format("cloudresourcemanager.{}", universe_domain), "/");
}

std::string resource_base(std::string_view universe_domain) {
  return fmt::format("https://{}.{}/compute/v1/",
                     universe_domain == "googleapis.com" ? "www" : "compute", universe_domain);
}

std::string project_of(std::string_view reference, std::string_view own_project) {
  static constexpr std::string_view mark = "projects/";
  const auto at = reference.find(mark);
  if (at == std::string_view::npos) {
    return std::string(own_project);
  }
  reference.remove_prefix(at + mark.size());
  return std::string(reference.substr(0, reference.find('/')));
}

std::string last_segment(std::string_view reference) {
  return std::string(reference.substr(reference.rfind('/') + 1));  // npos + 1 is 0
}

std::string resource_path(std::string_view reference, std::string_view own_project) {
  const auto at = reference.find("projects/");
  if (at != std::string_view::npos) {
    return std::string(reference.substr(at));
  }
  return fmt::format("projects/{}/{}", own_project, reference);
}

}  // namespace dmachine::google
