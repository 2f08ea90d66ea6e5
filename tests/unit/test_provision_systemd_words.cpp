// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/systemd_words.hpp"
#include "tests/support/catch.hpp"

#include <optional>

using namespace dmachine;
using namespace dmachine::provision;

namespace {

/// The rules of systemd.syntax(7) and systemd.service(5), written independently: what one word of a
/// unit file's line becomes. Nothing when it is more or less than one word, or malformed.
std::optional<std::string> as_systemd_reads(const std::string& line, bool command_line) {
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\') {
      if (i + 1 >= line.size())
        return std::nullopt;
      const char next = line[++i];
      if (next == '\\' || next == '"' || next == '\'') {
        word += next;
      } else if (next == 'x') {
        word += static_cast<char>(std::stoi(line.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        return std::nullopt;
      }
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      return std::nullopt;
    } else {
      word += c;
    }
  }
  if (quote != 0 || line.empty() || line == ";")
    return std::nullopt;
  const auto expand = [](const std::string& text, char sign) -> std::optional<std::string> {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == sign && (++i >= text.size() || text[i] != sign))
        return std::nullopt;
      out += text[i];
    }
    return out;
  };
  auto expanded = expand(word, '%');
  return expanded && command_line ? expand(*expanded, '$') : expanded;
}

const std::vector<std::string> awkward{
    "plain",        "a b",     " ",   "",      "\"",    "'",         "\\",        "\\\\",
    "ends in \\",   "100%",    "%h",  "%%",    "$HOME", "${X}",      "$$",        "`id`",
    "$(id)",        ";",       "a;b", "#",     "a=b=c", "tab\there", "new\nline", "\x7f",
    "it's \"all\"", "ünïcödé", "\\n", "\\x41", "'a b'", "\"a b\"",   "a\\ b",     "{{.Name}}",
    "--opt=a b",    "*",       "~",   "!",     "@x",    "-",         "a,b",       "|&<>",
};

}  // namespace

TEST_CASE("every word arrives unchanged on a command line") {
  for (const auto& word : awkward) {
    const std::string written = exec_word(word);
    INFO(word << " written as " << written);
    CHECK(as_systemd_reads(written, true) == word);
    CHECK(written.find('\n') == std::string::npos);
  }
}

TEST_CASE("every value arrives unchanged in the environment") {
  for (const auto& value : awkward) {
    if (value == "\x7f")
      continue;
    const std::string written = environment_word("NAME=" + value);
    INFO(value << " written as " << written);
    CHECK(as_systemd_reads(written, false) == "NAME=" + value);
    CHECK(written.find('\n') == std::string::npos);
  }
}

TEST_CASE("words that need no quotes have none") {
  for (const std::string word :
       {"https://mirror.example", "http://u:p@proxy:3128", "a=b", "--log-driver=json-file",
        "tcp://0.0.0.0:2376", "dm.basesize=20G", "[::1]:5000", "a;b", "{}"}) {
    CHECK(exec_word(word) == word);
    CHECK(environment_word("X=" + word) == "X=" + word);
  }
  CHECK(exec_word("foo=bar baz") == "\"foo=bar baz\"");
  CHECK(exec_word("100%$") == "100%%$$");
  CHECK(environment_word("D=x$HOME%") == "D=x$HOME%%");
}

TEST_CASE("what a unit file cannot hold is refused, values not shown") {
  CHECK_THROWS_AS(exec_word(std::string("a\0b", 3)), Error);
  CHECK_THROWS_AS(exec_word("\xff\xfe"), Error);
  for (const std::string bad :
       {"FOO", "=x", "1A=x", "A-B=x", "A B=x", "A=hunter2\x01", "A.B=hunter2"}) {
    INFO(bad);
    CHECK_THROWS_WITH(environment_word(bad), StartsWith("invalid engine environment variable"));
    CHECK_THROWS_WITH(environment_word(bad), !ContainsSubstring("hunter2"));
  }
}
