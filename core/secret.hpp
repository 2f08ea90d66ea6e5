// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace dmachine {

/// A string that does not show itself: formats as "[redacted]", has no stream operator and no
/// conversion, and wipes its memory. `reveal()` is for bytes that go to the wire, a 0600 file or
/// the store.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

/// Overwrites a string's bytes before it is let go.
void wipe(std::string& text);

}  // namespace dmachine

template <>
struct fmt::formatter<dmachine::Secret> : fmt::formatter<std::string_view> {
  template <typename FormatContext>
  auto format(const dmachine::Secret&, FormatContext& ctx) const {
    return fmt::formatter<std::string_view>::format("[redacted]", ctx);
  }
};
