// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/poll.hpp"

#include "core/random.hpp"

#include <algorithm>

namespace dmachine {

Duration Backoff::delay(unsigned attempt, double random) const {
  auto whole = first;
  for (unsigned i = 0; i < attempt && whole < most; ++i) {
    whole *= 2;
  }
  whole = std::min(whole, most);
  const auto spread = static_cast<double>(whole.count()) * (0.5 + random / 2);
  return Duration(static_cast<Duration::rep>(spread));
}

double random_fraction() {
  // 53 bits are what a double holds.
  return static_cast<double>(random_u64() >> 11) / static_cast<double>(std::uint64_t{1} << 53);
}

}  // namespace dmachine
