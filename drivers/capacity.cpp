// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/capacity.hpp"

#include "core/files.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

namespace dmachine {

namespace {

/// A create does not wait for others' bookkeeping.
constexpr Duration lock_limit = std::chrono::seconds(1);

/// Nobody may close a place for longer.
constexpr std::chrono::hours longest_lifetime(24);

/// Account, then candidate, to the second (since 1970) from which it may be tried again.
using Entries = std::map<std::string, std::map<std::string, std::int64_t>>;

std::int64_t seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// What is still believed at `now`.
Entries read_entries(const std::filesystem::path& file, std::int64_t now) {
  Entries entries;
  try {
    const auto text = find_file(file);
    const Json json = text ? parse_json(*text) : Json::object();
    const std::int64_t latest = now + std::chrono::seconds(longest_lifetime).count();
    for (const auto& [account, candidates] : json.items()) {
      for (const auto& [candidate, until] : candidates.items()) {
        // A clock that was wrong for a while must not close a place for years.
        const auto end = std::min(until.get<std::int64_t>(), latest);
        if (end > now) {
          entries[account][candidate] = end;
        }
      }
    }
  } catch (const std::exception& error) {
    log::debug("{} is not used: {}", file.string(), error.what());
    return {};
  }
  return entries;
}

/// Whether the file says so now.
bool change(const std::filesystem::path& file, std::int64_t now,
            const std::function<void(Entries&)>& work) {
  try {
    ensure_folder(file.parent_path());
    const auto lock = FileLock::acquire(Context().within(lock_limit), file.string() + ".lock");
    const Entries before = read_entries(file, now);
    Entries after = before;
    work(after);
    if (after != before) {
      write_file(file, Json(after).dump(), 0600);
    }
    return true;
  } catch (const Error& error) {
    log::debug("{} is not written: {}", file.string(), error.what());
    return false;
  }
}

}  // namespace

std::string to_string(const Candidate& candidate) {
  std::vector<std::string> parts;
  for (const auto* part : {&candidate.zone, &candidate.subnet, &candidate.size}) {
    if (!part->empty()) {
      parts.push_back(*part);
    }
  }
  parts.emplace_back(candidate.spot ? "spot" : "on demand");
  return join(parts, ", ");
}

std::vector<Candidate> make_candidates(const std::vector<Candidate>& places,
                                       const std::vector<std::string>& sizes, bool spot,
                                       bool on_demand_too) {
  const std::vector<Candidate> all_places = places.empty() ? std::vector{Candidate{}} : places;
  const std::vector<std::string> all_sizes = sizes.empty() ? std::vector{std::string{}} : sizes;
  std::vector<Candidate> all;
  const auto add = [&](bool as_spot) {
    for (const auto& size : all_sizes) {
      for (const auto& place : all_places) {
        all.push_back({place.zone, place.subnet, size, as_spot});
      }
    }
  };
  add(spot);
  if (spot && on_demand_too) {
    add(false);
  }
  return all;
}

std::vector<std::string> parse_candidate_list(const std::string& flag, const std::string& text) {
  std::vector<std::string> elements;
  for (const auto& part : split(text, ',')) {
    const std::string element{trim(part)};
    if (element.empty()) {
      throw Error(Errc::invalid,
                  fmt::format("--{} {}: an element of the list is empty", flag, go_quote(text)));
    }
    if (std::ranges::find(elements, element) != elements.end()) {
      throw Error(Errc::invalid,
                  fmt::format("--{} {}: {} stands there twice", flag, go_quote(text), element));
    }
    elements.push_back(element);
  }
  return elements;
}

CapacityMemory::CapacityMemory(const std::filesystem::path& store_path, std::string account,
                               Now now, std::chrono::seconds lifetime)
    : file_(store_path / "dmachine" / "capacity.json"),
      account_(std::move(account)),
      lifetime_(lifetime),
      now_(std::move(now)) {}

std::vector<Candidate> CapacityMemory::worth_trying(const std::vector<Candidate>& all) const {
  const Entries entries = read_entries(file_, seconds_of(now_()));
  const auto account = entries.find(account_);
  if (account == entries.end()) {
    return all;
  }
  std::vector<Candidate> open;
  const Candidate* next = nullptr;
  std::int64_t next_end = 0;
  for (const Candidate& candidate : all) {
    const auto found = account->second.find(to_string(candidate));
    if (found == account->second.end()) {
      open.push_back(candidate);
    } else if (next == nullptr || found->second < next_end) {
      next = &candidate;
      next_end = found->second;
    }
  }
  if (open.empty() && next != nullptr) {
    open.push_back(*next);
  }
  return open;
}

void CapacityMemory::remember_sold_out(const Candidate& candidate) const {
  const auto now = seconds_of(now_());
  change(file_, now, [&](Entries& entries) {
    entries[account_][to_string(candidate)] = now + lifetime_.count();
  });
}

bool CapacityMemory::claim(const Candidate& candidate) const {
  const auto now = seconds_of(now_());
  bool is_ours = false;
  const bool is_written = change(file_, now, [&](Entries& entries) {
    const auto end = now + lifetime_.count();
    is_ours = entries[account_].try_emplace(to_string(candidate), end).second;
  });
  return is_written && is_ours;
}

bool CapacityMemory::remembers(const Candidate& candidate) const {
  const Entries known = read_entries(file_, seconds_of(now_()));
  const auto account = known.find(account_);
  return account != known.end() && account->second.contains(to_string(candidate));
}

void CapacityMemory::forget(const Candidate& candidate) const {
  if (!remembers(candidate)) {
    return;  // as a rule, without a lock
  }
  change(file_, seconds_of(now_()), [&](Entries& entries) {
    entries[account_].erase(to_string(candidate));
    if (entries[account_].empty()) {
      entries.erase(account_);
    }
  });
}

Error all_sold_out(const std::vector<Candidate>& all,
                   const std::vector<std::pair<Candidate, Error>>& failures) {
  std::vector<std::string> tried;
  for (const auto& [candidate, error] : failures) {
    tried.push_back(fmt::format("{}: {}", to_string(candidate), error.what()));
  }
  const auto skipped = all.size() - failures.size();
  std::string text =
      fmt::format("no capacity in any of {} candidates: {}", all.size(), join(tried, "; "));
  if (skipped > 0) {
    text += fmt::format("; {} more were sold out within the last {} minutes", skipped,
                        CapacityMemory::expiry.count() / 60);
  }
  return {Errc::capacity, text, "wait, or name more zones, sizes or the fallback on-demand"};
}

}  // namespace dmachine
