// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine {

/// Reads the members of a JSON object by Go's rules: key in any case, missing or null is the zero
/// value. A wrong type throws Error{invalid} `json: cannot unmarshal string into Go struct field
/// STRUCT.KEY of type int`.
class JsonFields {
 public:
  /// `struct_name` is for messages only. Anything but an object or null throws `json: cannot
  /// unmarshal array into Go value of type STRUCT`. Keeps a reference to `object`.
  JsonFields(const Json& object, std::string_view struct_name);

  std::string text(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  int small_integer(std::string_view key) const;  // fits an int, else throws as for a wrong type
  bool boolean(std::string_view key) const;
  double number(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;  // null: empty
  bool is_null(std::string_view key) const;                    // or missing

 private:
  [[noreturn]] void wrong_type(const Json& value, std::string_view key,
                               std::string_view type) const;

  const Json& object_;
  std::string_view struct_name_;
};

/// `known`, then the members of `original` whose key (in any case) `known` does not have: what
/// other versions wrote survives. Empty lists stay null or [], as `original` had them.
Json keep_unknown(Json known, const Json& original);

/// For lists that the reference never fills: they are null in its files while they are empty, all
/// others [].
Json null_when_empty(const std::vector<std::string>& list);

}  // namespace dmachine
