// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/unmanaged_disk.hpp"

#include "cloud/url.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/instance_view.hpp"

#include <algorithm>

namespace dmachine::azure {

namespace {

std::vector<std::string> disk_accounts(const Context& ctx, Client& client, const Scope& scope) {
  std::vector<std::string> names;
  try {
    for (const Json& account : client.list(ctx, scope.storage_accounts())) {
      const auto name = text_at(account, {"name"});
      if (is_disk_account(name)) {
        names.push_back(name);
      }
    }
  } catch (const ApiError& error) {
    if (!error.is_gone()) {
      throw;
    }
  }
  return names;
}

/// An account without containers is of no use to anybody.
void erase_if_empty(const Context& ctx, Client& client, const Scope& scope,
                    const std::string& account) {
  if (is_disk_account(account) && client.list(ctx, scope.containers(account)).empty()) {
    log::debug("no virtual machine uses storage account {} any more", account);
    erase(ctx, client, scope.storage_account(account));
  }
}

}  // namespace

std::string storage_account_in(std::string_view vhd_uri) {
  try {
    const auto host = cloud::parse_url(vhd_uri).host;
    const auto dot = host.find('.');
    return host.substr(0, dot);
  } catch (const Error&) {
    return {};
  }
}

bool is_disk_account(std::string_view name) {
  const auto is_good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() == 24 && name.starts_with("vhds") && std::ranges::all_of(name, is_good);
}

bool erase_unmanaged_disk(const Context& ctx, Client& client, const Scope& scope,
                          const std::string& machine, const std::string& account) {
  const auto accounts =
      account.empty() ? disk_accounts(ctx, client, scope) : std::vector<std::string>{account};
  bool any = false;
  for (const auto& name : accounts) {
    const std::string container = "vhd-" + machine;
    const auto target = scope.container(name, container);
    // DELETE of a container that is not there is a success too.
    if (!account.empty() || client.find(ctx, target)) {
      erase(ctx, client, target);
      any = true;
      erase_if_empty(ctx, client, scope, name);
    }
  }
  return any;
}

}  // namespace dmachine::azure
