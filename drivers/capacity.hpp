// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// A create that finds capacity: an ordered list of places, sizes and markets to try in turn, and a
/// memory, shared by all creates of a store, of those that were sold out a moment ago.
namespace dmachine {

/// One thing to try. Which fields are used is the driver's affair; empty ones are left to it.
struct Candidate {
  std::string zone;
  std::string subnet;
  std::string size;  // machine type
  bool spot = false;

  bool operator==(const Candidate&) const = default;
};

/// "us-east1-b, n2-standard-2, spot": for people, and the name under which it is remembered.
std::string to_string(const Candidate& candidate);

/// All combinations, best first: the first size in every place before the second size; with
/// `on_demand_too` all of them as spot before all of them on demand. An empty list counts as one
/// empty text; `places` are pairs of zone and subnet.
std::vector<Candidate> make_candidates(const std::vector<Candidate>& places,
                                       const std::vector<std::string>& sizes, bool spot,
                                       bool on_demand_too);

/// The elements of a list that was a single value in Docker Machine: `a,b,c`, blanks around them
/// dropped. Throws Error{invalid} on an empty or repeated one, naming `flag`.
std::vector<std::string> parse_candidate_list(const std::string& flag, const std::string& text);

/// What was sold out in this store's accounts, and until when we believe it: one small file,
/// STORE/dmachine/capacity.json, changed under a lock. It only orders attempts: an unreadable or
/// unwritable file means that nothing is remembered.
class CapacityMemory {
 public:
  using Now = std::function<std::chrono::system_clock::time_point()>;

  /// `lifetime`: how long a candidate counts as sold out.
  CapacityMemory(const std::filesystem::path& store_path, std::string account,
                 Now now = std::chrono::system_clock::now, std::chrono::seconds lifetime = expiry);

  /// In the order given, without those that are remembered as sold out. When all are, the one whose
  /// time is up first alone: somebody has to look, but not everybody at everything.
  std::vector<Candidate> worth_trying(const std::vector<Candidate>& all) const;

  void remember_sold_out(const Candidate& candidate) const;
  /// Remembers it if nobody has, and says whether it was us: of many processes at once, one alone.
  /// False also when the file cannot be written.
  bool claim(const Candidate& candidate) const;
  bool remembers(const Candidate& candidate) const;
  /// It worked: nothing is held against it any more.
  void forget(const Candidate& candidate) const;

  /// How long a candidate counts as sold out unless the user says otherwise.
  static constexpr std::chrono::seconds expiry{300};

 private:
  std::filesystem::path file_;
  std::string account_;
  std::chrono::seconds lifetime_;
  Now now_;
};

/// Tries the candidates in turn until `attempt(candidate)` returns. Only Errc::capacity moves on:
/// the candidate is remembered, and everything that the attempt may have made must be gone by then.
/// Whatever else it throws ends the search. When no candidate is left, throws Errc::capacity that
/// names all of them. Candidates of a single choice are always tried.
template <typename Attempt>
auto try_candidates(const Context& ctx, const CapacityMemory& memory,
                    const std::vector<Candidate>& all, Attempt&& attempt);

/// For try_candidates: the error when all of `failures` were sold out.
Error all_sold_out(const std::vector<Candidate>& all,
                   const std::vector<std::pair<Candidate, Error>>& failures);

template <typename Attempt>
auto try_candidates(const Context& ctx, const CapacityMemory& memory,
                    const std::vector<Candidate>& all, Attempt&& attempt) {
  const bool has_choice = all.size() > 1;
  std::vector<std::pair<Candidate, Error>> failures;
  for (const Candidate& candidate : has_choice ? memory.worth_trying(all) : all) {
    ctx.check();
    try {
      auto result = attempt(candidate);
      if (has_choice) {
        memory.forget(candidate);
      }
      return result;
    } catch (const Error& error) {
      if (error.code() != Errc::capacity || !has_choice) {
        throw;
      }
      log::info("No capacity: {} ({})", to_string(candidate), error.what());
      memory.remember_sold_out(candidate);
      failures.emplace_back(candidate, error);
    }
  }
  throw all_sold_out(all, failures);
}

}  // namespace dmachine
