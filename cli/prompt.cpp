// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/prompt.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace dmachine::cli {

namespace {

/// Byte by byte: what comes after the line belongs to whoever reads stdin next.
std::string read_line(bool& ended_by_newline) {
  std::string line;
  ended_by_newline = false;
  for (;;) {
    char c = 0;
    const auto got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return line;
    }
    if (c == '\n') {
      ended_by_newline = true;
      return line;
    }
    line += c;
  }
}

}  // namespace

bool ask(const std::string& question) {
  log::result(fmt::format("{} (y/n): ", question));
  bool ended_by_newline = false;
  const std::string line = read_line(ended_by_newline);
  const std::string_view word = trim(line);
  if (word.empty()) {
    throw Error(Errc::invalid, ended_by_newline ? "unexpected newline" : "EOF");
  }
  if (word.find_first_of(" \t") != std::string_view::npos) {
    throw Error(Errc::invalid, "expected newline");
  }
  return word[0] == 'y' || word[0] == 'Y';
}

bool confirm(const std::string& question) {
  try {
    return ask(question);
  } catch (const Error& error) {
    log::debug("reading the answer: {}", error.what());
    return false;
  }
}

}  // namespace dmachine::cli
