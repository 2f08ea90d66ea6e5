// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the texts of options mean, and what EC2 takes. All pure; Error{invalid} messages say what
/// is wrong with the text, not which flag it came from. Source of limits: EC2 API reference.
namespace dmachine::amazonec2 {

using Tags = std::vector<std::pair<std::string, std::string>>;

/// KEY1,VALUE1,KEY2,VALUE2, split at every comma, not trimmed. Throws for an odd number, and for
/// what EC2 refuses: keys that begin with `aws:`, repeated keys, lengths, numbers.
Tags parse_tags(std::string_view text);

/// What a rule lets in.
struct Port {
  int port = 0;
  std::string protocol = "tcp";
  bool operator==(const Port&) const = default;
};
/// PORT[/PROTOCOL]; protocol tcp, udp, icmp or a number. Throws in the words of the reference.
Port parse_port(std::string_view text);
/// The port of a swarm master's URL (`tcp://0.0.0.0:3376`). Throws `error parsing swarm host: …`.
Port parse_swarm_port(std::string_view swarm_host);

/// `eu-west-1`, `us-gov-east-1`, `cn-north-1`: any that AWS may ever have.
bool is_region(std::string_view text);

/// The whole name of a zone: a letter is added to the region, a whole name stays. With an endpoint
/// of one's own any other text stays too; without, it throws for a zone of another region.
std::string zone_name(std::string_view region, std::string_view zone, bool has_endpoint);
/// The reverse, for the store: the letter where the reference would add it to the region again.
std::string zone_letter(std::string_view region, std::string_view zone, bool has_endpoint);

/// A decimal number above zero, as EC2 takes for the highest price of a spot instance.
bool is_price(std::string_view text);
/// `sg-0123…`
bool is_group_id(std::string_view text);
bool is_group_name(std::string_view text);

/// The architecture that an instance type's name tells by AWS's naming rule ("g" among the letters
/// after the generation is Graviton): x86_64 or arm64; nothing when the name is of another form.
/// Source: EC2 User Guide, "Amazon EC2 instance type naming conventions".
std::optional<std::string> architecture_of(std::string_view instance_type);

}  // namespace dmachine::amazonec2
