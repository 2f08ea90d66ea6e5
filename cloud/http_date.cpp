// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::cloud {

namespace {

using std::chrono::sys_seconds;

/// Reads a text from its front. Once something is not as wanted, `ok()` is false for good.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = next();
      ok_ = ok_ && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    return ok_ ? value : 0;
  }
  void expect(std::string_view word) {
    for (const char wanted : word) {
      ok_ = next() == wanted && ok_;
    }
  }
  char next() {
    if (text_.empty()) {
      ok_ = false;
      return '\0';
    }
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  std::string_view take(std::size_t size) {
    const auto part = text_.substr(0, size);
    ok_ = ok_ && part.size() == size;
    text_.remove_prefix(part.size());
    return part;
  }
  void fail() { ok_ = false; }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && text_.empty(); }

 private:
  std::string_view text_;
  bool ok_ = true;
};

/// Days since 1970-01-01 (proleptic Gregorian calendar); nothing for a day that the month does not
/// have.
std::optional<std::chrono::sys_days> day_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// HH:MM:SS; 60 is a leap second.
std::chrono::seconds read_time(Reader& in) {
  const int hour = in.number(2);
  in.expect(":");
  const int minute = in.number(2);
  in.expect(":");
  const int second = in.number(2);
  if (hour > 23 || minute > 59 || second > 60) {
    in.fail();
  }
  return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

/// `Z`, `+02:00` or `-02:00`, as what UTC is behind by.
std::chrono::seconds read_offset(Reader& in) {
  const char sign = in.next();
  if (sign == 'Z' || sign == 'z') {
    return {};
  }
  if (sign != '+' && sign != '-') {
    in.fail();
  }
  const int hours = in.number(2);
  in.expect(":");
  const auto offset = std::chrono::hours(hours) + std::chrono::minutes(in.number(2));
  return sign == '-' ? -offset : offset;
}

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Reader in(text);
  in.take(3);  // the weekday follows from the date
  in.expect(", ");
  const int day = in.number(2);
  in.expect(" ");
  const auto month = std::find(months.begin(), months.end(), in.take(3));
  in.expect(" ");
  const int year = in.number(4);
  in.expect(" ");
  const auto time = read_time(in);
  in.expect(" GMT");
  if (!in.at_end() || month == months.end()) {
    return std::nullopt;
  }
  const auto date = day_of(year, static_cast<int>(month - months.begin()) + 1, day);
  return date ? std::optional<sys_seconds>(*date + time) : std::nullopt;
}

std::optional<sys_seconds> parse_rfc3339(std::string_view text) {
  Reader in(text);
  const int year = in.number(4);
  in.expect("-");
  const int month = in.number(2);
  in.expect("-");
  const int day = in.number(2);
  if (const char separator = in.next(); separator != 'T' && separator != 't' && separator != ' ') {
    in.fail();
  }
  const auto time = read_time(in);
  if (in.peek() == '.') {
    in.next();
    in.number(1);
    while (in.peek() >= '0' && in.peek() <= '9') {
      in.next();
    }
  }
  const auto offset = read_offset(in);
  const auto date = day_of(year, month, day);
  return in.at_end() && date ? std::optional<sys_seconds>(*date + time - offset) : std::nullopt;
}

std::string to_basic_iso8601(sys_seconds when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date{day};
  const auto seconds = (when - day).count();
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace dmachine::cloud
