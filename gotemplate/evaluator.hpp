// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/functions.hpp"
#include "gotemplate/node.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dmachine::gotemplate {

/// The template does not fit the data. The message has the place.
struct EvaluationError {
  std::string message;
};

/// Bounds on what one rendering may use, so that no template eats the memory or runs for ever.
/// Steps are nodes looked at, bytes are those of the output and of all texts that functions made.
constexpr std::size_t most_steps = 1'000'000;
constexpr std::size_t most_bytes = 64U << 20U;
/// Templates, control structures and parentheses in each other; what Go calls "maximum template
/// depth" is 100000 there.
constexpr int most_nested = 1000;

/// Evaluates pipelines.
class Evaluator {
 public:
  Evaluator(std::string_view source, const Value& data)
      : source_(source), variables_{{"$", Operand{data, false}}} {}

  /// Its value, not boxed. Declares or sets the pipeline's variables.
  Operand pipeline(const Node& node, const Operand& dot);

  /// The node that messages name.
  void at(const Node& node) { current_ = &node; }
  [[noreturn]] void fail(const std::string& message) const;

  void spend_step();
  void spend_bytes(std::size_t count);
  /// Counts a level of nesting while it lives.
  class Level {
   public:
    explicit Level(Evaluator& evaluator);
    ~Level() { --evaluator_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Evaluator& evaluator_;
  };

  using Variables = std::vector<std::pair<std::string, Operand>>;
  Variables& variables() { return variables_; }
  void set_variable(const std::string& name, const Operand& value);
  /// Of the template that runs; the main one has none.
  std::string& template_name() { return template_name_; }

 private:
  Operand command(const Node& command, const Operand& dot, const Operand* piped);
  Operand operand(const Node& node, const Operand& dot);
  Operand constant(const Node& node);
  Operand variable(const Node& node, bool has_arguments);
  Operand fields(const Node& node, Operand value, std::size_t from, std::size_t arguments);
  Operand field(const Operand& receiver, const std::string& name, std::size_t arguments);
  Operand call(const Node& function, const Node& shown, const std::vector<NodePtr>* words,
               const Operand& dot, const Operand* piped);
  Operand first_deciding(const std::vector<NodePtr>& words, const Operand& dot,
                         const Operand* piped, bool decided_by);
  Operand argument(const Node& node, const Operand& dot, bool wants_text);
  void check_text(Operand& value) const;
  void check_no_arguments(const Node& node, bool has_arguments) const;

  std::string_view source_;
  const Node* current_ = nullptr;
  Variables variables_;
  std::string template_name_;
  std::size_t steps_ = 0;
  std::size_t bytes_ = 0;
  int depth_ = 0;
};

}  // namespace dmachine::gotemplate
