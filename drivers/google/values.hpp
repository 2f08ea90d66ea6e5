// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the texts of options mean. All pure; Error{invalid} messages say what is wrong with the
/// text, not which flag it came from.
namespace dmachine::google {

/// Parts between commas, trimmed, without empty ones and repetitions.
std::vector<std::string> parse_comma_list(std::string_view text);

/// KEY:VALUE, trimmed; no colon means an empty value. Throws for keys and values that Compute
/// Engine refuses.
MetadataMap parse_labels(const std::vector<std::string>& texts);
/// KEY1,VALUE1,KEY2,VALUE2. Throws likewise, and for an odd number.
MetadataMap parse_vm_labels(std::string_view text);

/// KEY=VALUE or KEY=PATH.
struct MetadataTexts {
  MetadataMap map;
  std::size_t without_equals = 0;  // left out
};
/// Throws for keys that Compute Engine refuses.
MetadataTexts parse_metadata(const std::vector<std::string>& texts);

struct Accelerator {
  std::int64_t count = 1;
  std::string type;
};
/// count=N,type=TYPE in any order; nothing for an empty text or a count of 0.
std::optional<Accelerator> parse_accelerator(std::string_view text);

/// What a firewall rule lets through: a port, a range of ports, or all of the protocol when empty.
struct Port {
  std::string port;
  std::string protocol = "tcp";
  bool operator==(const Port&) const = default;
};
/// PORT[/PROTOCOL] or FROM-TO[/PROTOCOL].
Port parse_port(std::string_view text);

/// The port of a swarm master's URL (`tcp://0.0.0.0:3376`). Throws `error authorizing port for
/// swarm: …`.
Port parse_swarm_port(std::string_view swarm_host);

}  // namespace dmachine::google
