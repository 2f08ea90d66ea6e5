// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"

/// Go's text/template for what users write after `inspect -f` and `ls --format`.
namespace dmachine::gotemplate {

struct Value;
using List = std::vector<Value>;

/// A Go map[string]interface{}: a missing key gives `<no value>`, printing is sorted by key.
struct Map {
  std::map<std::string, Value> members;
};

/// A Go struct: an unknown field is an error that names the type (`can't evaluate field Nope in type commands.HostListItem`).
struct Struct {
  std::string type_name;
  std::vector<std::pair<std::string, Value>> fields;
};

/// An integer type with a String method, as Go's state.State and time.Duration: prints as the text, %d as the number.
struct NamedInteger {
  std::int64_t number = 0;
  std::string text;
  std::string type_name;
};

/// Any value a template can meet. std::monostate is nil.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, NamedInteger, std::shared_ptr<List>,
               std::shared_ptr<Map>, std::shared_ptr<Struct>>
      data;
};

/// As Go decodes JSON into interface{}: every number is a float64, objects are maps.
Value from_json(const Json& json);

/// The template's text is wrong. The message is Go's: `template: :1: unclosed action`.
class ParseError : public Error {
 public:
  explicit ParseError(const std::string& message) : Error(Errc::invalid, message) {}
};

/// The template does not fit the data: `template: :1:2: executing "" at <.Nope>: can't evaluate field Nope in type …`.
class ExecError : public Error {
 public:
  ExecError(const std::string& message, std::string output)
      : Error(Errc::invalid, message), output_(std::move(output)) {}

  /// What was rendered before the failure: Go has written it already.
  const std::string& output() const { return output_; }

 private:
  std::string output_;
};

/// Which functions there are besides Go's built-ins: `inspect` has json and prettyjson, `ls` has none.
enum class Functions { builtins_only, with_json };

/// Renders `text` over `data`. Throws ParseError and ExecError.
std::string render(const std::string& text, const Value& data, Functions functions);

}  // namespace dmachine::gotemplate
