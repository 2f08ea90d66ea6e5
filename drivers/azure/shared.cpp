// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/shared.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/api_error.hpp"
#include "drivers/azure/bodies.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/survey.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::azure {

namespace {

constexpr unsigned most_tries = 30;

Scope scope_of(const StoredState& state, const std::string& group) {
  return {state.subscription_id, group};
}

/// Somebody deleted the machine's own group since we looked; another group is the user's business.
bool may_make_group(const StoredState& state, const Target& target, unsigned tries) {
  const auto own = to_lower(scope_of(state, state.resource_group).group_id()) + "/";
  return tries == 0 && to_lower(target.id).starts_with(own);
}

/// Runs `attempt` with what is known, and again with a fresh look while others get in the way.
template <typename Attempt>
std::string settle(const Context& ctx, Client& client, const StoredState& state,
                   const Target& target, Known known, Attempt&& attempt) {
  for (unsigned tries = 0;; ++tries) {
    bool lacks_group = false;
    try {
      const auto found = known ? *std::move(known) : client.find(ctx, target);
      known.reset();
      attempt(found);
      return target.id;
    } catch (const ApiError& error) {
      lacks_group = error.fault().has_code("ResourceGroupNotFound");
      const bool was_slower = lacks_group ? may_make_group(state, target, tries)
                                          : error.is_busy() || error.lacks_reference();
      if (!was_slower || tries >= most_tries || !client.is_persistent()) {
        throw Error(error.code(), fmt::format("{}: {}", target.title, error.what()));
      }
      log::debug("{}: {}; looking again", target.title, error.what());
    }
    if (lacks_group) {
      ensure_group(ctx, client, state);
    }
    ctx.sleep(client.backoff().delay(std::min(tries, 4U), random_fraction()));
  }
}

void make(const Context& ctx, Client& client, const Target& target, const Json& body) {
  auto operation = client.put(ctx, target, body, Client::WhenBusy::tell);
  ctx.check();
  wait_until_done(ctx, client, std::move(operation));
}

const Json* find_subnet(const Json& network, const std::string& name) {
  const Json* subnets = member_at(network, {"properties", "subnets"});
  if (subnets == nullptr || !subnets->is_array()) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(*subnets, [&](const Json& subnet) {
    return equal_ignoring_case(text_at(subnet, {"name"}), name);
  });
  return found == subnets->end() ? nullptr : &*found;
}

bool is_listed(const Json& resource, std::initializer_list<std::string_view> path) {
  const Json* list = member_at(resource, path);
  return list != nullptr && list->is_array() && !list->empty();
}

bool is_leaving(const Json& resource) {
  return equal_ignoring_case(text_at(resource, {"properties", "provisioningState"}), "Deleting");
}

/// Deletes, unless somebody was faster in using it.
void clean_up(const Context& ctx, Client& client, const StoredState& state, const Target& target,
              const std::string& title, const std::string& called, bool is_used) {
  const auto tell = [&](const std::string& line) {
    log::info("({}) {}  name={}", state.base.machine_name, line, go_quote(called));
  };
  const std::string skipping =
      fmt::format("{} is still in use by other resources, skipping removal.", title);
  if (is_used) {
    return tell(skipping);
  }
  tell(fmt::format("Removing {} resource...", title));
  try {
    erase(ctx, client, target);
  } catch (const ApiError& error) {
    if (!error.is_in_use() && !error.is_busy()) {
      throw;
    }
    tell(skipping);
  }
}

}  // namespace

void ensure_group(const Context& ctx, Client& client, const StoredState& state) {
  const auto target = scope_of(state, state.resource_group).resource_group();
  with_context(target.title, [&] { return apply(ctx, client, target, group_body(state)); });
}

std::string ensure_subnet(const Context& ctx, Client& client, const StoredState& state,
                          Known network) {
  const auto place = network_of(state);
  const Scope scope = scope_of(state, place.group);
  const Target whole = scope.virtual_network(place.name);
  const Target part = scope.subnet(place.name, state.subnet_name);
  settle(ctx, client, state, whole, std::move(network), [&](const std::optional<Json>& found) {
    if (!found || is_leaving(*found)) {
      log::info("({}) Creating virtual network.  name={} rg={} location={}",
                state.base.machine_name, go_quote(place.name), go_quote(place.group),
                go_quote(state.location));
      make(ctx, client, whole, virtual_network_body(state));
    } else if (find_subnet(*found, state.subnet_name) == nullptr) {
      log::info("({}) Configuring subnet.  name={} vnet={} cidr={}", state.base.machine_name,
                go_quote(state.subnet_name), go_quote(place.name), go_quote(state.subnet_prefix));
      make(ctx, client, part, subnet_body(state));
    } else {
      log::debug("Virtual network and subnet already exist.");
    }
  });
  return part.id;
}

std::string ensure_availability_set(const Context& ctx, Client& client, const StoredState& state,
                                    Known set) {
  if (state.availability_set.empty()) {
    return {};
  }
  const Target target =
      scope_of(state, state.resource_group).availability_set(state.availability_set);
  return settle(ctx, client, state, target, std::move(set), [&](const std::optional<Json>& found) {
    if (!found) {
      log::info("({}) Configuring availability set.  name={}", state.base.machine_name,
                go_quote(state.availability_set));
      make(ctx, client, target, availability_set_body(state));
    }
  });
}

std::string ensure_shared_security_group(const Context& ctx, Client& client,
                                         const StoredState& state, Known group) {
  const auto place = security_group_of(state);
  const Target target = scope_of(state, place.group).security_group(place.name);
  return settle(
      ctx, client, state, target, std::move(group), [&](const std::optional<Json>& found) {
        if (!found) {
          log::info("({}) Configuring network security group.  name={} location={}",
                    state.base.machine_name, go_quote(place.name), go_quote(state.location));
          make(ctx, client, target, security_group_body(state, shared_tags(state)));
        } else if (is_ours(*found)) {
          if (const auto body = with_missing_rules(*found, security_rules(state))) {
            make(ctx, client, target, *body);
          }
        }
      });
}

void clean_up_availability_set(const Context& ctx, Client& client, const StoredState& state) {
  if (state.availability_set.empty() || !state.availability_zone.empty()) {
    return;
  }
  const Target target =
      scope_of(state, state.resource_group).availability_set(state.availability_set);
  const auto found = client.find(ctx, target);
  if (found && is_ours(*found)) {
    clean_up(ctx, client, state, target, "Availability Set", state.availability_set,
             is_listed(*found, {"properties", "virtualMachines"}));
  }
}

void clean_up_network(const Context& ctx, Client& client, const StoredState& state) {
  const auto place = network_of(state);
  const Scope scope = scope_of(state, place.group);
  const Target target = scope.virtual_network(place.name);
  const auto network = client.find(ctx, target);
  // Subnets have no tags: in a network that is not ours, none is taken for ours.
  if (!network || !is_ours(*network) || is_leaving(*network)) {
    return;
  }
  const Json* subnet = find_subnet(*network, state.subnet_name);
  const Json* all = member_at(*network, {"properties", "subnets"});
  const std::size_t count = all != nullptr && all->is_array() ? all->size() : 0;
  const bool is_used = subnet != nullptr && is_listed(*subnet, {"properties", "ipConfigurations"});
  if (count > 1 && subnet != nullptr) {
    return clean_up(ctx, client, state, scope.subnet(place.name, state.subnet_name), "Subnet",
                    state.subnet_name, is_used);
  }
  const bool is_last = count == 0 || (count == 1 && subnet != nullptr);
  clean_up(ctx, client, state, target, "Virtual Network", place.name, is_used || !is_last);
}

void clean_up_security_group(const Context& ctx, Client& client, const StoredState& state) {
  if (state.nsg.empty()) {
    return;
  }
  const auto place = security_group_of(state);
  const Target target = scope_of(state, place.group).security_group(place.name);
  const auto found = client.find(ctx, target);
  if (found && is_ours(*found)) {
    clean_up(ctx, client, state, target, "Network Security Group", place.name,
             is_listed(*found, {"properties", "networkInterfaces"}) ||
                 is_listed(*found, {"properties", "subnets"}));
  }
}

}  // namespace dmachine::azure
