// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/renewal.hpp"

#include "core/text.hpp"
#include "core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

namespace dmachine::cli {

using machine::Expiry;
using Kind = machine::Expiry::Kind;

namespace {

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::authority:
      return "CA certificate";
    case Kind::client:
      return "client certificate";
    case Kind::server:
      return "server certificate";
    case Kind::copy:
      return "machine's copy";
  }
  return "";
}

std::string describe(const Expiry& one) {
  const std::string day = to_day(one.end);
  return fmt::format("the {} {} {} on {}", word(one.kind), one.path.string(),
                     one.has_ended ? "ended" : "ends", day);
}

/// This program as it was called, for this store.
std::string program(const Invocation& invocation) {
  const std::string& called = invocation.argv.front();
  std::string words = called.substr(called.rfind('/') + 1);  // npos + 1 is 0
  const std::string& store = invocation.store().given_path();
  if (store != machine::Store::default_path()) {
    words += " -s " + shell_quote(store);
  }
  return words;
}

const Expiry* find_kind(const std::vector<Expiry>& certificates, Kind kind) {
  const auto found = std::ranges::find(certificates, kind, &Expiry::kind);
  return found == certificates.end() ? nullptr : &*found;
}

/// A new CA concerns every machine of the store.
std::string command(const Invocation& invocation, const std::string& names,
                    const std::vector<Expiry>& certificates) {
  const std::string own = program(invocation);
  if (find_kind(certificates, Kind::authority) != nullptr) {
    return fmt::format("{} regenerate-certs --client-certs $({} ls -q)", own, own);
  }
  const bool client_too = find_kind(certificates, Kind::client) != nullptr;
  return fmt::format("{} regenerate-certs {}{}", own, client_too ? "--client-certs " : "", names);
}

/// What people have to do themselves before that.
std::string preparation(const std::vector<Expiry>& certificates) {
  const bool foreign = std::ranges::any_of(certificates, [](const Expiry& one) {
    return !one.own && (one.kind == Kind::authority || one.kind == Kind::client);
  });
  return foreign ? "put a new one and its key there, then " : "";
}

std::string advice(const Invocation& invocation, const std::string& names,
                   const std::vector<Expiry>& certificates) {
  std::string text;
  for (const Expiry& one : certificates) {
    text += (text.empty() ? "" : ", ") + describe(one);
  }
  return fmt::format("{}: {}run \"{}\"", text, preparation(certificates),
                     command(invocation, names, certificates));
}

}  // namespace

std::vector<Expiry> ended(std::vector<Expiry> all) {
  std::erase_if(all, [](const Expiry& one) { return !one.has_ended; });
  return all;
}

std::string renewal_advice(const Invocation& invocation, const std::string& name,
                           const std::vector<Expiry>& certificates) {
  return certificates.empty() ? "" : advice(invocation, name, certificates);
}

std::vector<std::string> tell_renewals(const Invocation& invocation,
                                       std::vector<machine::ListItem>& items) {
  machine::ExpiryLook look;
  std::map<std::filesystem::path, Expiry> shared;  // end soon
  std::vector<std::string> own;                    // machines whose own certificates do
  for (auto& item : items) {
    if (!item.options) {
      continue;
    }
    const auto all = look.at(item.options->auth);
    const auto gone = ended(all);
    if (!gone.empty()) {
      const std::string text = advice(invocation, item.name, gone);
      item.error = item.error.empty() ? text : fmt::format("{} ({})", item.error, text);
    }
    bool has_own = false;
    for (const Expiry& one : all) {
      if (one.has_ended) {
        continue;
      }
      if (one.kind == Kind::authority || one.kind == Kind::client) {
        shared.emplace(one.path, one);
      } else {
        has_own = true;
      }
    }
    if (has_own && gone.empty()) {
      own.push_back(item.name);
    }
  }
  std::vector<std::string> lines;
  for (const auto& [path, one] : shared) {
    lines.push_back(advice(invocation, fmt::format("$({} ls -q)", program(invocation)), {one}));
  }
  if (!own.empty()) {
    lines.push_back(fmt::format("the certificates of {} end soon: run \"{}\"", join(own, ", "),
                                command(invocation, join(own, " "), {})));
  }
  return lines;
}

}  // namespace dmachine::cli
