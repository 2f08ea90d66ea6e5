// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/natural_order.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <string_view>

namespace dmachine::machine {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The run of digits, or of other characters, at the start.
std::string_view first_run(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_digit(text[end]) == is_digit(text[0])) {
    ++end;
  }
  return text.substr(0, end);
}

/// Below zero, zero or above, as a comes before b. Digits by value, then by fewer leading zeros.
int compare_runs(std::string_view a, std::string_view b) {
  if (!is_digit(a[0]) || !is_digit(b[0])) {
    return is_digit(a[0]) != is_digit(b[0]) ? (is_digit(a[0]) ? -1 : 1) : a.compare(b);
  }
  const auto value = [](std::string_view digits) {
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
  };
  const auto value_a = value(a);
  const auto value_b = value(b);
  if (value_a.size() != value_b.size()) {
    return value_a.size() < value_b.size() ? -1 : 1;
  }
  if (const int order = value_a.compare(value_b); order != 0) {
    return order;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
  const std::string lower_a = to_lower(a);
  const std::string lower_b = to_lower(b);
  std::string_view rest_a = lower_a;
  std::string_view rest_b = lower_b;
  while (!rest_a.empty() && !rest_b.empty()) {
    const auto run_a = first_run(rest_a);
    const auto run_b = first_run(rest_b);
    if (const int order = compare_runs(run_a, run_b); order != 0) {
      return order < 0;
    }
    rest_a.remove_prefix(run_a.size());
    rest_b.remove_prefix(run_b.size());
  }
  if (rest_a.empty() != rest_b.empty()) {
    return rest_a.empty();
  }
  return a < b;
}

}  // namespace dmachine::machine
