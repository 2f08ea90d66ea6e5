// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/go_float.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace dmachine {

namespace {

/// The digits d₀d₁d₂… of d₀.d₁d₂… × 10^exponent, without zeros at the end.
struct Decimal {
  std::string digits;
  int exponent;
};

/// From the scientific form of a positive number: `1.25e+03`.
Decimal parse_scientific(std::string_view text) {
  const auto e = text.find('e');
  std::string digits;
  std::copy_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(e),
               std::back_inserter(digits), [](char c) { return c != '.'; });
  digits.erase(std::max<std::size_t>(digits.find_last_not_of('0') + 1, 1));
  int exponent = 0;
  const std::size_t sign = text[e + 1] == '+' ? 1 : 0;  // from_chars knows no plus
  std::from_chars(text.data() + e + 1 + sign, text.data() + text.size(), exponent);
  return {digits, exponent};
}

Decimal shortest_decimal(double size) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), size,
                                 std::chars_format::scientific);
  return parse_scientific({buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data())});
}

std::string scientific(const Decimal& number) {
  std::string text = number.digits.substr(0, 1);
  if (number.digits.size() > 1) {
    text += "." + number.digits.substr(1);
  }
  return text + fmt::format("e{}{:02}", number.exponent < 0 ? '-' : '+', std::abs(number.exponent));
}

/// The standard library prints all digits that a large double has; Go fills up with zeros after the
/// significant ones.
std::string fixed(const Decimal& number) {
  if (number.exponent < 0) {
    return "0." + std::string(static_cast<std::size_t>(-number.exponent - 1), '0') + number.digits;
  }
  const auto whole = static_cast<std::size_t>(number.exponent) + 1;
  if (number.digits.size() <= whole) {
    return number.digits + std::string(whole - number.digits.size(), '0');
  }
  return number.digits.substr(0, whole) + "." + number.digits.substr(whole);
}

std::string general(double size, int precision) {
  const int least = std::max(precision, 1);
  const Decimal number = precision < 0 ? shortest_decimal(size)
                                       : parse_scientific(fmt::format("{:.{}e}", size, least - 1));
  const int limit = precision < 0 ? 6 : least;
  return number.exponent < -4 || number.exponent >= limit ? scientific(number) : fixed(number);
}

/// 53 bits of mantissa, the first one set unless the number is zero, and the exponent of that first
/// bit.
struct Binary {
  std::uint64_t mantissa;
  int exponent;
};

Binary binary_of(double size) {
  if (size == 0) {
    return {0, 0};
  }
  int exponent = 0;
  const double fraction = std::frexp(size, &exponent);  // in [0.5, 1)
  return {static_cast<std::uint64_t>(std::ldexp(fraction, 53)), exponent - 1};
}

/// 0x1.8p+01, rounded half to even.
std::string hexadecimal(double size, int precision) {
  Binary number = binary_of(size);
  if (precision >= 0 && precision < 13) {
    const unsigned cut = 52U - 4U * static_cast<unsigned>(precision);
    const std::uint64_t rest = number.mantissa & ((std::uint64_t{1} << cut) - 1);
    const std::uint64_t half = std::uint64_t{1} << (cut - 1);
    number.mantissa >>= cut;
    if (rest > half || (rest == half && (number.mantissa & 1U) != 0)) {
      ++number.mantissa;
    }
    number.mantissa <<= cut;
    if (number.mantissa >> 53U != 0) {
      number.mantissa >>= 1U;
      ++number.exponent;
    }
  }
  std::string digits = fmt::format("{:013x}", number.mantissa & ((std::uint64_t{1} << 52U) - 1));
  if (precision < 0) {
    digits.erase(digits.find_last_not_of('0') + 1);
  } else {
    digits.resize(static_cast<std::size_t>(precision), '0');
  }
  return fmt::format("0x{}{}{}p{}{:02}", number.mantissa >> 52U, digits.empty() ? "" : ".", digits,
                     number.exponent < 0 ? '-' : '+', std::abs(number.exponent));
}

/// 6755399441055744p-51: the mantissa as an integer; that of a subnormal number has fewer bits.
std::string power_of_two(double size) {
  constexpr int least_exponent = -1074;
  int exponent = least_exponent;
  std::uint64_t mantissa = 0;
  if (size >= 2.2250738585072014e-308) {
    const Binary number = binary_of(size);
    mantissa = number.mantissa;
    exponent = number.exponent - 52;
  } else if (size > 0) {
    mantissa = static_cast<std::uint64_t>(std::ldexp(size, -least_exponent));
  }
  return fmt::format("{}p{:+}", mantissa, exponent);
}

std::string format_size(double size, char form, int precision) {
  switch (form) {
    case 'e':
      return precision < 0 ? scientific(shortest_decimal(size))
                           : fmt::format("{:.{}e}", size, precision);
    case 'f':
      return precision < 0 ? fixed(shortest_decimal(size))
                           : fmt::format("{:.{}f}", size, precision);
    case 'x':
      return hexadecimal(size, precision);
    case 'b':
      return power_of_two(size);
    default:
      return general(size, precision);
  }
}

}  // namespace

std::string format_go_float(double value, char form, int precision) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "+Inf" : "-Inf";
  }
  const bool upper = form == 'E' || form == 'G' || form == 'X';
  std::string text =
      format_size(std::fabs(value), upper ? static_cast<char>(form | 0x20) : form, precision);
  if (upper) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; });
  }
  return (std::signbit(value) ? "-" : "") + text;
}

}  // namespace dmachine
