// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/driver.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/azure/account.hpp"
#include "drivers/azure/from_options.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/options.hpp"
#include "drivers/host_port.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

std::unique_ptr<Driver> from_options(const MachineIdentity& machine, const OptionValues& values,
                                     const SwarmFacts& swarm) {
  return std::make_unique<AzureDriver>(state_from_options(machine, values, swarm));
}

std::unique_ptr<Driver> from_json(const Json& object) {
  auto state = parse_state(object);
  if (!state.is_legacy()) {
    apply_environment(state);
  }
  return std::make_unique<AzureDriver>(std::move(state));
}

}  // namespace

const DriverType type{"azure",          options(), &from_options, &from_json, &AzureDriver::states,
                      "Microsoft Azure"};

AzureDriver::AzureDriver(StoredState state, Services services)
    : state_(std::move(state)), services_(std::move(services)) {}

Client& AzureDriver::client() {
  if (!access_) {
    access_ = services_.access(services_, identity_of(state_));
  }
  return access_->client();
}

std::unique_ptr<Account> AzureDriver::account() const {
  return state_.is_legacy() ? nullptr : std::make_unique<AzureAccount>(state_, services_);
}

void AzureDriver::refuse_legacy() const {
  if (state_.is_legacy()) {
    throw Error(Errc::invalid, "new azure driver cannot manage old VMs, downgrade to v0.6.0");
  }
}

State AzureDriver::state(const Context& ctx) {
  refuse_legacy();
  const auto view = client().find(ctx, virtual_machine().below("/instanceView"));
  return view ? state_of(*view) : State::none;
}

std::string AzureDriver::address_in(const Json& resource) const {
  return state_.is_reached_privately() ? private_address(resource)
                                       : public_address(resource, !state_.dns_label.empty());
}

/// The address resource and the power state side by side: an address alone does not say whether
/// there is a machine behind it.
std::string AzureDriver::ask_address(const Context& ctx) {
  const Target holder = state_.is_reached_privately()
                            ? scope().network_interface(interface_name(name()))
                            : scope().public_ip(public_ip_name(name()));
  const std::vector<Target> looks{virtual_machine().below("/instanceView"), holder};
  Client& api = client();
  const auto found = parallel_map(looks, services_.threads,
                                  [&](const Target& target) { return api.find(ctx, target); });
  if (!found[0]) {
    throw Error(Errc::not_found,
                fmt::format("{} was not found in resource group {}", virtual_machine().title,
                            go_quote(state_.resource_group)));
  }
  const std::string address = found[1] ? address_in(*found[1]) : "";
  if (state_of(*found[0]) != State::running || address.empty()) {
    throw Error(Errc::unavailable, "Host is not running");
  }
  return address;
}

std::string AzureDriver::address(const Context& ctx) {
  refuse_legacy();
  std::string& known = state_.base.ip_address;
  try {
    // Who has an answer at hand does not sit out an outage for minutes.
    known = ask_address(known.empty() ? ctx : ctx.within(std::chrono::seconds(15)));
  } catch (const Error& error) {
    ctx.check();
    const bool is_word_of_azure =
        error.code() == Errc::not_found || std::string_view(error.what()) == "Host is not running";
    if (known.empty() || is_word_of_azure) {
      throw;
    }
    log::debug("asking for the address: {}", error.what());
  }
  return known;
}

std::optional<std::string> AzureDriver::stored_address() const {
  return state_.base.ip_address.empty() ? std::nullopt : std::optional(state_.base.ip_address);
}

void AzureDriver::act_on_machine(const Context& ctx, const std::string& action) {
  with_context(virtual_machine().title,
               [&] { act(ctx, client(), virtual_machine().below(action)); });
}

void AzureDriver::start(const Context& ctx) {
  refuse_legacy();
  log::info("({}) Starting virtual machine.  vm={}", name(), go_quote(name()));
  act_on_machine(ctx, "/start");
}

void AzureDriver::stop(const Context& ctx) {
  refuse_legacy();
  if (!state_.deallocate_on_stop) {
    log::info(
        "({}) NOTICE: Stopping an Azure Virtual Machine is just going to power it off, not "
        "deallocate.",
        name());
    log::info(
        "({}) NOTICE: You should remove the machine if you would like to avoid unexpected costs.",
        name());
  }
  log::info("({}) Stopping virtual machine.  vm={}", name(), go_quote(name()));
  act_on_machine(ctx, state_.deallocate_on_stop ? "/deallocate" : "/powerOff");
  state_.base.ip_address.clear();
}

void AzureDriver::kill(const Context& ctx) {
  refuse_legacy();
  log::info("({}) Stopping virtual machine.  vm={}", name(), go_quote(name()));
  Target power_off = virtual_machine().below("/powerOff");
  power_off.query = "&skipShutdown=true";
  with_context(virtual_machine().title, [&] { act(ctx, client(), power_off); });
  state_.base.ip_address.clear();
}

void AzureDriver::restart(const Context& ctx) {
  refuse_legacy();
  log::info("({}) Restarting virtual machine.  vm={}", name(), go_quote(name()));
  act_on_machine(ctx, "/restart");
}

std::string AzureDriver::engine_url(const std::string& address) const {
  return "tcp://" + join_host_port(address, state_.docker_port);
}

ssh::Endpoint AzureDriver::endpoint(const std::string& address) const {
  return {address, state_.base.ssh_port == 0 ? 22 : state_.base.ssh_port,
          state_.base.ssh_user.empty() ? "docker-user" : state_.base.ssh_user,
          key_path_or_default(state_.base)};
}

}  // namespace dmachine::azure
