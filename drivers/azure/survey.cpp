// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/survey.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/azure/bodies.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/values.hpp"

#include <fmt/format.h>

#include <functional>

namespace dmachine::azure {

namespace {

/// What a leftover is refused with, unless an earlier create of the same machine left it.
void check_leftover(const std::optional<Json>& resource, const Target& target,
                    const StoredState& state) {
  if (!resource) {
    return;
  }
  const Owner& owner = state.base.owner;  // not known yet in prechecks
  const bool is_leftover =
      equal_ignoring_case(text_at(*resource, {"tags", machine_label}), state.base.machine_name) &&
      (owner.empty() || text_at(*resource, {"tags", store_label}) == owner.store) &&
      member_at(*resource, {"properties", "virtualMachine"}) == nullptr;
  if (!is_leftover) {
    throw Error(Errc::conflict,
                fmt::format("{} already exists in resource group {}", target.title,
                            go_quote(state.resource_group)),
                "delete it, or choose another name for the machine");
  }
}

void check_network(const Survey& survey, const StoredState& state) {
  if (!survey.network) {
    return;
  }
  const auto location = text_at(*survey.network, {"location"});
  if (normalise_location(location) != normalise_location(state.location)) {
    throw Error(Errc::invalid,
                fmt::format("Virtual Network must exist in the same region, provided name {} "
                            "exists in region {}, expected {}",
                            network_of(state).name, location, state.location));
  }
}

void check_availability_set(const Survey& survey, const StoredState& state) {
  if (!survey.availability_set) {
    return;
  }
  const auto sku = text_at(*survey.availability_set, {"sku", "name"});
  if (!equal_ignoring_case(sku, "Aligned")) {
    throw Error(Errc::invalid,
                fmt::format("cannot convert non-managed availability set {} to managed "
                            "availability set",
                            state.availability_set),
                "its machines have unmanaged disks, which Azure no longer makes: name another set");
  }
}

/// Whether the marketplace is sure not to have the image. Who may not look there is not stopped:
/// rights are often those of one resource group.
bool lacks_image(const Context& ctx, Client& client, const StoredState& state) {
  const auto image = parse_image(state.image);
  if (image.publisher.empty()) {
    return false;
  }
  const Target target =
      image_versions(state.subscription_id, normalise_location(state.location), image);
  try {
    return !client.find_first(ctx, target);
  } catch (const ApiError& error) {
    log::debug("{}: {}", target.title, error.what());
    return error.is_gone();
  }
}

}  // namespace

GroupedName network_of(const StoredState& state) {
  return parse_virtual_network(state.virtual_network, state.resource_group);
}

GroupedName security_group_of(const StoredState& state) {
  return state.nsg.empty()
             ? GroupedName{state.resource_group, security_group_name(state.base.machine_name)}
             : parse_security_group(state.nsg, state.resource_group);
}

Survey look_around(const Context& ctx, Client& client, const StoredState& state,
                   std::size_t threads) {
  Survey survey;
  const Scope own{state.subscription_id, state.resource_group};
  const std::string& name = state.base.machine_name;
  const auto network = network_of(state);
  const auto group = security_group_of(state);
  const auto look = [&](std::optional<Json>& found, const Target& target) {
    return [&ctx, &client, &found, target] {
      found = with_context(target.title, [&] { return client.find(ctx, target); });
    };
  };
  std::vector<std::function<void()>> looks{
      [&] {
        const auto target = own.virtual_machine(name);
        try {
          survey.virtual_machine = client.get(ctx, target);
          survey.has_group = true;
        } catch (const ApiError& error) {
          if (!error.is_gone()) {
            throw Error(error.code(), fmt::format("{}: {}", target.title, error.what()));
          }
          // The one answer tells both.
          survey.has_group = !error.fault().has_code("ResourceGroupNotFound");
        }
      },
      look(survey.network,
           Scope{state.subscription_id, network.group}.virtual_network(network.name)),
      look(survey.security_group,
           Scope{state.subscription_id, group.group}.security_group(group.name)),
      look(survey.interface, own.network_interface(interface_name(name))),
      look(survey.disk, own.disk(disk_name(name))),
      [&] { survey.lacks_image = lacks_image(ctx, client, state); }};
  if (!state.no_public_ip) {
    looks.emplace_back(look(survey.public_ip, own.public_ip(public_ip_name(name))));
  }
  if (!state.availability_set.empty()) {
    looks.emplace_back(look(survey.availability_set, own.availability_set(state.availability_set)));
  }
  parallel_map(looks, threads, [](const auto& work) {
    work();
    return true;
  });
  return survey;
}

void check_survey(const Survey& survey, const StoredState& state) {
  const Scope own{state.subscription_id, state.resource_group};
  const std::string& name = state.base.machine_name;
  if (survey.virtual_machine) {
    throw Error(Errc::conflict,
                fmt::format("Virtual Machine with name {} already exists in resource group {}",
                            name, go_quote(state.resource_group)));
  }
  if (survey.lacks_image) {
    throw Error(Errc::invalid,
                fmt::format("there is no image {} in region {}", go_quote(state.image),
                            go_quote(state.location)),
                "az vm image list --all --publisher PUBLISHER shows those that are there");
  }
  check_network(survey, state);
  check_availability_set(survey, state);
  if (survey.disk) {
    throw Error(Errc::conflict,
                fmt::format("{} already exists in resource group {}",
                            own.disk(disk_name(name)).title, go_quote(state.resource_group)),
                "delete it, or choose another name for the machine");
  }
  check_leftover(survey.interface, own.network_interface(interface_name(name)), state);
  check_leftover(survey.public_ip, own.public_ip(public_ip_name(name)), state);
  if (state.nsg.empty()) {
    check_leftover(survey.security_group, own.security_group(security_group_name(name)), state);
  } else if (!survey.security_group && security_group_of(state).group != state.resource_group) {
    throw Error(Errc::invalid, fmt::format("cannot create a security group outside of provided "
                                           "resource group {}: {}",
                                           state.resource_group, state.nsg));
  }
}

}  // namespace dmachine::azure
