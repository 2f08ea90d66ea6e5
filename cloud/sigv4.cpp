// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/sigv4.hpp"

#include "cloud/digest.hpp"
#include "cloud/http_date.hpp"
#include "cloud/url.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dmachine::cloud {

namespace {

int hex_digit(char c) {
  const auto at = std::string_view("0123456789abcdef")
                      .find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string url_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string canonical_query(const std::string& query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& pair : split(query, '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = std::min(pair.find('='), pair.size());
    const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string();
    pairs.emplace_back(url_encode(url_decode(pair.substr(0, equals))),
                       url_encode(url_decode(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::string> parts;
  std::transform(pairs.begin(), pairs.end(), std::back_inserter(parts),
                 [](const auto& pair) { return pair.first + "=" + pair.second; });
  return join(parts, "&");
}

/// Trimmed, with each run of blanks inside as one.
std::string canonical_value(std::string_view value) {
  std::string canonical;
  for (const char c : trim(value)) {
    if (c != ' ' || canonical.back() != ' ') {
      canonical += c;
    }
  }
  return canonical;
}

/// Values by name in lower case; those of equal names are joined in the order they are sent in.
std::map<std::string, std::string> canonical_headers(const Headers& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    const auto [entry, is_new] = canonical.try_emplace(to_lower(name), canonical_value(value));
    if (!is_new) {
      entry->second += "," + canonical_value(value);
    }
  }
  return canonical;
}

std::string signed_names(const std::map<std::string, std::string>& headers) {
  std::vector<std::string> names;
  std::transform(headers.begin(), headers.end(), std::back_inserter(names),
                 [](const auto& header) { return header.first; });
  return join(names, ";");
}

}  // namespace

std::string sigv4_canonical_request(const HttpRequest& request) {
  const Url url = parse_url(request.url);
  const auto headers = canonical_headers(request.headers);
  std::string lines;
  for (const auto& [name, value] : headers) {
    lines += fmt::format("{}:{}\n", name, value);
  }
  return join(
      {request.method, replace_all(url_encode(url.path), "%2F", "/"), canonical_query(url.query),
       lines, signed_names(headers), to_hex(sha256(request.body))},
      "\n");
}

Headers sigv4_headers(const HttpRequest& request, const AwsCredentials& credentials,
                      const SigV4Scope& scope, std::chrono::sys_seconds when) {
  const std::string time = to_basic_iso8601(when);
  const std::string date = time.substr(0, 8);
  Headers added{{"host", host_header(parse_url(request.url))}, {"x-amz-date", time}};
  if (!credentials.session_token.empty()) {
    added.emplace_back("x-amz-security-token", credentials.session_token.reveal());
  }
  HttpRequest whole = request;
  whole.headers.insert(whole.headers.end(), added.begin(), added.end());
  const auto scope_text = fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const auto to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope_text,
                                   to_hex(sha256(sigv4_canonical_request(whole))));

  std::string key = "AWS4" + credentials.secret_access_key.reveal();
  for (const std::string& part : {date, scope.region, scope.service, std::string("aws4_request")}) {
    auto next = hmac_sha256(key, part);
    wipe(key);
    key = std::move(next);
  }
  added.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                  credentials.access_key_id, scope_text,
                  signed_names(canonical_headers(whole.headers)),
                  to_hex(hmac_sha256(key, to_sign))));
  wipe(key);
  return added;
}

}  // namespace dmachine::cloud
