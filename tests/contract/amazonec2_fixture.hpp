// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/driver.hpp"
#include "drivers/amazonec2/from_options.hpp"
#include "drivers/amazonec2/options.hpp"
#include "tests/support/machine_key.hpp"
#include "tests/support/memory_transport.hpp"
#include "tests/support/temp.hpp"

#include <map>
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

using Parameters = std::map<std::string, std::string>;

inline std::string url_decoded(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

/// The parameters of a call.
inline Parameters form(const std::string& body) {
  Parameters parameters;
  for (const auto& pair : split(body, '&')) {
    const auto equals = pair.find('=');
    parameters[url_decoded(pair.substr(0, equals))] = url_decoded(pair.substr(equals + 1));
  }
  return parameters;
}

/// Values by parameter, `{uuid}`, `{any}` and the like not compared.
inline void check_form(const cloud::HttpRequest& request, const Parameters& expected) {
  auto sent = form(request.body);
  CHECK(sent["Version"] == "2016-11-15");
  sent.erase("Version");
  for (const auto& [key, value] : expected) {
    INFO(key);
    CHECK(sent.contains(key));
    if (value != "{any}") {
      CHECK(sent[key] == value);
    }
  }
  for (const auto& [key, value] : sent) {
    INFO("unexpected " << key << "=" << value);
    CHECK(expected.contains(key));
  }
}

const Owner owner{"5707e5707e5707e5", "c4ea7ec4ea7ec4ea"};

/// An amazonec2 machine called m1, its store, and what it saved.
class Ec2Machine {
 public:
  using Flags = std::vector<std::pair<std::string, std::string>>;

  explicit Ec2Machine(cloud::Transport& transport, const Flags& flags = {},
                      const std::string& name = "m1", const TempFolder* store = nullptr)
      : own_store_(store == nullptr ? std::make_unique<TempFolder>() : nullptr),
        store_(store == nullptr ? *own_store_ : *store),
        transport_(transport) {
    write_machine_key(store_.path(), name);
    OptionValues values(amazonec2::options());
    values.set("amazonec2-access-key", "AKIDEXAMPLE", Origin::command_line);
    values.set("amazonec2-secret-key", "planted-secret", Origin::command_line);
    for (const auto& [flag, text] : flags) {
      values.set(flag, text, Origin::command_line);
    }
    open(amazonec2::state_from_options({name, store_.path().string()}, values,
                                       {false, "tcp://0.0.0.0:3376", ""}));
    driver_->set_owner(owner);
  }

  /// As another process would see it after this one has died: from what was saved last.
  void reopen() {
    REQUIRE_FALSE(saved.empty());
    open(amazonec2::parse_state(parse_json(saved.back().dump())));
  }
  void open(amazonec2::StoredState state) {
    driver_ = std::make_unique<amazonec2::Amazonec2Driver>(std::move(state), services());
  }

  amazonec2::Amazonec2Driver& operator*() { return *driver_; }
  amazonec2::Amazonec2Driver* operator->() { return driver_.get(); }

  Checkpoint checkpoint() {
    return [this] { saved.push_back(driver_->to_json()); };
  }
  /// As machine/ does it: checked, saved, created, saved.
  void create(const Context& ctx = {}) {
    driver_->precheck(ctx);
    checkpoint()();
    driver_->create(ctx, checkpoint());
    checkpoint()();
  }
  std::string key_name() { return driver_->stored().key_name; }
  const TempFolder& store() const { return store_; }

  std::vector<Json> saved;
  Duration in_flight{20};
  Duration give_up_after{60000};
  cloud::Now now = cloud::WallClock::now;

  amazonec2::Services services() {
    amazonec2::Services services;
    services.make_transport = [this] { return std::make_unique<BorrowedTransport>(transport_); };
    services.access = [](const amazonec2::Services& given, const amazonec2::AccessKey& key) {
      return std::make_shared<amazonec2::Access>(given, key);
    };
    services.persistence.backoff = {Duration(0), Duration(0)};
    services.persistence.give_up_after = give_up_after;
    services.in_flight = in_flight;
    services.settling = {Duration(1), Duration(2)};
    services.settles_within = Duration(200);
    services.starting = {Duration(1), Duration(2)};
    services.threads = 1;  // requests in a fixed order
    services.now = now;
    return services;
  }

 private:
  std::unique_ptr<TempFolder> own_store_;
  const TempFolder& store_;
  cloud::Transport& transport_;
  std::unique_ptr<amazonec2::Amazonec2Driver> driver_;
};

const std::string ec2_url = "https://ec2.us-east-1.amazonaws.com/";

inline std::string answer(const std::string& action, const std::string& inside = "") {
  return R"(<?xml version="1.0" encoding="UTF-8"?><)" + action +
         R"(Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>)" +
         inside + "</" + action + "Response>";
}
inline std::string refusal(const std::string& code, const std::string& message = "M") {
  return "<Response><Errors><Error><Code>" + code + "</Code><Message>" + message +
         "</Message></Error></Errors><RequestID>rid</RequestID></Response>";
}
inline std::string instance_item(const std::string& state, const std::string& id = "i-1",
                                 const std::string& more = "") {
  return "<item><instanceId>" + id + "</instanceId><instanceState><name>" + state +
         "</name></instanceState><privateIpAddress>10.0.0.2</privateIpAddress>" +
         (state == "running" ? "<ipAddress>198.51.100.7</ipAddress>" : "") + more + "</item>";
}
inline std::string instances(const std::string& items) {
  return answer("DescribeInstances", "<reservationSet><item><instancesSet>" + items +
                                         "</instancesSet></item></reservationSet>");
}
const std::string subnets_answer =
    answer("DescribeSubnets",
           "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>"
           "<availabilityZone>us-east-1a</availabilityZone><defaultForAz>true</defaultForAz>"
           "</item></subnetSet>");
inline std::string images_answer(
    const std::string& name = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-1",
    const std::string& id = "ami-1") {
  return answer("DescribeImages",
                "<imagesSet><item><imageId>" + id + "</imageId><name>" + name +
                    "</name><creationDate>2026-01-01T00:00:00.000Z</creationDate>"
                    "<architecture>x86_64</architecture><rootDeviceName>/dev/xvda</rootDeviceName>"
                    "<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs>"
                    "<volumeSize>8</volumeSize><deleteOnTermination>true</deleteOnTermination>"
                    "</ebs></item></blockDeviceMapping></item></imagesSet>");
}
inline std::string groups_answer(const std::string& ports = "22 2376",
                                 const std::string& name = "docker-machine") {
  std::string rules;
  for (const auto& port : split(ports, ' ')) {
    rules += "<item><ipProtocol>tcp</ipProtocol><fromPort>" + port + "</fromPort><toPort>" + port +
             "</toPort></item>";
  }
  return answer("DescribeSecurityGroups",
                "<securityGroupInfo><item><groupId>sg-00000001</groupId><groupName>" + name +
                    "</groupName><vpcId>vpc-1</vpcId><ipPermissions>" + rules +
                    "</ipPermissions></item></securityGroupInfo>");
}

}  // namespace dmachine::test
