// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/wire.hpp"

#include "core/error.hpp"

namespace dmachine::ssh {

WireWriter& WireWriter::u8(std::uint8_t value) {
  bytes_ += static_cast<char>(value);
  return *this;
}

WireWriter& WireWriter::u32(std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) {
    bytes_ += static_cast<char>((value >> shift) & 0xFFU);
  }
  return *this;
}

WireWriter& WireWriter::string(std::string_view value) {
  u32(static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
  return *this;
}

WireWriter& WireWriter::mpint(std::string_view big_endian) {
  const auto first = big_endian.find_first_not_of('\0');
  big_endian.remove_prefix(std::min(first, big_endian.size()));
  // A set top bit would read as a negative number.
  const bool pad = !big_endian.empty() && (static_cast<unsigned char>(big_endian[0]) & 0x80U) != 0;
  u32(static_cast<std::uint32_t>(big_endian.size() + (pad ? 1 : 0)));
  if (pad) {
    bytes_ += '\0';
  }
  bytes_ += big_endian;
  return *this;
}

std::string_view WireReader::raw(std::size_t size) {
  if (size > rest_.size()) {
    throw Error(Errc::invalid, "unexpected end of data");
  }
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint8_t WireReader::u8() {
  return static_cast<std::uint8_t>(raw(1)[0]);
}

std::uint32_t WireReader::u32() {
  std::uint32_t value = 0;
  for (const char byte : raw(4)) {
    value = (value << 8U) | static_cast<unsigned char>(byte);
  }
  return value;
}

std::string_view WireReader::string() {
  return raw(u32());
}

}  // namespace dmachine::ssh
