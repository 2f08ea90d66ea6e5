// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/regexp.hpp"
#include "core/error.hpp"
#include "tests/support/catch.hpp"

#include <string>

using dmachine::cli::Regexp;

// Both tables say what Go's regexp package was seen to do.

TEST_CASE("expressions match as in Go") {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  for (const Case& c : {
           Case{"m1", "am10", true},
           Case{"^m1$", "m10", false},
           Case{"^m1$", "m1", true},
           Case{"(?i)RUN", "xrunner", true},
           Case{"a{2", "a{2", true},
           Case{"a{2", "aa", false},
           Case{"a{2}", "baab", true},
           Case{"a{2}", "bab", false},
           Case{"a{2,}c", "aaaac", true},
           Case{"a{2,3}$", "aaaa", true},
           Case{"^a{2,3}$", "aaaa", false},
           Case{"^(a|b)*c$", "ababc", true},
           Case{"^(a|b)*c$", "abadc", false},
           Case{R"(\d+)", "runner-12", true},
           Case{R"(\D)", "12", false},
           Case{R"(\w)", "-", false},
           Case{R"(\W)", "ab-", true},
           Case{R"(\s)", "a b", true},
           Case{R"(\S)", " ", false},
           Case{R"(\bfoo\b)", "a-foo-b", true},
           Case{R"(\bfoo\b)", "afoo", false},
           Case{R"(\Boo)", "foo", true},
           Case{"[a-c]+x", "abcx", true},
           Case{"[^a-c]", "abc", false},
           Case{"[]a]", "]", true},
           Case{"[^]a]", "]", false},
           Case{"[a-]", "-", true},
           Case{"[[:alpha:]]+1", "ab1", true},
           Case{"[[:^alpha:]]", "ab", false},
           Case{R"([\d-]x)", "-x", true},
           Case{R"([\]])", "]", true},
           Case{"a.c", "abc", true},
           Case{"a.c", "a\nc", false},
           Case{"(?s)a.c", "a\nc", true},
           Case{"^b", "a\nb", false},
           Case{"(?m)^b", "a\nb", true},
           Case{"a$", "a\nb", false},
           Case{"(?m)a$", "a\nb", true},
           Case{R"(\Aa)", "ba", false},
           Case{R"(a\z)", "ab", false},
           Case{R"(\Qa.b\E)", "a.b", true},
           Case{R"(\Qa.b\E)", "axb", false},
           Case{R"(\Qa.b)", "a.b", true},
           Case{R"(\x41)", "A", true},
           Case{R"(\x{e9})", "é", true},
           Case{"é+", "éé", true},
           Case{"^.$", "é", true},
           Case{"^..$", "é", false},
           Case{R"(\101)", "A", true},
           Case{"(?i:A)b", "ab", true},
           Case{"(?i:A)b", "aB", false},
           Case{"(?i)a(?-i)b", "Ab", true},
           Case{"(?i)a(?-i)b", "AB", false},
           Case{"((?i)a)b", "AB", false},
           Case{"((?i)a)b", "Ab", true},
           Case{"a(?i)b|c", "aB", true},
           Case{"a(?i)b|c", "C", true},
           Case{"(?P<n>x)y", "xy", true},
           Case{"(?P<n>x)y", "x", false},
           Case{"(?:ab)+$", "abab", true},
           Case{"a*?b", "aab", true},
           Case{"", "x", true},
           Case{"a|", "x", true},
           Case{"()", "x", true},
           Case{"x{0}y", "y", true},
           Case{"x{0,1}y", "y", true},
           Case{"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false},
           Case{"[A-z]", "_", true},
           Case{"(?i)[^a]", "A", false},
           Case{"(?i)[k]", "K", true},
           Case{R"(runner-.*-(small|large)-\d{4})", "runner-x-large-2024", true},
           Case{R"(runner-.*-(small|large)-\d{4})", "runner-x-medium-2024", false},
           Case{R"([\w.]+)", "...", true},
           Case{R"(\.)", "a", false},
           Case{R"(\.)", "a.b", true},
           Case{R"(\-)", "a-b", true},
           Case{R"(a\|b)", "a|b", true},
           Case{"^$", "", true},
           Case{"a?", "b", true},
           Case{"^a?$", "b", false},
           Case{"a{,2}", "a{,2}", true},
           Case{"a{01}", "a{01}", true},
           Case{"{", "{", true},
           Case{"}", "}", true},
           Case{"]", "]", true},
           Case{"a{1}{", "a{", true},
           Case{"[[:word:]]", "_", true},
           Case{"[[:punct:]]", "a", false},
           Case{"[[:xdigit:]]", "g", false},
           Case{"^*", "", true},
       }) {
    CAPTURE(c.pattern, c.text);
    CHECK(Regexp(c.pattern).matches(c.text) == c.matches);
  }
}

TEST_CASE("bad expressions are refused in Go's words") {
  struct Case {
    const char* pattern;
    const char* error;
  };
  for (const Case& c : {
           Case{"[", "missing closing ]: `[`"},
           Case{"[a", "missing closing ]: `[a`"},
           Case{"[]", "missing closing ]: `[]`"},
           Case{"(", "missing closing ): `(`"},
           Case{"(a", "missing closing ): `(a`"},
           Case{")", "unexpected ): `)`"},
           Case{"a)b", "unexpected ): `a)b`"},
           Case{"*", "missing argument to repetition operator: `*`"},
           Case{"+a", "missing argument to repetition operator: `+`"},
           Case{"a**", "invalid nested repetition operator: `**`"},
           Case{"a+*", "invalid nested repetition operator: `+*`"},
           Case{"a?{2}", "invalid nested repetition operator: `?{2}`"},
           Case{"a{2}*", "invalid nested repetition operator: `{2}*`"},
           Case{"|*", "missing argument to repetition operator: `*`"},
           Case{"(*)", "missing argument to repetition operator: `*`"},
           Case{R"(\)", "trailing backslash at end of expression: ``"},
           Case{R"(a\)", "trailing backslash at end of expression: ``"},
           Case{R"(\y)", R"(invalid escape sequence: `\y`)"},
           Case{R"(\8)", R"(invalid escape sequence: `\8`)"},
           Case{R"(\1)", R"(invalid escape sequence: `\1`)"},
           Case{"[z-a]", "invalid character class range: `z-a`"},
           Case{R"([\y])", R"(invalid escape sequence: `\y`)"},
           Case{"a{3,2}", "invalid repeat count: `{3,2}`"},
           Case{"a{1001}", "invalid repeat count: `{1001}`"},
           Case{"a{2,1001}", "invalid repeat count: `{2,1001}`"},
           Case{"(?=a)", "invalid or unsupported Perl syntax: `(?=`"},
           Case{"(?!a)", "invalid or unsupported Perl syntax: `(?!`"},
           Case{"(?<=a)", "invalid named capture: `(?<=a)`"},
           Case{"(?<a", "invalid named capture: `(?<a`"},
           Case{"(?P<a-b>c)", "invalid named capture: `(?P<a-b>`"},
           Case{"(?P=a)", "invalid or unsupported Perl syntax: `(?P`"},
           Case{"(?z)", "invalid or unsupported Perl syntax: `(?z`"},
           Case{"(?i", "invalid or unsupported Perl syntax: `(?i`"},
           Case{"(?", "invalid or unsupported Perl syntax: `(?`"},
           Case{"[[:nope:]]", "invalid character class range: `[:nope:]`"},
           Case{R"(\x)", R"(invalid escape sequence: `\x`)"},
           Case{R"(\xg1)", R"(invalid escape sequence: `\xg1`)"},
           Case{R"(\x{110000})", R"(invalid escape sequence: `\x{110000`)"},
           Case{R"(\x{)", R"(invalid escape sequence: `\x{`)"},
           Case{R"(\C)", R"(invalid escape sequence: `\C`)"},
           Case{R"(\Z)", R"(invalid escape sequence: `\Z`)"},
           Case{R"(\ü)", R"(invalid escape sequence: `\ü`)"},
           Case{"x{1000}{2}", "invalid nested repetition operator: `{1000}{2}`"},
           Case{R"([a-\d])", R"(invalid escape sequence: `\d`)"},
           Case{"a***", "invalid nested repetition operator: `**`"},
       }) {
    CAPTURE(c.pattern);
    CHECK_THROWS_WITH(Regexp(c.pattern), "error parsing regexp: " + std::string(c.error));
  }
}

TEST_CASE("no expression takes long or much") {
  const std::string many(50'000, 'a');
  CHECK_FALSE(Regexp("^(a*)*b$").matches(many));
  CHECK_THROWS_WITH(Regexp("((((a{100}){100}){100}){100}){100}"),
                    ContainsSubstring("expression too large"));
  CHECK_THROWS_WITH(Regexp(std::string(100'000, '(')), ContainsSubstring("nests too deeply"));
}
