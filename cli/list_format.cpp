// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/list_format.hpp"

#include "cli/table.hpp"
#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

using gotemplate::Value;

constexpr std::string_view table = "table";

Value text_value(std::string text) {
  return Value{std::move(text)};
}

/// EngineOptions and SwarmOptions print with the names of Go's fields, which differ from
/// config.json's in these.
std::string go_field_name(const std::string& json_key) {
  return json_key == "TlsVerify" ? "TLSVerify" : (json_key == "Dns" ? "DNS" : json_key);
}

/// Go's []string, which config.json has as null when it is empty.
Value texts_value(const Json& json) {
  auto list = std::make_shared<gotemplate::List>();
  list->type_name = "[]string";
  for (const Json& element : json) {
    list->elements.push_back(gotemplate::from_json(element));
  }
  return Value{std::move(list)};
}

Value struct_value(const Json& json, const std::string& type_name) {
  auto value = std::make_shared<gotemplate::Struct>();
  value->type_name = type_name;
  for (const auto& item : json.items()) {
    Value member = gotemplate::from_json(item.value());
    if (item.value().is_number_integer()) {
      member = Value{item.value().get<std::int64_t>()};
    } else if (item.value().is_null() || item.value().is_array()) {
      member = texts_value(item.value());
    }
    value->fields.emplace_back(go_field_name(item.key()), std::move(member));
  }
  return Value{std::move(value)};
}

Value nil_pointer(const std::string& type_name) {
  auto value = std::make_shared<gotemplate::Struct>();
  value->type_name = type_name;
  value->null = true;
  return Value{std::move(value)};
}

/// A duration of whole milliseconds as Go prints it: 12ms, 1.5s, 0s.
std::string go_duration(Duration time) {
  const auto count = time.count();
  if (count == 0) {
    return "0s";
  }
  return count < 1000 ? fmt::format("{}ms", count)
                      : fmt::format("{}s", static_cast<double>(count) / 1000);
}

Value item_value(const machine::ListItem& item) {
  auto row = std::make_shared<gotemplate::Struct>();
  row->type_name = "commands.HostListItem";
  row->fields = {
      {"Name", text_value(item.name)},
      {"Active", text_value(item.active)},
      {"ActiveHost", Value{item.active_host}},
      {"ActiveSwarm", Value{item.active_swarm}},
      {"DriverName", text_value(item.driver_name)},
      {"State", Value{gotemplate::NamedInteger{static_cast<std::int64_t>(item.state),
                                               std::string(to_string(item.state)), "state.State"}}},
      {"URL", text_value(item.url)},
      {"SwarmOptions", item.options ? struct_value(provision::to_json(item.options->swarm, Json()),
                                                   "*swarm.Options")
                                    : nil_pointer("*swarm.Options")},
      {"Swarm", text_value(item.swarm)},
      {"EngineOptions",
       item.options
           ? struct_value(provision::to_json(item.options->engine, Json()), "*engine.Options")
           : nil_pointer("*engine.Options")},
      {"Error", text_value(item.error)},
      {"DockerVersion", text_value(item.docker_version)},
      {"ResponseTime",
       Value{gotemplate::NamedInteger{
           std::chrono::duration_cast<std::chrono::nanoseconds>(item.response_time).count(),
           go_duration(item.response_time), "time.Duration"}}},
  };
  return Value{std::move(row)};
}

/// What `table` shows above each field.
Value header_value() {
  auto header = std::make_shared<gotemplate::Map>();
  for (const auto& [field, title] : {std::pair{"Name", "NAME"},
                                     {"Active", "ACTIVE"},
                                     {"ActiveHost", "ACTIVE_HOST"},
                                     {"ActiveSwarm", "ACTIVE_SWARM"},
                                     {"DriverName", "DRIVER"},
                                     {"State", "STATE"},
                                     {"URL", "URL"},
                                     {"SwarmOptions", "SWARM_OPTIONS"},
                                     {"Swarm", "SWARM"},
                                     {"EngineOptions", "ENGINE_OPTIONS"},
                                     {"Error", "ERRORS"},
                                     {"DockerVersion", "DOCKER"},
                                     {"ResponseTime", "RESPONSE"}}) {
    header->members.emplace(field, text_value(title));
  }
  return Value{std::move(header)};
}

/// As the reference reads the option: without blanks around it, and with two escapes.
std::string template_text(std::string_view format) {
  const auto begin = std::min(format.find_first_not_of(' '), format.size());
  const auto end = format.find_last_not_of(' ');
  const std::string text(format.substr(begin, end == format.npos ? 0 : end + 1 - begin));
  return replace_all(replace_all(text, "\\t", "\t"), "\\n", "\n") + "\n";
}

/// Cells are separated by tabs; the rendered text may hold several lines.
std::string align(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : split(text, '\n')) {
    rows.push_back(split(line, '\t'));
  }
  if (!rows.empty() && rows.back().size() == 1 && rows.back()[0].empty()) {
    rows.pop_back();
  }
  return format_table(rows);
}

}  // namespace

ListFormat::ListFormat(const std::string& format)
    : as_table_(format.starts_with(table)),
      template_(template_text(as_table_ ? format.substr(table.size()) : format),
                gotemplate::Functions::builtins_only) {}

void ListFormat::print(const std::vector<machine::ListItem>& items) const {
  std::string out;
  try {
    if (as_table_) {
      out += template_.render(header_value());
    }
    for (const auto& item : items) {
      out += template_.render(item_value(item));
    }
  } catch (const gotemplate::ExecError& error) {
    out += error.output();
    log::result(as_table_ ? align(out) : out);
    throw;
  }
  log::result(as_table_ ? align(out) : out);
}

}  // namespace dmachine::cli
