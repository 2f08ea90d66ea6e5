// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/end_mark.hpp"

#include "core/random.hpp"

#include <fmt/format.h>

#include <charconv>

namespace dmachine::ssh {

EndMark::EndMark() : word_(fmt::format("dmachine-end-{}-", random_hex(8))) {}

std::string EndMark::wrap(const std::string& command) const {
  // The line breaks end comments and here-documents, and keep `((` from being read as arithmetic.
  return fmt::format("(\n{}\n); printf '%s%d.' {} $? >&2", command, word_);
}

std::optional<int> EndMark::take(std::string& err) const {
  const auto at = err.rfind(word_);
  if (at == std::string::npos) {
    return std::nullopt;
  }
  const char* const from = err.data() + at + word_.size();
  const char* const to = err.data() + err.size();
  int status = 0;
  const auto [end, failure] = std::from_chars(from, to, status);
  if (failure != std::errc() || end == to || *end != '.') {
    return std::nullopt;
  }
  err.erase(at, static_cast<std::size_t>(end + 1 - (err.data() + at)));
  return status;
}

}  // namespace dmachine::ssh
