// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/proxy.hpp"

#include "cloud/ip_range.hpp"
#include "core/text.hpp"

namespace dmachine::cloud {

namespace {

std::string any_of(const char* name, const char* lower_case_name) {
  if (auto value = find_env(name)) {
    return *std::move(value);
  }
  return find_env(lower_case_name).value_or("");
}

struct HostPort {
  std::string_view host;
  std::string_view port;  // empty: any
};

/// `host`, `host:port`, `1.2.3.4:80`, `[::1]`, `[::1]:80`; an IPv6 address without brackets has no
/// port.
HostPort split_host_port(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    const auto rest = close == std::string_view::npos ? std::string_view() : text.substr(close + 1);
    const auto port = !rest.empty() && rest.front() == ':' ? rest.substr(1) : std::string_view();
    return {text.substr(1, close == std::string_view::npos ? close : close - 1), port};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return {text, {}};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Whether one entry of NO_PROXY, in lower case, stands for the URL's host.
bool is_exempted_by(std::string_view entry, const Url& url) {
  if (entry == "*") {
    return true;
  }
  if (entry.find('/') != std::string_view::npos) {
    const auto network = parse_ip_range(entry);
    return network && network->contains(url.host);
  }
  auto [host, port] = split_host_port(entry);
  if (host.empty() || (!port.empty() && port != std::to_string(url.port))) {
    return false;
  }
  if (const auto address = parse_ip_range(host)) {
    return address->contains(url.host);
  }
  if (host.substr(0, 2) == "*.") {
    host.remove_prefix(1);
  }
  if (host.front() == '.') {
    return ends_with(url.host, host);
  }
  return url.host == host || ends_with(url.host, "." + std::string(host));
}

}  // namespace

ProxySettings proxy_settings_of_environment() {
  ProxySettings settings;
  if (!find_env("REQUEST_METHOD")) {
    settings.http_proxy = any_of("HTTP_PROXY", "http_proxy");
  }
  settings.https_proxy = any_of("HTTPS_PROXY", "https_proxy");
  settings.no_proxy = any_of("NO_PROXY", "no_proxy");
  return settings;
}

std::optional<std::string> find_proxy(const Url& url, const ProxySettings& settings) {
  const std::string& proxy = url.scheme == "https" ? settings.https_proxy : settings.http_proxy;
  if (trim(proxy).empty() || is_loopback(url.host)) {
    return std::nullopt;
  }
  for (const auto& entry : split(to_lower(settings.no_proxy), ',')) {
    if (is_exempted_by(trim(entry), url)) {
      return std::nullopt;
    }
  }
  const std::string trimmed(trim(proxy));
  return trimmed.find("://") == std::string::npos ? "http://" + trimmed : trimmed;
}

}  // namespace dmachine::cloud
