// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/azure/state.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the texts of options mean. All pure; Error{invalid} messages say what is wrong with the
/// text, not which flag it came from.
namespace dmachine::azure {

/// An image as the field imageReference has it. Source: Compute, ImageReference.
struct ImageReference {
  std::string publisher, offer, sku, version;  // of the marketplace, all or none
  std::string id;                              // own image, or version in an own gallery
  std::string community_gallery_id;
  std::string shared_gallery_id;
};
/// PUBLISHER:OFFER:SKU:VERSION, /subscriptions/…, /CommunityGalleries/…, /SharedGalleries/….
ImageReference parse_image(std::string_view text);

/// Something that may be in another resource group.
struct GroupedName {
  std::string group;
  std::string name;
  bool operator==(const GroupedName&) const = default;
};
/// [RESOURCEGROUP:]NAME.
GroupedName parse_virtual_network(std::string_view text, const std::string& own_group);
/// NAME or /subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/N.
GroupedName parse_security_group(std::string_view text, const std::string& own_group);

struct Plan {
  std::string publisher, product, name;
};
/// PUBLISHER:PRODUCT:PLAN.
Plan parse_plan(std::string_view text);

/// KEY1,VALUE1,KEY2,VALUE2.
struct Tags {
  TagMap map;
  std::size_t left_over = 0;  // number of elements when it is odd; the last one is dropped then
};
/// Throws for what Azure takes for no tag: more than 50, too long, reserved characters.
Tags parse_tags(std::string_view text);

/// What a security rule lets through.
struct Port {
  std::string port;      // a number, FROM-TO, or *
  std::string protocol;  // Tcp, Udp or *
  bool operator==(const Port&) const = default;
};
/// PORT[/PROTOCOL], FROM-TO[/PROTOCOL]; tcp, udp or *. Throws `cannot parse security rule protocol:
/// invalid protocol X` and for a bad port.
Port parse_port(std::string_view text);

/// The port of a swarm master's URL (`tcp://0.0.0.0:3376`). Throws `Could not parse swarm port in
/// "X": …`.
Port parse_swarm_port(std::string_view swarm_host);

/// A network of IPv4 addresses in CIDR form, `10.0.0.0/8`, without host bits.
bool is_ipv4_network(std::string_view text);
/// 10.0.0.4.
bool is_ipv4_address(std::string_view text);
/// An address or network of either family, as a rule's source takes it.
bool is_source(std::string_view text);

/// Whether the network lies in one of the `spaces`, as a subnet in its virtual network must; all in
/// CIDR form. False where one of the two is none.
bool is_within(std::string_view network, const std::vector<std::string>& spaces);

/// -1 or a price with at most five decimals, as Azure takes it; nothing for anything else.
std::optional<double> parse_price(std::string_view text);

}  // namespace dmachine::azure
