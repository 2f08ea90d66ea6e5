// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "core/text.hpp"
#include "gotemplate/literal.hpp"

namespace dmachine::gotemplate {

namespace {

/// The shortest digits that read back as the same number. Exponents have two digits at least, as Go's.
std::string shortest_float(double value, std::chars_format form) {
  std::array<char, 400> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form);
  return {buffer.data(), end.ptr};
}

/// strconv.FormatFloat(value, 'g', -1, 64), which is fmt's %v: shortest digits, exponent form below 1e-04 and from 1e+06 up.
std::string general_float(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "+Inf" : "-Inf";
  }
  const std::string scientific = shortest_float(value, std::chars_format::scientific);
  const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  const bool as_exponent = value != 0 && (exponent < -4 || exponent >= 6);
  return as_exponent ? scientific : shortest_float(value, std::chars_format::fixed);
}

std::string join_members(const Map& map) {
  std::vector<std::string> parts;
  for (const auto& [key, member] : map.members) {
    parts.push_back(key + ":" + to_text(member));
  }
  return "map[" + join(parts, " ") + "]";
}

std::string join_fields(const Struct& structure) {
  std::vector<std::string> parts;
  for (const auto& [name, field] : structure.fields) {
    parts.push_back(to_text(field));
  }
  const bool pointer = structure.type_name.rfind('*', 0) == 0;
  return (pointer ? "&{" : "{") + join(parts, " ") + "}";
}

std::string join_elements(const List& list) {
  std::vector<std::string> parts;
  for (const Value& element : list) {
    parts.push_back(to_text(element));
  }
  return "[" + join(parts, " ") + "]";
}

struct Flags {
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  int width = -1;
  int precision = -1;
};

std::size_t rune_count(const std::string& text) { return to_runes(text).size(); }

std::string pad(const Flags& flags, std::string text, bool numeric) {
  if (flags.width < 0) {
    return text;
  }
  const auto width = static_cast<std::size_t>(flags.width);
  const std::size_t length = rune_count(text);
  if (length >= width) {
    return text;
  }
  if (flags.minus) {
    return text + std::string(width - length, ' ');
  }
  if (flags.zero && numeric) {
    const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ');
    return text.substr(0, sign ? 1 : 0) + std::string(width - length, '0') + text.substr(sign ? 1 : 0);
  }
  return std::string(width - length, flags.zero ? '0' : ' ') + text;
}

std::string with_sign(const Flags& flags, std::string text) {
  if (text[0] != '-' && text[0] != '+' && flags.plus) {
    return "+" + text;
  }
  return text[0] != '-' && flags.space ? " " + text : text;
}

std::string bad_verb(char32_t verb, const Value& value) {
  const std::string name = to_utf8(verb);
  if (std::holds_alternative<std::monostate>(value.data)) {
    return "%!" + name + "(<nil>)";
  }
  return fmt::format("%!{}({}={})", name, go_type_name(value), to_text(value));
}

std::string format_integer(const Flags& flags, char32_t verb, std::int64_t number, const Value& value) {
  const bool negative = number < 0;
  const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  std::string digits;
  switch (verb) {
    case 'd':
    case 'v':
      digits = std::to_string(size);
      break;
    case 'b':
      digits = flags.sharp ? fmt::format("{:#b}", size) : fmt::format("{:b}", size);
      break;
    case 'o':
      digits = (flags.sharp ? "0" : "") + fmt::format("{:o}", size);
      break;
    case 'O':
      digits = "0o" + fmt::format("{:o}", size);
      break;
    case 'x':
      digits = flags.sharp ? fmt::format("{:#x}", size) : fmt::format("{:x}", size);
      break;
    case 'X':
      digits = flags.sharp ? fmt::format("{:#X}", size) : fmt::format("{:X}", size);
      break;
    case 'c':
      return pad(flags, to_utf8(static_cast<char32_t>(number)), false);
    case 'q':
      return pad(flags, "'" + to_utf8(static_cast<char32_t>(number)) + "'", false);
    case 'U':
      return pad(flags, fmt::format("U+{:04X}", size), false);
    default:
      return bad_verb(verb, value);
  }
  if (flags.precision >= 0 && digits.size() < static_cast<std::size_t>(flags.precision)) {
    digits.insert(0, static_cast<std::size_t>(flags.precision) - digits.size(), '0');
  }
  return pad(flags, with_sign(flags, (negative ? "-" : "") + digits), true);
}

std::string format_float(const Flags& flags, char32_t verb, double number, const Value& value) {
  std::string text;
  switch (verb) {
    case 'v':
      text = general_float(number);
      break;
    case 'e':
    case 'E':
      text = fmt::format("{:.{}e}", number, flags.precision < 0 ? 6 : flags.precision);
      break;
    case 'f':
    case 'F':
      text = fmt::format("{:.{}f}", number, flags.precision < 0 ? 6 : flags.precision);
      break;
    case 'g':
    case 'G':
      text = flags.precision < 0 ? general_float(number) : fmt::format("{:.{}g}", number, flags.precision);
      break;
    default:
      return bad_verb(verb, value);
  }
  if (verb == 'E' || verb == 'G') {
    std::replace(text.begin(), text.end(), 'e', 'E');
  }
  return pad(flags, with_sign(flags, std::move(text)), true);
}

std::string hex_of(const std::string& text, bool upper) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += upper ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte);
  }
  return out;
}

std::string format_string(const Flags& flags, char32_t verb, std::string text, const Value& value) {
  if (flags.precision >= 0 && (verb == 's' || verb == 'v' || verb == 'q')) {
    const auto runes = to_runes(text).substr(0, static_cast<std::size_t>(flags.precision));
    text.clear();
    for (const char32_t rune : runes) {
      text += to_utf8(rune);
    }
  }
  switch (verb) {
    case 'v':
    case 's':
      return pad(flags, verb == 'v' && flags.sharp ? go_quote(text) : text, false);
    case 'q':
      return pad(flags, go_quote(text), false);
    case 'x':
    case 'X':
      return pad(flags, hex_of(text, verb == 'X'), false);
    default:
      return bad_verb(verb, value);
  }
}

std::string format_one(const Flags& flags, char32_t verb, const Value& value);

/// Lists and maps apply the verb to each element.
std::string format_elements(const Flags& flags, char32_t verb, const Value& value) {
  std::vector<std::string> parts;
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&value.data)) {
    for (const Value& element : **list) {
      parts.push_back(format_one(flags, verb, element));
    }
    return "[" + join(parts, " ") + "]";
  }
  if (const auto* map = std::get_if<std::shared_ptr<Map>>(&value.data)) {
    for (const auto& [key, member] : (*map)->members) {
      parts.push_back(format_string(flags, verb, key, Value{key}) + ":" + format_one(flags, verb, member));
    }
    return "map[" + join(parts, " ") + "]";
  }
  return pad(flags, to_text(value), false);
}

std::string format_one(const Flags& flags, char32_t verb, const Value& value) {
  if (verb == 'T') {
    return pad(flags, go_type_name(value), false);
  }
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) {
    return format_integer(flags, verb, *number, value);
  }
  if (const auto* number = std::get_if<double>(&value.data)) {
    return format_float(flags, verb, *number, value);
  }
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    return format_string(flags, verb, *text, value);
  }
  if (const auto* named = std::get_if<NamedInteger>(&value.data)) {
    const bool as_text = verb == 'v' || verb == 's' || verb == 'q' || verb == 'x' || verb == 'X';
    return as_text ? format_string(flags, verb, named->text, value) : format_integer(flags, verb, named->number, value);
  }
  if (const auto* flag = std::get_if<bool>(&value.data)) {
    return verb == 'v' || verb == 't' ? pad(flags, *flag ? "true" : "false", false) : bad_verb(verb, value);
  }
  if (std::holds_alternative<std::monostate>(value.data)) {
    return verb == 'v' ? pad(flags, "<nil>", false) : bad_verb(verb, value);
  }
  return format_elements(flags, verb, value);
}

/// Walks a format as fmt.Sprintf does.
class Printf {
 public:
  Printf(const std::string& format, const std::vector<Value>& arguments)
      : format_(to_runes(format)), arguments_(arguments) {}

  std::string run() {
    while (at_ < format_.size()) {
      if (format_[at_] != '%') {
        out_ += to_utf8(format_[at_++]);
        continue;
      }
      ++at_;
      directive();
    }
    if (next_ < arguments_.size()) {
      std::vector<std::string> extra;
      for (std::size_t i = next_; i < arguments_.size(); ++i) {
        const bool nil = std::holds_alternative<std::monostate>(arguments_[i].data);
        extra.push_back(nil ? "<nil>" : go_type_name(arguments_[i]) + "=" + to_text(arguments_[i]));
      }
      out_ += "%!(EXTRA " + join(extra, ", ") + ")";
    }
    return std::move(out_);
  }

 private:
  void directive() {
    Flags flags = read_flags();
    flags.width = read_number(flags, true);
    if (at_ < format_.size() && format_[at_] == '.') {
      ++at_;
      const int precision = read_number(flags, false);
      flags.precision = precision < 0 ? 0 : precision;
    }
    if (at_ >= format_.size()) {
      out_ += "%!(NOVERB)";
      return;
    }
    const char32_t verb = format_[at_++];
    if (verb == '%') {
      out_ += '%';
    } else if (next_ >= arguments_.size()) {
      out_ += "%!" + to_utf8(verb) + "(MISSING)";
    } else {
      out_ += format_one(flags, verb, arguments_[next_++]);
    }
  }

  Flags read_flags() {
    Flags flags;
    for (; at_ < format_.size(); ++at_) {
      switch (format_[at_]) {
        case '-':
          flags.minus = true;
          flags.zero = false;
          break;
        case '+':
          flags.plus = true;
          break;
        case '#':
          flags.sharp = true;
          break;
        case ' ':
          flags.space = true;
          break;
        case '0':
          flags.zero = !flags.minus;
          break;
        default:
          return flags;
      }
    }
    return flags;
  }

  /// Width or precision: digits, or `*` from the arguments. -1 when there is none.
  int read_number(Flags& flags, bool is_width) {
    constexpr int most = 1000000;
    if (at_ < format_.size() && format_[at_] == '*') {
      ++at_;
      const auto* number = next_ < arguments_.size() ? std::get_if<std::int64_t>(&arguments_[next_].data) : nullptr;
      next_ += next_ < arguments_.size() ? 1U : 0U;
      if (number == nullptr || std::abs(*number) > most) {
        out_ += is_width ? "%!(BADWIDTH)" : "%!(BADPREC)";
        return -1;
      }
      if (is_width && *number < 0) {
        flags.minus = true;
        return static_cast<int>(-*number);
      }
      return static_cast<int>(*number);
    }
    int value = -1;
    while (at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9' && value < most) {
      value = std::max(value, 0) * 10 + static_cast<int>(format_[at_++] - '0');
    }
    return value;
  }

  std::u32string format_;
  const std::vector<Value>& arguments_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  std::string out_;
};

Json to_json(const Value& value) {
  return std::visit(
      [](const auto& data) -> Json {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<Data, NamedInteger>) {
          return data.number;
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<List>>) {
          Json array = Json::array();
          for (const Value& element : *data) {
            array.push_back(to_json(element));
          }
          return array;
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<Map>>) {
          Json object = Json::object();
          for (const auto& [key, member] : data->members) {
            object[key] = to_json(member);
          }
          return object;
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<Struct>>) {
          Json object = Json::object();
          for (const auto& [name, field] : data->fields) {
            object[name] = to_json(field);
          }
          return object;
        } else {
          return data;
        }
      },
      value.data);
}

}  // namespace

std::string go_type_name(const Value& value) {
  return std::visit(
      [](const auto& data) -> std::string {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, std::monostate>) {
          return "<nil>";
        } else if constexpr (std::is_same_v<Data, bool>) {
          return "bool";
        } else if constexpr (std::is_same_v<Data, std::int64_t>) {
          return "int";
        } else if constexpr (std::is_same_v<Data, double>) {
          return "float64";
        } else if constexpr (std::is_same_v<Data, std::string>) {
          return "string";
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<List>>) {
          return "[]interface {}";
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<Map>>) {
          return "map[string]interface {}";
        } else if constexpr (std::is_same_v<Data, NamedInteger>) {
          return data.type_name;
        } else {
          return data->type_name;
        }
      },
      value.data);
}

std::string to_text(const Value& value) {
  return std::visit(
      [](const auto& data) -> std::string {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, std::monostate>) {
          return "<nil>";
        } else if constexpr (std::is_same_v<Data, bool>) {
          return data ? "true" : "false";
        } else if constexpr (std::is_same_v<Data, std::int64_t>) {
          return std::to_string(data);
        } else if constexpr (std::is_same_v<Data, double>) {
          return general_float(data);
        } else if constexpr (std::is_same_v<Data, std::string>) {
          return data;
        } else if constexpr (std::is_same_v<Data, NamedInteger>) {
          return data.text;
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<List>>) {
          return join_elements(*data);
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<Map>>) {
          return join_members(*data);
        } else {
          return join_fields(*data);
        }
      },
      value.data);
}

std::string to_output(const Value& value) {
  return std::holds_alternative<std::monostate>(value.data) ? "<no value>" : to_text(value);
}

std::string go_sprintf(const std::string& format, const std::vector<Value>& arguments) {
  return Printf(format, arguments).run();
}

std::string go_sprint(const std::vector<Value>& arguments) {
  std::string out;
  bool before_is_string = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool is_string = std::holds_alternative<std::string>(arguments[i].data);
    if (i > 0 && !is_string && !before_is_string) {
      out += ' ';
    }
    out += to_text(arguments[i]);
    before_is_string = is_string;
  }
  return out;
}

std::string go_sprintln(const std::vector<Value>& arguments) {
  std::vector<std::string> parts;
  for (const Value& argument : arguments) {
    parts.push_back(to_text(argument));
  }
  return join(parts, " ") + "\n";
}

std::string to_json_text(const Value& value, bool pretty) {
  const Json json = to_json(value);
  return pretty ? to_go_json(json) : to_go_json_compact(json);
}

}  // namespace dmachine::gotemplate
