// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dmachine::ssh {

/// Appends values in SSH's wire format (RFC 4251, section 5).
class WireWriter {
 public:
  WireWriter& u8(std::uint8_t value);
  WireWriter& u32(std::uint32_t value);
  WireWriter& string(std::string_view value);
  /// A non-negative number from its big-endian bytes; leading zeros are dropped.
  WireWriter& mpint(std::string_view big_endian);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Takes values in SSH's wire format from the front of a text. Throws Error{invalid} `unexpected
/// end of data`.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8();
  std::uint32_t u32();
  std::string_view string();
  std::string_view raw(std::size_t size);
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace dmachine::ssh
