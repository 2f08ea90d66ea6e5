// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "drivers/azure/client.hpp"
#include "drivers/azure/resources.hpp"

#include <string>
#include <string_view>

/// Disks of Docker Machine 0.16.2 and of rancher's fork without managed disks: a blob
/// NAME-os-disk.vhd in a container vhd-NAME of its own, in a storage account vhds… that machines
/// share.
namespace dmachine::azure {

/// The account in https://ACCOUNT.blob.core.windows.net/…; empty when it is no such URL. Pure.
std::string storage_account_in(std::string_view vhd_uri);

/// vhds and 20 small letters and digits: only such accounts were made for disks. Pure.
bool is_disk_account(std::string_view name);

/// Deletes the machine's container, and the account when that was its last. `account`: empty when
/// the virtual machine is gone that would name it; then all accounts of the group are looked at.
/// False when there was nothing.
bool erase_unmanaged_disk(const Context& ctx, Client& client, const Scope& scope,
                          const std::string& machine, const std::string& account);

}  // namespace dmachine::azure
