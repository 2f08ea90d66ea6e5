// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/http.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::engine {

namespace {

constexpr std::size_t head_limit = 64U << 10U;

[[noreturn]] void malformed(std::string_view line) {
  throw Error(Errc::unavailable,
              fmt::format("malformed HTTP response {}", go_quote(line.substr(0, 200))));
}

bool is_number(std::string_view text, std::size_t most_digits) {
  return !text.empty() && text.size() <= most_digits &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

ResponseHead parse_status_line(std::string_view line) {
  // HTTP/1.1 200 OK
  if (line.substr(0, 7) != "HTTP/1." || line.size() < 12 || line[8] != ' ' ||
      !is_number(line.substr(9, 3), 3) || (line.size() > 12 && line[12] != ' ')) {
    malformed(line);
  }
  ResponseHead head;
  head.reason = line.substr(9);
  head.status = std::stoi(head.reason.substr(0, 3));
  return head;
}

}  // namespace

std::string http_request(const std::string& authority, const std::string& path) {
  return fmt::format(
      "GET {} HTTP/1.0\r\nHost: {}\r\nUser-Agent: dmachine\r\nAccept: application/json\r\n\r\n",
      path, authority);
}

std::optional<ResponseHead> parse_head(std::string_view received) {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    const std::string_view begin = received.substr(0, 5);
    if (begin != std::string_view("HTTP/").substr(0, begin.size()) ||
        received.size() > head_limit) {
      malformed(received);
    }
    return std::nullopt;
  }
  const auto lines = split(received.substr(0, end), '\n');
  ResponseHead head = parse_status_line(trim(lines[0]));
  head.size = end + 4;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto colon = lines[i].find(':');
    if (colon != std::string::npos &&
        equal_ignoring_case(trim(lines[i].substr(0, colon)), "Content-Length")) {
      const std::string value(trim(std::string_view(lines[i]).substr(colon + 1)));
      if (!is_number(value, 12)) {
        malformed(lines[i]);
      }
      head.length = std::stoull(value);
    }
  }
  return head;
}

}  // namespace dmachine::engine
