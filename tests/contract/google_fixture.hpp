// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/driver.hpp"
#include "drivers/google/from_options.hpp"
#include "drivers/google/options.hpp"
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
class BorrowedTransport final : public cloud::Transport {
 public:
  explicit BorrowedTransport(cloud::Transport& inner) : inner_(inner) {}
  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    return inner_.send(ctx, request);
  }

 private:
  cloud::Transport& inner_;
};

/// Tokens T1, T2, … that never end.
class CountedTokens final : public cloud::TokenSource {
 public:
  cloud::Token fetch(const Context& /*ctx*/) override {
    return {Secret("T" + std::to_string(++count_)),
            cloud::WallClock::now() + std::chrono::hours(1)};
  }

 private:
  int count_ = 0;
};

/// A google machine called m1 in project p, its store, and what it saved.
class GoogleMachine {
 public:
  using Flags = std::vector<std::pair<std::string, std::string>>;

  explicit GoogleMachine(cloud::Transport& transport, const Flags& flags = {},
                         const std::string& name = "m1")
      : transport_(transport) {
    write_machine_key(store_.path(), name);
    OptionValues values(google::options());
    values.set("google-project", "p", Origin::command_line);
    for (const auto& [flag, text] : flags) {
      values.set(flag, text, Origin::command_line);
    }
    open(google::state_from_options({name, store_.path().string()}, values,
                                    {false, "tcp://0.0.0.0:3376", ""}));
  }

  /// As another process would see it after this one has died: from what was saved last.
  void reopen() {
    REQUIRE_FALSE(saved.empty());
    open(google::parse_state(parse_json(saved.back().dump())));
  }
  void open(google::StoredState state) {
    driver_ = std::make_unique<google::GoogleDriver>(std::move(state), services());
  }

  google::GoogleDriver& operator*() { return *driver_; }
  google::GoogleDriver* operator->() { return driver_.get(); }

  Checkpoint checkpoint() {
    return [this] { saved.push_back(driver_->to_json()); };
  }
  /// As machine/ does it: saved, created, saved.
  void create(const Context& ctx = {}) {
    checkpoint()();
    driver_->create(ctx, checkpoint());
    checkpoint()();
  }
  std::string public_key() const { return ssh::public_key_line(store_ / "machines/m1/id_rsa"); }

  std::vector<Json> saved;
  std::string quota_project;
  Duration in_flight{30};
  Duration give_up_after{0};

 private:
  google::Services services() {
    google::Services services;
    services.access = [this](const Context&, const google::Services& given, const Secret&) {
      google::Credentials credentials;
      credentials.token =
          std::make_unique<cloud::CachedToken>(std::make_unique<CountedTokens>(), Duration(0));
      credentials.quota_project = quota_project;
      auto persistence = given.persistence;
      persistence.give_up_after = give_up_after;
      return std::make_shared<google::Access>(std::make_unique<BorrowedTransport>(transport_),
                                              std::move(credentials), persistence);
    };
    services.persistence.backoff = {Duration(0), Duration(0)};
    services.in_flight = in_flight;
    services.in_flight_poll = {Duration(1), Duration(5)};
    services.threads = 1;  // requests in a fixed order
    return services;
  }

  TempFolder store_;
  cloud::Transport& transport_;
  std::unique_ptr<google::GoogleDriver> driver_;
};

/// The URL of a read below projects/p.
inline std::string url(const std::string& path) {
  return "https://compute.googleapis.com/compute/v1/projects/p" + path +
         "?alt=json&prettyPrint=false";
}
inline std::string changing(const std::string& path) {
  return url(path) + "&requestId={uuid}";
}

const std::string zone = "/zones/us-central1-a";
const std::string instance_url = zone + "/instances/m1";
const std::string disk_url = zone + "/disks/m1-disk";
const std::string rule_url = "/global/firewalls/docker-machines";

inline std::string refusal(int status, const std::string& message, const std::string& reason) {
  return Json{
      {"error", Json{{"code", status},
                     {"message", message},
                     {"errors", Json::array({Json{{"message", message}, {"reason", reason}}})}}}}
      .dump();
}
inline std::string not_found(const std::string& path) {
  return refusal(404, "The resource 'projects/p" + path + "' was not found", "notFound");
}
inline std::string operation(const std::string& name, const std::string& status = "DONE") {
  return Json{{"name", name}, {"status", status}}.dump();
}
inline std::string failed_operation(const std::string& name, const std::string& code,
                                    const std::string& message) {
  return Json{
      {"name", name},
      {"status", "DONE"},
      {"error", Json{{"errors", Json::array({Json{{"code", code}, {"message", message}}})}}}}
      .dump();
}
inline std::string rule(const std::string& ports = R"(["2376"])",
                        const std::string& network = "default") {
  return R"({"name":"docker-machines","network":"https://www.googleapis.com/compute/v1/projects/p/global/networks/)" +
         network + R"(","allowed":[{"IPProtocol":"tcp","ports":)" + ports +
         R"(}],"priority":1000})";
}
inline std::string instance(const std::string& status, const std::string& ssh_keys = "") {
  return Json{
      {"name", "m1"},
      {"status", status},
      {"networkInterfaces",
       Json::array({Json{{"networkIP", "10.0.0.2"},
                         {"accessConfigs", Json::array({Json{{"natIP", "198.51.100.7"}}})}}})},
      {"tags", Json{{"fingerprint", "tf"}, {"items", Json::array({"http-server"})}}},
      {"metadata", Json{{"fingerprint", "mf"},
                        {"items", Json::array({Json{{"key", "startup-script"}, {"value", "x"}},
                                               Json{{"key", "ssh-keys"}, {"value", ssh_keys}}})}}}}
      .dump();
}

}  // namespace dmachine::test
