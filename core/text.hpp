// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine {

/// The parts between separators; an empty text has one empty part.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// Without blanks, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);
/// ASCII only.
std::string to_lower(std::string_view text);
std::string replace_all(std::string text, std::string_view from, std::string_view to);
/// ASCII letters compare without case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A Go string literal in double quotes, as Go's %q prints it: printable Unicode stays, control
/// characters and broken UTF-8 are escaped.
std::string go_quote(std::string_view text);

/// Go's strconv.ParseBool: 1 t T TRUE true True 0 f F FALSE false False.
std::optional<bool> parse_go_bool(std::string_view text);
/// Go's strconv.ParseInt with base 0: decimal, 0x1f, 010 (octal), 0o10, 0b11, optional sign, `_`
/// between digits.
std::optional<std::int64_t> parse_go_int(std::string_view text);
/// strconv.ParseUint with base 0: the same without a sign, up to 2^64-1.
std::optional<std::uint64_t> parse_go_uint(std::string_view text);

/// RFC 4648, section 4, with padding, no line breaks.
std::string base64_encode(std::string_view bytes);
/// RFC 4648, section 5 (URL alphabet), no padding, as JSON Web Tokens want it.
std::string base64url_encode(std::string_view bytes);
/// Both alphabets, with or without padding, line breaks ignored; nothing when it is not base64.
std::optional<std::string> base64_decode(std::string_view text);

/// The text as one word for a POSIX shell, in single quotes where that is needed.
std::string shell_quote(std::string_view text);

/// Percent-encoding of RFC 3986: all but unreserved characters.
std::string url_encode(std::string_view text);

/// The value of an environment variable; nothing when it is unset **or empty**, as the reference
/// reads them.
std::optional<std::string> find_env(const char* name);

/// How far two words are apart (Levenshtein), for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace dmachine
