// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Names by the rules of Azure (learn.microsoft.com, "Naming rules and restrictions for Azure
/// resources"), and those that a machine's resources have. All pure.
namespace dmachine::azure {

/// A virtual machine's own limit; that of its interface, address and disk, with their suffixes, is
/// higher.
constexpr std::size_t longest_machine_name = 64;

/// Letters, digits, dashes and dots, neither a dash nor a dot at the end.
bool is_machine_name(std::string_view text);
/// 1 to 90 letters, digits, and _ - . ( ), no dot at the end.
bool is_group_name(std::string_view text);
/// 1 to 80 letters, digits, and _ - ., beginning with a letter or digit, ending with one or _: what
/// most resources are called.
bool is_resource_name(std::string_view text);
/// As is_resource_name, 2 to 64 characters.
bool is_network_name(std::string_view text);
/// [a-z][a-z0-9-]{1,61}[a-z0-9]
bool is_dns_label(std::string_view text);
/// A UUID in text form.
bool is_guid(std::string_view text);
/// A name that Azure lets an administrator have: not root, admin, …
bool is_user_name(std::string_view text);

/// What the guest is called: the machine's name as it is, or, where a host name cannot be that, the
/// nearest one, ended by a hash of the whole name.
std::string computer_name(std::string_view machine);

/// As Azure compares regions: `West US` is westus.
std::string normalise_location(std::string_view location);

std::string interface_name(std::string_view machine);       // NAME-nic
std::string public_ip_name(std::string_view machine);       // NAME-ip
std::string security_group_name(std::string_view machine);  // NAME-firewall
std::string disk_name(std::string_view machine);            // NAME-os-disk

}  // namespace dmachine::azure
