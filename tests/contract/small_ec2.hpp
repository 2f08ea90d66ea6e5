// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/contract/amazonec2_fixture.hpp"

#include <functional>
#include <optional>
#include <set>
#include <utility>

namespace dmachine::test {

struct Fault {
  enum class Kind {
    status,
    lost_before,
    lost_after,
    killed_before,
    killed_after,
    killed_in_flight,  // and done a few calls later
  } kind = Kind::status;
  int status = 0;
  std::string code;
};

/// What SIGKILL is to the process: nothing runs after it.
class Killed : public std::exception {};

/// As much of EC2 as one create and remove need. Instances run at once.
class SmallEc2 final : public cloud::Transport {
 public:
  std::map<std::string, std::string> instances;  // client token by id
  std::set<std::string> key_pairs;
  std::map<std::string, Parameters> groups;  // how they were made, by name
  std::set<std::string> terminated;
  int calls = 0;
  int faulty_call = -1;  // from 0
  Fault fault;
  std::vector<std::string> actions;
  /// The code that a launch with these parameters is refused with; empty: it is not.
  std::function<std::string(Parameters&)> refuse_launch;
  std::string lose_answer_of;         // an action, once
  bool leaves_spot_requests = false;  // by launches that are refused
  std::set<std::string> spot_requests;
  std::set<std::string> launch_tokens;
  int launches = 0;  // requests to launch

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    const int call = calls++;
    if (call >= faulty_call_at_ + calls_in_flight) {
      let_arrive();
    }
    if (form(request.body)["Action"] == lose_answer_of) {
      lose_answer_of.clear();
      answer_to(request);
      throw cloud::TransportError(Errc::unavailable, "reset by peer", true);
    }
    if (call != faulty_call) {
      return answer_to(request);
    }
    using Kind = Fault::Kind;
    if (fault.kind == Kind::status) {
      return {fault.status, {}, refusal(fault.code)};
    }
    if (fault.kind == Kind::lost_after || fault.kind == Kind::killed_after) {
      answer_to(request);
    }
    if (fault.kind == Kind::killed_in_flight) {
      in_flight_ = request;
      faulty_call_at_ = call;
      throw Killed();
    }
    if (fault.kind == Kind::killed_before || fault.kind == Kind::killed_after) {
      throw Killed();
    }
    throw cloud::TransportError(Errc::unavailable, "reset by peer", true);
  }

  std::set<std::string> running() const {
    std::set<std::string> ids;
    for (const auto& [id, token] : instances) {
      if (!terminated.contains(id)) {
        ids.insert(id);
      }
    }
    return ids;
  }

  /// What was in flight when its sender was killed is done now.
  void let_arrive() {
    if (in_flight_) {
      answer_to(*std::exchange(in_flight_, std::nullopt));
    }
  }

 private:
  /// More than a remove makes that does not wait.
  static constexpr int calls_in_flight = 6;

  std::optional<cloud::HttpRequest> in_flight_;
  int faulty_call_at_ = 0;

  cloud::HttpReply refuse(const std::string& code) { return {400, {}, refusal(code)}; }

  cloud::HttpReply answer_to(const cloud::HttpRequest& request) {
    auto p = form(request.body);
    const std::string action = p["Action"];
    actions.push_back(action);
    if (action == "DescribeSubnets") {
      return {200, {}, subnets(p)};
    }
    if (action == "DescribeSpotInstanceRequests") {
      std::string items;
      for (const auto& id : spot_requests) {
        items += "<item><spotInstanceRequestId>" + id +
                 "</spotInstanceRequestId><state>open</state></item>";
      }
      return {200,
              {},
              answer(action, "<spotInstanceRequestSet>" + items + "</spotInstanceRequestSet>")};
    }
    if (action == "DescribeImages") {
      return {200, {}, images_answer()};
    }
    if (action == "ImportKeyPair") {
      return key_pairs.insert(p["KeyName"]).second ? ok(action)
                                                   : refuse("InvalidKeyPair.Duplicate");
    }
    if (action == "DescribeKeyPairs") {
      return key_pairs.contains(p["KeyName.1"])
                 ? cloud::HttpReply{200, {}, answer(action, "<keySet><item/></keySet>")}
                 : refuse("InvalidKeyPair.NotFound");
    }
    if (action == "DeleteKeyPair") {
      key_pairs.erase(p["KeyName"]);
      return ok(action);
    }
    if (action.find("SecurityGroup") != std::string::npos) {
      return group_call(action, p);
    }
    return instance_call(action, p);
  }

  /// One in each zone that is asked for: subnet-a in us-east-1a.
  static std::string subnets(Parameters& p) {
    std::string items;
    for (int i = 1; p.contains("Filter.1.Value." + std::to_string(i)); ++i) {
      const auto& value = p["Filter.1.Value." + std::to_string(i)];
      const std::string letter(1, value.back());
      items += "<item><subnetId>subnet-" + letter +
               "</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1" + letter +
               "</availabilityZone><defaultForAz>true</defaultForAz></item>";
    }
    return answer("DescribeSubnets", "<subnetSet>" + items + "</subnetSet>");
  }

  static cloud::HttpReply ok(const std::string& action) {
    return {200, {}, answer(action, "<return>true</return>")};
  }

  cloud::HttpReply group_call(const std::string& action, Parameters& p) {
    if (action == "DescribeSecurityGroups") {
      std::string items;
      for (const auto& [name, made] : groups) {
        if (p["Filter.1.Name"] == "group-name" && p["Filter.1.Value.1"] != name) {
          continue;
        }
        std::string tags;
        for (int i = 1; made.contains("TagSpecification.1.Tag." + std::to_string(i) + ".Key");
             ++i) {
          const auto tag = "TagSpecification.1.Tag." + std::to_string(i);
          tags += "<item><key>" + made.at(tag + ".Key") + "</key><value>" +
                  made.at(tag + ".Value") + "</value></item>";
        }
        items += "<item><groupId>sg-" + name + "</groupId><groupName>" + name +
                 "</groupName><vpcId>vpc-1</vpcId><tagSet>" + tags + "</tagSet></item>";
      }
      return {200, {}, answer(action, "<securityGroupInfo>" + items + "</securityGroupInfo>")};
    }
    if (action == "CreateSecurityGroup") {
      if (!groups.try_emplace(p["GroupName"], p).second) {
        return refuse("InvalidGroup.Duplicate");
      }
      return {200, {}, answer(action, "<groupId>sg-" + p["GroupName"] + "</groupId>")};
    }
    if (action == "DeleteSecurityGroup") {
      groups.erase(p["GroupId"].substr(3));
    }
    return ok(action);
  }

  cloud::HttpReply instance_call(const std::string& action, Parameters& p) {
    if (action == "RunInstances") {
      CHECK_FALSE(p["ClientToken"].empty());
      ++launches;
      launch_tokens.insert(p["ClientToken"]);
      const std::string code = refuse_launch ? refuse_launch(p) : "";
      if (!code.empty()) {
        if (leaves_spot_requests && p["InstanceMarketOptions.MarketType"] == "spot") {
          spot_requests.insert("sir-" + std::to_string(launches));
        }
        return {code == "InsufficientInstanceCapacity" ? 500 : 400, {}, refusal(code)};
      }
      std::string id;
      for (const auto& [known, token] : instances) {
        id = token == p["ClientToken"] ? known : id;
      }
      id = id.empty() ? "i-" + std::to_string(instances.size() + 1) : id;
      instances[id] = p["ClientToken"];
      return {200, {}, answer(action, "<instancesSet>" + item(id) + "</instancesSet>")};
    }
    if (action == "CancelSpotInstanceRequests") {
      spot_requests.erase(p["SpotInstanceRequestId.1"]);
      return ok(action);
    }
    const std::string wanted = p["InstanceId.1"];
    if (action == "DescribeInstances" && wanted.empty()) {
      CHECK(p["Filter.1.Name"] == "client-token");
      std::string items;
      for (const auto& [id, token] : instances) {
        items += token == p["Filter.1.Value.1"] ? item(id) : "";
      }
      return {200, {}, test::instances(items)};
    }
    CHECK_FALSE(wanted.empty());
    if (!instances.contains(wanted)) {
      return refuse("InvalidInstanceID.NotFound");
    }
    if (action == "TerminateInstances") {
      terminated.insert(wanted);
      return ok(action);
    }
    return {200, {}, test::instances(item(wanted))};
  }

  std::string item(const std::string& id) const {
    return instance_item(terminated.contains(id) ? "terminated" : "running", id);
  }
};

}  // namespace dmachine::test
