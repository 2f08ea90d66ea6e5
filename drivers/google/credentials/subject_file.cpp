// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

Secret not_empty(std::string_view token) {
  if (trim(token).empty()) {
    throw Error(Errc::denied, "the credential source holds an empty subject token");
  }
  return Secret(std::string(trim(token)));
}

Secret field_of(const std::string& content, const std::string& name) {
  const Json json = Json::parse(content, nullptr, /*allow_exceptions=*/false);
  const Json* value = json.is_object() && json.contains(name) ? &json[name] : nullptr;
  if (value == nullptr || !value->is_string()) {
    throw Error(Errc::denied,
                fmt::format("the credential source has no text in its field {}", go_quote(name)));
  }
  return not_empty(value->get<std::string>());
}

}  // namespace

std::function<Secret(const std::string&)> subject_format(const Json& source) {
  const Json& format = member(source, "format");
  const auto type = text(format, "type");
  if (type.empty() || type == "text") {
    return not_empty;
  }
  if (type != "json") {
    throw Error(Errc::invalid,
                fmt::format("unknown format {} of the credential source", go_quote(type)));
  }
  return [name = required(format, "subject_token_field_name")](const std::string& content) {
    return field_of(content, name);
  };
}

SubjectToken subject_from_file(const Json& source) {
  // Read anew each time: whoever writes the file replaces its token before that expires.
  return [path = text(source, "file"), parse = subject_format(source)](const Context&) {
    auto content = [&] {
      try {
        return read_file(path);
      } catch (const Error& error) {
        throw Error(Errc::denied, error.what());  // "not found" is what clouds say of machines
      }
    }();
    auto token = parse(content);
    wipe(content);
    return token;
  };
}

}  // namespace dmachine::google
