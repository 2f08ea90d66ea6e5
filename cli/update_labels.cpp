// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/lifecycle.hpp"

#include <fmt/format.h>

#include <map>

namespace dmachine::cli {

namespace {

std::map<std::string, std::string> parse_labels(const std::vector<std::string>& texts) {
  if (texts.empty()) {
    throw Error(Errc::usage, "no --label given, expected at least one key=value pair");
  }
  std::map<std::string, std::string> labels;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(Errc::usage, fmt::format("invalid label {}, expected key=value", go_quote(text)));
    }
    labels[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return labels;
}

}  // namespace

int run_update_labels(Invocation& invocation) {
  const auto labels = parse_labels(invocation.options().list("label"));
  const std::string name = invocation.one_name_or_default();
  machine::for_each_machine(
      invocation.ctx, invocation.store(), {name}, machine::Locking::wait,
      [&](const Context& ctx, const machine::Store& store, machine::Machine& machine) {
        machine.driver->update_labels(ctx, labels);
        store.save(machine);
      });
  log::info("Updated labels on {}", name);
  return 0;
}

}  // namespace dmachine::cli
