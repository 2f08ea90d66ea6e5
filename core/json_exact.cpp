// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/json_exact.hpp"

#include "core/error.hpp"
#include "core/json_syntax.hpp"

#include <vector>

namespace dmachine {

namespace {

/// JSON text has no binary values, so they are free to carry numbers as text.
constexpr Json::binary_t::subtype_type number_text = 1;

Json verbatim(const std::string& text) {
  return Json::binary({text.begin(), text.end()}, number_text);
}

/// The library's message for a number above float64's range.
constexpr int number_overflow = 406;

struct BrokenString {};

/// Builds the value from the parser's events; the library's own builder loses the numbers' text.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(Json& root) : root_(root) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  // The parser calls this for negative numbers only, so that 0 was written -0.
  bool number_integer(number_integer_t value) override {
    return value == 0 ? add(verbatim("-0")) : add(value);
  }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    return go_json_number(value) == text ? add(value) : add(verbatim(text));
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool key(string_t& name) override {
    member_ = &(*open_.back())[name];
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& failure) override {
    if (failure.id == number_overflow) {
      throw Error(Errc::invalid, "json: a number is too large for float64");
    }
    throw BrokenString();
  }

 private:
  Json& place(Json value) {
    if (open_.empty()) {
      return root_ = std::move(value);
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return open_.back()->back();
    }
    return *member_ = std::move(value);
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    open_.push_back(&place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json& root_;
  std::vector<Json*> open_;  // arrays and objects around the next value, outermost first
  Json* member_ = nullptr;   // where the innermost object's next value goes
};

Json build(std::string_view text) {
  Json root;
  Builder builder(root);
  Json::sax_parse(text, &builder);
  return root;
}

}  // namespace

Json parse_json_exact(std::string_view text) {
  check_json_syntax(text);
  try {
    return build(text);
  } catch (const BrokenString&) {
    // The grammar is right, so what the library refuses is a string that Go would repair.
    return build(repair_json_strings(text));
  }
}

std::optional<std::string> find_number_text(const Json& value) {
  if (!value.is_binary()) {
    return std::nullopt;
  }
  const auto& bytes = value.get_binary();
  return std::string(bytes.begin(), bytes.end());
}

std::string_view json_kind(const Json& value) {
  if (value.is_boolean()) {
    return "bool";
  }
  return value.is_number() || value.is_binary() ? "number" : value.type_name();
}

}  // namespace dmachine
