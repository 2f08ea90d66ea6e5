// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// From nothing to a virtual machine that lets us in: the group, then what stands side by side
// (network, availability set, security group, address), then the interface, then the machine.
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/azure/bodies.hpp"
#include "drivers/azure/driver.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/parts.hpp"
#include "drivers/azure/removal.hpp"
#include "drivers/azure/shared.hpp"
#include "ssh/key_pair.hpp"

#include <fmt/format.h>

#include <functional>

namespace dmachine::azure {

namespace {

constexpr auto roll_back_limit = std::chrono::minutes(5);
/// How often a machine's removal may take away what ours was about to use.
constexpr unsigned most_losses = 10;

}  // namespace

void AzureDriver::create(const Context& ctx, const Checkpoint& checkpoint) {
  refuse_legacy();
  check_name();
  const std::string custom_data = read_custom_data();
  if (!survey_) {
    survey_ = look_around(ctx, client(), state_, services_.threads);
  }
  check_survey(*survey_, state_);  // now that it is known whose leftovers are ours
  state_.pending = PendingCreate{};
  try {
    build(ctx, checkpoint, custom_data);
  } catch (const Error&) {
    roll_back(ctx);
    throw;
  }
  state_.pending.reset();
}

/// Says in the store what may exist from now on.
void AzureDriver::begin(const std::set<std::string>& parts, const Checkpoint& checkpoint) {
  const PendingCreate before = *state_.pending;
  state_.pending->begun.insert(parts.begin(), parts.end());
  state_.pending->unanswered = parts;
  state_.pending->sent_at = cloud::WallClock::to_time_t(services_.now());
  state_.pending->used_shared = true;
  try {
    checkpoint();
  } catch (...) {
    state_.pending = before;  // so nothing leaves
    throw;
  }
}

void AzureDriver::build(const Context& ctx, const Checkpoint& checkpoint,
                        const std::string& custom_data) {
  Client& api = client();
  const Survey survey = *survey_;
  Parts parts;
  log::info("({}) Querying existing resource group.  name={}", name(),
            go_quote(state_.resource_group));
  if (survey.has_group) {
    log::info("({}) Resource group {} already exists.", name(), go_quote(state_.resource_group));
  } else {
    log::info("({}) Creating resource group.  name={} location={}", name(),
              go_quote(state_.resource_group), go_quote(state_.location));
    ensure_group(ctx, api, state_);
  }
  std::set<std::string> beginning;
  if (state_.nsg.empty()) {
    beginning.insert(part::security_group);
  }
  if (!state_.no_public_ip) {
    beginning.insert(part::public_ip);
  }
  begin(beginning, checkpoint);
  make_surroundings(ctx, survey, parts);
  ctx.check();

  log::info("({}) Creating network interface.  name={}", name(), go_quote(interface_name(name())));
  begin({part::network_interface}, checkpoint);
  parts.interface = make_interface(ctx, parts);
  ctx.check();
  if (!state_.base.owner.empty() && state_.tags.size() + own_tags(state_).size() > most_tags) {
    log::warn("({}) {} tags leave no room for those that say whose the virtual machine is", name(),
              state_.tags.size());
  }
  try_sizes(ctx, checkpoint, parts, custom_data);
  state_.pending->unanswered.clear();

  // Answers of creating calls mostly have it: a static address is there before its machine.
  state_.base.ip_address =
      address_in(state_.is_reached_privately() ? parts.interface : parts.public_ip);
  if (state_.base.ip_address.empty()) {
    const Target holder = state_.is_reached_privately()
                              ? scope().network_interface(interface_name(name()))
                              : scope().public_ip(public_ip_name(name()));
    state_.base.ip_address = address_in(api.get(ctx, holder));
  }
}

void AzureDriver::make_surroundings(const Context& ctx, const Survey& survey, Parts& parts) {
  Client& api = client();
  std::vector<std::function<void()>> tasks;
  log::info("({}) Querying if virtual network already exists.  rg={} location={} name={}", name(),
            go_quote(network_of(state_).group), go_quote(state_.location),
            go_quote(network_of(state_).name));
  tasks.emplace_back(
      [&] { parts.subnet_id = ensure_subnet(ctx, api, state_, Known(survey.network)); });
  if (state_.nsg.empty()) {
    const Target target = scope().security_group(security_group_name(name()));
    log::info("({}) Configuring network security group.  name={} location={}", name(),
              go_quote(security_group_name(name())), go_quote(state_.location));
    tasks.emplace_back([&, target] {
      with_context(target.title, [&] {
        return apply(ctx, api, target, security_group_body(state_, own_tags(state_)));
      });
      parts.security_group_id = target.id;
    });
  } else {
    tasks.emplace_back([&] {
      parts.security_group_id =
          ensure_shared_security_group(ctx, api, state_, Known(survey.security_group));
    });
  }
  if (state_.no_public_ip) {
    log::info("({}) Not creating a public IP address.", name());
  } else {
    tasks.emplace_back([&] { make_public_ip(ctx, parts); });
  }
  tasks.emplace_back([&] {
    parts.availability_set_id =
        ensure_availability_set(ctx, api, state_, Known(survey.availability_set));
  });
  tasks.emplace_back([&] {
    const std::string key = key_path_or_default(state_.base);
    ssh::ensure_key_pair(key);
    parts.public_key = ssh::public_key_line(key);
  });
  parallel_map(tasks, services_.threads, [](const auto& task) {
    task();
    return true;
  });
}

void AzureDriver::make_public_ip(const Context& ctx, Parts& parts) {
  const Target target = scope().public_ip(public_ip_name(name()));
  log::info("({}) Creating public IP address.  name={} static=true", name(),
            go_quote(public_ip_name(name())));
  parts.public_ip = with_context(
      target.title, [&] { return apply(ctx, client(), target, public_ip_body(state_)); });
  parts.public_ip_id = target.id;
}

Json AzureDriver::make_interface(const Context& ctx, Parts& parts) {
  Client& api = client();
  const Target target = scope().network_interface(interface_name(name()));
  for (unsigned losses = 0;; ++losses) {
    try {
      const auto body =
          interface_body(state_, parts.subnet_id, parts.security_group_id, parts.public_ip_id);
      parts.interface_id = target.id;
      return apply(ctx, api, target, body);
    } catch (const ApiError& error) {
      if (!error.lacks_reference() || losses >= most_losses || !api.is_persistent()) {
        throw Error(error.code(), fmt::format("{}: {}", target.title, error.what()));
      }
      log::debug("{}: {}; making it again", target.title, error.what());
    }
    // The last machine in the network left it, and took it along, after we had looked.
    ctx.sleep(api.backoff().delay(std::min(losses, 3U), random_fraction()));
    parts.subnet_id = ensure_subnet(ctx, api, state_, {});
    if (!state_.nsg.empty()) {
      parts.security_group_id = ensure_shared_security_group(ctx, api, state_, {});
    }
  }
}

void AzureDriver::make_virtual_machine(const Context& ctx, const Parts& parts,
                                       const std::string& custom_data) {
  Client& api = client();
  const Target target = virtual_machine();
  const Json body = virtual_machine_body(
      state_, {parts.interface_id, parts.availability_set_id, parts.public_key, custom_data});
  for (unsigned losses = 0;; ++losses) {
    try {
      apply(ctx, api, target, body, WhenPreempted::give_up);
      return;
    } catch (const ApiError& error) {
      const bool set_was_taken = !state_.availability_set.empty() && error.lacks_reference();
      if (!set_was_taken || losses >= most_losses || !api.is_persistent()) {
        throw Error(error.code(), fmt::format("{}: {}", target.title, error.what()));
      }
      log::debug("{}: {}; looking for the availability set", target.title, error.what());
    }
    ctx.sleep(api.backoff().delay(std::min(losses, 3U), random_fraction()));
    ensure_availability_set(ctx, api, state_, {});
  }
}

/// After a failure: what was made for this machine alone goes, as far as that is possible at once.
/// Whatever stays is in the store, for rm.
void AzureDriver::roll_back(const Context& ctx) {
  if (ctx.stop_requested() || !state_.pending || state_.pending->begun.empty()) {
    return;  // whoever asked for the stop has it removed
  }
  log::info("({}) The create failed: removing what it made", name());
  try {
    Removal removal;
    removal.patience = Removal::Patience::none;
    remove_own(ctx.shielded(roll_back_limit), removal);
    removal.throw_if_any();
  } catch (const Error& error) {
    log::warn("({}) Not all of it could be removed (docker-machine rm does): {}", name(),
              error.what());
  }
}

}  // namespace dmachine::azure
