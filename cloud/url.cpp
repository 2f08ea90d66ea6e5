// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/url.hpp"

#include "cloud/http_log.hpp"
#include "cloud/ip_range.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace dmachine::cloud {

namespace {

struct Cleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

/// A part of the URL; empty when it has none.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) {
    return {};
  }
  const std::unique_ptr<char, Cleanup> owner(text);
  return text;
}

bool is_in(std::string_view host, std::string_view range) {
  return parse_ip_range(range)->contains(host);
}

}  // namespace

Url parse_url(std::string_view text) {
  const std::unique_ptr<CURLU, Cleanup> url(curl_url());
  const auto refuse = [&](std::string_view why) {
    throw Error(Errc::invalid,
                fmt::format("invalid URL {}: {}", go_quote(loggable_url(text)), why));
  };
  // curl would skip a NUL and what follows.
  if (text.find('\0') != std::string_view::npos) {
    refuse("it holds a NUL");
  }
  const auto failure = curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0);
  if (failure != CURLUE_OK) {
    refuse(to_lower(curl_url_strerror(failure)));
  }
  Url parts;
  parts.scheme = part(url.get(), CURLUPART_SCHEME);
  if (parts.scheme != "https" && parts.scheme != "http") {
    refuse("neither http nor https");
  }
  parts.host = to_lower(part(url.get(), CURLUPART_HOST));
  if (parts.host.size() > 2 && parts.host.front() == '[') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  parts.port = std::stoi(part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
  parts.path = part(url.get(), CURLUPART_PATH);
  parts.query = part(url.get(), CURLUPART_QUERY);
  return parts;
}

std::string host_header(const Url& url) {
  const bool ipv6 = url.host.find(':') != std::string::npos;
  const auto host = ipv6 ? "[" + url.host + "]" : url.host;
  return url.port == (url.scheme == "https" ? 443 : 80) ? host
                                                        : fmt::format("{}:{}", host, url.port);
}

bool is_loopback(std::string_view host) {
  return equal_ignoring_case(host, "localhost") || is_in(host, "127.0.0.0/8") ||
         is_in(host, "::1/128");
}

bool is_link_local(std::string_view host) {
  return is_in(host, "169.254.0.0/16") || is_in(host, "fe80::/10") ||
         is_in(host, "fd00:ec2::254/128");
}

void require_private(std::string_view url, std::string_view what) {
  const Url parts = parse_url(url);
  if (parts.scheme != "https" && !is_loopback(parts.host)) {
    throw Error(
        Errc::invalid,
        fmt::format("{} {} would send credentials unencrypted", what, go_quote(loggable_url(url))),
        "use an https URL; plain http is for this machine alone");
  }
}

std::string form_encode(const Form& form) {
  std::string body;
  for (const auto& [key, value] : form) {
    body += fmt::format("{}{}={}", body.empty() ? "" : "&", url_encode(key), url_encode(value));
  }
  return body;
}

}  // namespace dmachine::cloud
