// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "core/text.hpp"
#include "tests/contract/amazonec2_fixture.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace dmachine::test {

inline std::string header_of(const cloud::HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (equal_ignoring_case(key, name)) {
      return value;
    }
  }
  return "";
}

/// An account in which a create with the defaults works. Nothing can be made in it.
class AskedEc2 final : public cloud::Transport {
 public:
  std::set<std::string> denied;                 // "ec2:TerminateInstances", "iam:PassRole"
  std::map<std::string, std::string> refusals;  // action to code, of calls and dry runs
  std::map<std::string, std::string> answers;   // action to the answer, in place of ours
  std::set<std::string> not_offered;            // "t2.micro us-east-1a"
  bool knows_dry_runs = true;
  std::map<std::string, int> vcpus{{"t2.micro", 1}, {"m5.large", 2}, {"m5a.large", 2}};
  std::map<std::string, int> granted{{"L-1216C47A", 32}};  // by code
  std::map<std::string, int> defaults{{"L-1216C47A", 5}, {"L-34B43A08", 5}};
  std::map<std::string, cloud::HttpReply> quota_replies;  // by operation, in place of ours
  std::vector<std::string> actions;
  std::vector<cloud::HttpRequest> requests;

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    requests.push_back(request);
    if (request.url.starts_with("https://servicequotas.")) {
      return quota_reply(request);
    }
    auto p = form(request.body);
    const std::string action = p["Action"];
    const bool is_dry = p["DryRun"] == "true";
    INFO(action);
    CHECK((is_dry || action.starts_with("Describe") || action == "GetCallerIdentity"));
    actions.push_back((is_dry ? "try " : "") + action);
    if (const auto code = refusal_of(action, p); !code.empty()) {
      return {code == "UnauthorizedOperation" ? 403 : 400, {}, refusal(code, message_)};
    }
    if (is_dry) {
      return knows_dry_runs ? cloud::HttpReply{412, {}, refusal("DryRunOperation")}
                            : cloud::HttpReply{200, {}, answer(action)};
    }
    if (const auto own = answers.find(action); own != answers.end()) {
      return {200, {}, own->second};
    }
    return {200, {}, answer_to(action, p)};
  }

 private:
  static cloud::HttpReply no_quota(const std::string& code) {
    return {400, {}, R"({"__type":")" + code + R"(","Message":"M"})"};
  }

  cloud::HttpReply quota_reply(const cloud::HttpRequest& request) {
    const std::string target = header_of(request, "X-Amz-Target");
    const std::string operation = target.substr(target.find('.') + 1);
    const std::string code = parse_json(request.body)["QuotaCode"];
    actions.push_back(operation + " " + code);
    if (denied.contains("servicequotas:" + operation)) {
      return no_quota("AccessDeniedException");
    }
    if (const auto own = quota_replies.find(operation); own != quota_replies.end()) {
      return own->second;
    }
    const auto& known = operation == "GetServiceQuota" ? granted : defaults;
    const auto value = known.find(code);
    return value == known.end()
               ? no_quota("NoSuchResourceException")
               : cloud::HttpReply{
                     200, {}, R"({"Quota":{"Value":)" + std::to_string(value->second) + ".0}}"};
  }

  /// Of those that a filter names, in full; of one that is named by itself only that it is there.
  std::string types(Parameters& p) const {
    if (p.contains("InstanceType.1")) {
      return answer("DescribeInstanceTypes");
    }
    CHECK(p["Filter.1.Name"] == "instance-type");
    std::string items;
    for (int i = 1; p.contains("Filter.1.Value." + std::to_string(i)); ++i) {
      const auto& name = p["Filter.1.Value." + std::to_string(i)];
      if (const auto known = vcpus.find(name); known != vcpus.end()) {
        items += "<item><instanceType>" + name + "</instanceType><vCpuInfo><defaultVCpus>" +
                 std::to_string(known->second) + "</defaultVCpus></vCpuInfo></item>";
      }
    }
    return answer("DescribeInstanceTypes", "<instanceTypeSet>" + items + "</instanceTypeSet>");
  }

  std::string refusal_of(const std::string& action, Parameters& p) {
    const auto deny = [&](const std::string& one) {
      message_ =
          "You are not authorized to perform this operation. User: u is not authorized to "
          "perform: " +
          one + " on resource: r because no identity-based policy allows it";
      return denied.contains(one);
    };
    const bool has_tags = p.contains("TagSpecification.1.ResourceType");
    if (deny("ec2:" + action) || (has_tags && deny("ec2:CreateTags")) ||
        (p.contains("IamInstanceProfile.Name") && deny("iam:PassRole"))) {
      return "UnauthorizedOperation";
    }
    message_ = "M";
    return refusals.contains(action) ? refusals[action] : "";
  }

  std::string answer_to(const std::string& action, Parameters& p) const {
    if (action == "GetCallerIdentity") {
      return "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn>"
             "</GetCallerIdentityResult></GetCallerIdentityResponse>";
    }
    if (action == "DescribeSubnets") {
      return subnets_answer;
    }
    if (action == "DescribeImages") {
      return images_answer();
    }
    if (action == "DescribeSecurityGroups") {
      return groups_answer("22 2376");
    }
    if (action == "DescribeInstanceTypes") {
      return types(p);
    }
    if (action == "DescribeInstanceTypeOfferings") {
      CHECK(p["LocationType"] == "availability-zone");
      const std::string type = p["Filter.1.Value.1"];
      const std::string zone = p["Filter.2.Value.1"];
      return answer(action, "<instanceTypeOfferingSet>" +
                                (not_offered.contains(type + " " + zone)
                                     ? ""
                                     : "<item><instanceType>" + type + "</instanceType><location>" +
                                           zone + "</location></item>") +
                                "</instanceTypeOfferingSet>");
    }
    return answer(action);
  }

  std::string message_;
};

inline std::string shown(const std::vector<Finding>& findings) {
  std::string all;
  for (const auto& one : findings) {
    all += std::to_string(static_cast<int>(one.level)) + " " + one.subject + ": " + one.text + "\n";
  }
  return all;
}

}  // namespace dmachine::test
