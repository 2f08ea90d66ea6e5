// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/values.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/names.hpp"
#include "drivers/port_number.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::google {

namespace {

void add_label(MetadataMap& labels, std::string_view key, std::string_view value) {
  if (!is_label_key(key)) {
    throw Error(Errc::invalid,
                fmt::format("{} is no label key: it begins with a small letter and has at most 63 "
                            "small letters, digits, - and _",
                            go_quote(key)));
  }
  if (!is_label_value(value)) {
    throw Error(Errc::invalid, fmt::format("{} is no label value: it has at most 63 small letters, "
                                           "digits, - and _",
                                           go_quote(value)));
  }
  labels[std::string(key)] = value;
}

}  // namespace

std::vector<std::string> parse_comma_list(std::string_view text) {
  std::vector<std::string> list;
  for (const auto& part : split(text, ',')) {
    const std::string word(trim(part));
    if (!word.empty() && std::ranges::find(list, word) == list.end()) {
      list.push_back(word);
    }
  }
  return list;
}

MetadataMap parse_labels(const std::vector<std::string>& texts) {
  MetadataMap labels;
  for (const std::string_view text : texts) {
    const auto colon = text.find(':');
    const bool has_value = colon != std::string_view::npos;
    add_label(labels, trim(text.substr(0, colon)),
              has_value ? trim(text.substr(colon + 1)) : std::string_view());
  }
  return labels;
}

MetadataMap parse_vm_labels(std::string_view text) {
  MetadataMap labels;
  if (text.empty()) {
    return labels;
  }
  const auto words = split(text, ',');
  if (words.size() % 2 != 0) {
    throw Error(Errc::invalid, fmt::format("{} has {} elements, but keys and values come in pairs",
                                           go_quote(text), words.size()));
  }
  for (std::size_t i = 0; i < words.size(); i += 2) {
    add_label(labels, trim(words[i]), trim(words[i + 1]));
  }
  return labels;
}

MetadataTexts parse_metadata(const std::vector<std::string>& texts) {
  MetadataTexts parsed;
  for (const std::string_view text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) {
      ++parsed.without_equals;
      continue;
    }
    const auto key = text.substr(0, equals);
    if (!is_metadata_key(key)) {
      // Only the key is shown: values may be secrets.
      throw Error(Errc::invalid, fmt::format("{} is no metadata key: it has at most 128 letters, "
                                             "digits, - and _",
                                             go_quote(key)));
    }
    parsed.map[std::string(key)] = text.substr(equals + 1);
  }
  return parsed;
}

std::optional<Accelerator> parse_accelerator(std::string_view text) {
  if (trim(text).empty()) {
    return std::nullopt;
  }
  const auto refuse = [&](const std::string& why) {
    return Error(Errc::invalid,
                 fmt::format("Invalid accelerator defined {}, should be count=N,type=type{}",
                             go_quote(text), why));
  };
  Accelerator accelerator;
  for (const auto& part : split(trim(text), ',')) {
    const auto pair = split(part, '=');
    const auto key = trim(pair[0]);
    const auto value = pair.size() == 2 ? trim(pair[1]) : std::string_view();
    if (pair.size() != 2 || (key != "count" && key != "type")) {
      throw refuse("");
    }
    if (key == "type") {
      accelerator.type = value;
    } else if (const auto count = parse_go_int(value); count && *count >= 0) {
      accelerator.count = *count;
    } else {
      throw refuse(fmt::format(": {} is no count", go_quote(value)));
    }
  }
  if (accelerator.count == 0) {
    return std::nullopt;
  }
  if (!is_type_name(accelerator.type)) {
    throw refuse(fmt::format(": {} is no type", go_quote(accelerator.type)));
  }
  return accelerator;
}

Port parse_port(std::string_view text) {
  const auto slash = text.find('/');
  Port port{std::string(trim(text.substr(0, slash))),
            slash == std::string_view::npos ? "tcp" : to_lower(trim(text.substr(slash + 1)))};
  const auto dash = port.port.find('-');
  const auto first = parse_port_number(std::string_view(port.port).substr(0, dash));
  const auto last = dash == std::string::npos
                        ? first
                        : parse_port_number(std::string_view(port.port).substr(dash + 1));
  const bool good_protocol =
      port.protocol == "tcp" || port.protocol == "udp" || port.protocol == "sctp";
  if (!first || !last || *first > *last || !good_protocol) {
    throw Error(Errc::invalid, fmt::format("{} is no port", go_quote(text)),
                "a number or FROM-TO, and then perhaps /tcp, /udp or /sctp, is wanted");
  }
  return port;
}

Port parse_swarm_port(std::string_view swarm_host) {
  const auto number = find_swarm_port(swarm_host);
  if (!number) {
    throw Error(Errc::invalid, fmt::format("error authorizing port for swarm: {} names no port",
                                           go_quote(swarm_host)));
  }
  return {std::to_string(*number), "tcp"};
}

}  // namespace dmachine::google
