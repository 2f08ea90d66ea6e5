// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/known_hosts.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ssh/wire.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace dmachine::ssh {

namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!(line = trim(line)).empty()) {
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

/// `|1|SALT|HASH`, HMAC-SHA1 of the name: what ssh writes under HashKnownHosts.
bool matches_hashed(std::string_view hashed, std::string_view alias) {
  const auto parts = split(hashed.substr(1), '|');
  const auto salt = parts.size() == 3 && parts[0] == "1" ? base64_decode(parts[1]) : std::nullopt;
  const auto hash = salt ? base64_decode(parts[2]) : std::nullopt;
  if (!hash) {
    return false;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha1(), salt->data(), static_cast<int>(salt->size()),
       reinterpret_cast<const unsigned char*>(alias.data()), alias.size(), mac.data(), &size);
  return std::equal(hash->begin(), hash->end(), mac.begin(), mac.begin() + size,
                    [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; });
}

bool names_alias(std::string_view names, std::string_view alias) {
  if (names.starts_with('|')) {
    return matches_hashed(names, alias);
  }
  const auto list = split(names, ',');
  return std::find(list.begin(), list.end(), alias) != list.end();
}

bool is_of_alias(std::string_view line, std::string_view alias) {
  const auto words = words_of(line);
  return words.size() >= 3 && words[0][0] != '#' && words[0][0] != '@' &&
         names_alias(words[0], alias);
}

}  // namespace

HostKey parse_host_key(std::string_view blob) {
  return with_context("host key", [&] {
    return HostKey{std::string(WireReader(blob).string()), std::string(blob)};
  });
}

std::string fingerprint(const HostKey& key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(key.blob.data(), key.blob.size(), digest.data(), &size, EVP_sha256(), nullptr);
  auto text = base64_encode({reinterpret_cast<const char*>(digest.data()), size});
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

std::vector<HostKey> parse_known_hosts(std::string_view text, std::string_view alias) {
  std::vector<HostKey> keys;
  for (const auto& line : split(text, '\n')) {
    if (!is_of_alias(line, alias)) {
      continue;
    }
    const auto words = words_of(line);
    if (auto blob = base64_decode(words[2])) {
      keys.push_back({std::string(words[1]), *std::move(blob)});
    }
  }
  return keys;
}

std::vector<HostKey> load_pinned(const HostKeyPin& pin) {
  if (pin.known_hosts.empty()) {
    return {};
  }
  return parse_known_hosts(find_file(pin.known_hosts).value_or(""), pin.alias);
}

void save_pinned(const HostKeyPin& pin, const std::vector<HostKey>& keys) {
  std::string text;
  for (const auto& line : split(find_file(pin.known_hosts).value_or(""), '\n')) {
    if (!line.empty() && !is_of_alias(line, pin.alias)) {
      text += line + '\n';
    }
  }
  for (const auto& key : keys) {
    text += fmt::format("{} {} {}\n", pin.alias, key.type, base64_encode(key.blob));
  }
  with_context("pinning the host key", [&] { write_file(pin.known_hosts, text, 0600); });
}

Error host_key_mismatch(const HostKeyPin& pin, const std::string& known, const std::string& shown) {
  return {Errc::invalid,
          fmt::format("the host key is not the one known for {}: known {}, shown {}", pin.alias,
                      known, shown),
          fmt::format("another host may answer at this address; if the machine's key was changed "
                      "on purpose, remove {}",
                      pin.known_hosts.string())};
}

void check_host_key(const HostKeyPin& pin, const std::vector<HostKey>& pinned,
                    const HostKey& shown) {
  if (pinned.empty() || std::find(pinned.begin(), pinned.end(), shown) != pinned.end()) {
    return;
  }
  const auto same_type = std::find_if(pinned.begin(), pinned.end(),
                                      [&](const HostKey& key) { return key.type == shown.type; });
  const auto& known = same_type != pinned.end() ? *same_type : pinned.front();
  const auto words = [](const HostKey& key) { return key.type + ' ' + fingerprint(key); };
  throw host_key_mismatch(pin, words(known), words(shown));
}

std::vector<std::string> host_key_preference(const std::vector<HostKey>& pinned) {
  // The order of ssh itself, Ed25519 first.
  std::vector<std::string> order{"ssh-ed25519",
                                 "ecdsa-sha2-nistp256",
                                 "ecdsa-sha2-nistp384",
                                 "ecdsa-sha2-nistp521",
                                 "rsa-sha2-512",
                                 "rsa-sha2-256",
                                 "ssh-rsa"};
  std::stable_partition(order.begin(), order.end(), [&](const std::string& algorithm) {
    const std::string_view type =
        algorithm.starts_with("rsa-") ? "ssh-rsa" : std::string_view(algorithm);
    return std::any_of(pinned.begin(), pinned.end(),
                       [&](const HostKey& key) { return key.type == type; });
  });
  return order;
}

}  // namespace dmachine::ssh
