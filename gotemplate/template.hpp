// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "gotemplate/value.hpp"

#include <memory>
#include <string>
#include <utility>

/// Go's text/template (as of Go 1.19, which the reference is built with) for what users write after
/// `inspect -f` and `ls --format`. What differs: complex numbers are refused; non-ASCII letters in
/// names are told from symbols by a coarse table; `range $x = …` assigns to $x; slice does not
/// reach beyond a list's length; a template may not nest, run or grow beyond limits that no honest
/// one meets.
namespace dmachine::gotemplate {

/// The template's text is wrong. The message is Go's: `template: :1: unclosed action`.
class ParseError : public Error {
 public:
  explicit ParseError(const std::string& message) : Error(Errc::invalid, message) {}
};

/// The template does not fit the data: `template: :1:2: executing "" at <.Nope>: can't evaluate
/// field Nope in type …`.
class ExecError : public Error {
 public:
  ExecError(const std::string& message, std::string output)
      : Error(Errc::invalid, message), output_(std::move(output)) {}

  /// What was rendered before the failure: Go has written it already.
  const std::string& output() const { return output_; }

 private:
  std::string output_;
};

/// Which functions there are besides Go's built-ins: `inspect` has json and prettyjson, `ls` has
/// none.
enum class Functions { builtins_only, with_json };

/// A template, parsed once. Copies share what was parsed.
class Template {
 public:
  /// Throws ParseError.
  Template(const std::string& text, Functions functions);

  /// Throws ExecError.
  std::string render(const Value& data) const;

 private:
  struct Parsed;
  std::shared_ptr<const Parsed> parsed_;
};

/// Renders `text` over `data`. Throws ParseError and ExecError.
std::string render(const std::string& text, const Value& data, Functions functions);

}  // namespace dmachine::gotemplate
