// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/azure/driver.hpp"
#include "drivers/azure/from_options.hpp"
#include "drivers/azure/options.hpp"
#include "ssh/key_pair.hpp"
#include "tests/support/machine_key.hpp"
#include "tests/support/memory_transport.hpp"
#include "tests/support/temp.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dmachine::test {

/// Hands everything to a transport that the test keeps.
class LentTransport final : public cloud::Transport {
 public:
  explicit LentTransport(cloud::Transport& inner) : inner_(inner) {}
  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    return inner_.send(ctx, request);
  }

 private:
  cloud::Transport& inner_;
};

/// Tokens T1, T2, … that never end.
class NumberedTokens final : public cloud::TokenSource {
 public:
  cloud::Token fetch(const Context& /*ctx*/) override {
    return {Secret("T" + std::to_string(++count_)),
            cloud::WallClock::now() + std::chrono::hours(1)};
  }

 private:
  int count_ = 0;
};

inline const std::string subscription = "11111111-2222-3333-4444-555555555555";

/// An azure machine called m1 in group docker-machine, its store, and what it saved.
class AzureMachine {
 public:
  using Flags = std::vector<std::pair<std::string, std::string>>;

  explicit AzureMachine(cloud::Transport& transport, const Flags& flags = {},
                        const std::string& name = "m1")
      : transport_(transport), name_(name) {
    write_machine_key(store_.path(), name);
    OptionValues values(azure::options());
    values.set("azure-subscription-id", subscription, Origin::command_line);
    for (const auto& [flag, text] : flags) {
      values.set(flag, text, Origin::command_line);
    }
    open(azure::state_from_options({name, store_.path().string()}, values,
                                   {false, "tcp://0.0.0.0:3376", ""}));
  }

  /// As another process would see it after this one has died: from what was saved last.
  void reopen() {
    REQUIRE_FALSE(saved.empty());
    open(azure::parse_state(parse_json(saved.back().dump())));
  }
  void open(azure::StoredState state) {
    driver_ = std::make_unique<azure::AzureDriver>(std::move(state), services());
  }

  azure::AzureDriver& operator*() { return *driver_; }
  azure::AzureDriver* operator->() { return driver_.get(); }

  Checkpoint checkpoint() {
    return [this] { saved.push_back(driver_->to_json()); };
  }
  /// As machine/ does it: checked, saved, created, saved.
  void create(const Context& ctx = {}) {
    driver_->precheck(ctx);
    driver_->set_owner(owner);
    checkpoint()();
    driver_->create(ctx, checkpoint());
    checkpoint()();
  }
  std::string public_key() const {
    return ssh::public_key_line(store_ / ("machines/" + name_ + "/id_rsa"));
  }

  std::vector<Json> saved;
  Owner owner{"0123456789abcdef", "fedcba9876543210"};
  Duration in_flight{30};
  Duration give_up_after{0};
  Duration reservation{0};
  std::size_t threads = 1;                // requests in a fixed order
  std::shared_ptr<azure::Access> shared;  // instead of one of its own

 private:
  azure::Services services() {
    azure::Services services;
    services.access = [this](const azure::Services& given, const azure::Identity& identity) {
      if (shared) {
        return shared;
      }
      azure::Credentials credentials;
      credentials.token =
          std::make_unique<cloud::CachedToken>(std::make_unique<NumberedTokens>(), Duration(0));
      auto persistence = given.persistence;
      persistence.give_up_after = give_up_after;
      return std::make_shared<azure::Access>(
          std::make_unique<LentTransport>(transport_),
          azure::find_endpoints(identity.environment, identity.arm_endpoint),
          std::move(credentials), identity.subscription_id, persistence);
    };
    services.persistence.backoff = {Duration(0), Duration(0)};
    services.persistence.operation = {Duration(0), Duration(0)};
    services.in_flight = in_flight;
    services.in_flight_poll = {Duration(1), Duration(5)};
    services.reservation = reservation;
    services.reservation_poll = {Duration(1), Duration(1)};
    services.threads = threads;
    return services;
  }

  TempFolder store_;
  cloud::Transport& transport_;
  std::string name_;
  std::unique_ptr<azure::AzureDriver> driver_;
};

const std::string arm = "https://management.azure.com";
inline std::string group_path(const std::string& group = "docker-machine") {
  return "/subscriptions/" + subscription + "/resourceGroups/" + group;
}
inline std::string compute(const std::string& path, const std::string& version = "2025-04-01") {
  return arm + group_path() + "/providers/Microsoft.Compute/" + path + "?api-version=" + version;
}
inline std::string network(const std::string& path, const std::string& group = "docker-machine") {
  return arm + group_path(group) + "/providers/Microsoft.Network/" + path +
         "?api-version=2025-05-01";
}
inline std::string id_of(const std::string& provider_path) {
  return group_path() + "/providers/" + provider_path;
}

const std::string vm_url = compute("virtualMachines/m1");
const std::string view_url = compute("virtualMachines/m1/instanceView");
const std::string disk_url = compute("disks/m1-os-disk", "2025-01-02");
const std::string nic_url = network("networkInterfaces/m1-nic");
const std::string ip_url = network("publicIPAddresses/m1-ip");
const std::string nsg_url = network("networkSecurityGroups/m1-firewall");
const std::string vnet_url = network("virtualNetworks/docker-machine-vnet");
const std::string subnet_url =
    network("virtualNetworks/docker-machine-vnet/subnets/docker-machine");

const std::string image_url = arm + "/subscriptions/" + subscription +
                              "/providers/Microsoft.Compute/locations/westus/publishers/canonical/"
                              "artifacttypes/vmimage/offers/"
                              "ubuntu-24_04-lts/skus/server/versions?api-version=2025-04-01&$top=1";
const std::string one_image = R"([{"name":"24.04.202510010"}])";

inline std::string refusal(const std::string& code, const std::string& message = "M") {
  return Json{{"error", Json{{"code", code}, {"message", message}}}}.dump();
}
inline std::string gone() {
  return refusal("ResourceNotFound");
}
inline std::string power(const std::string& state) {
  return Json{{"statuses", Json::array({Json{{"code", "ProvisioningState/succeeded"}},
                                        Json{{"code", "PowerState/" + state}}})}}
      .dump();
}
inline std::string provisioned(const std::string& state, Json properties = Json::object()) {
  properties["provisioningState"] = state;
  return Json{{"id", "x"}, {"properties", std::move(properties)}}.dump();
}

}  // namespace dmachine::test
