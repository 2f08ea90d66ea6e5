// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/machine_path.hpp"

#include "core/error.hpp"
#include "machine/provisioning.hpp"

namespace dmachine::cli {

MachinePath parse_machine_path(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return {std::nullopt, {}, std::string(text)};
  }
  MachinePath parsed{std::string(text.substr(0, colon)), {}, std::string(text.substr(colon + 1))};
  if (const auto at = parsed.machine->find('@'); at != std::string::npos) {
    parsed.user = parsed.machine->substr(0, at);
    parsed.machine->erase(0, at + 1);
  }
  if (parsed.machine == "localhost") {
    return {std::nullopt, {}, std::move(parsed.path)};
  }
  return parsed;
}

ssh::Remote load_remote(const Invocation& invocation, const std::string& machine,
                        const std::string& user) {
  // The reference says it twice.
  const auto loaded = with_context("Error loading host: Error loading host",
                                   [&] { return invocation.store().load(machine); });
  auto endpoint = loaded.driver->endpoint(loaded.driver->address(invocation.ctx));
  if (!user.empty()) {
    endpoint.user = user;
  }
  return {std::move(endpoint), machine::host_key_pin(invocation.store(), loaded)};
}

}  // namespace dmachine::cli
