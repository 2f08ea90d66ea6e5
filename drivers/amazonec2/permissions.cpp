// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Which calls would be allowed. Source: EC2 API reference, parameter DryRun: "If you have the
// required permissions, the error response is DryRunOperation. Otherwise, it is
// UnauthorizedOperation."
#include "drivers/amazonec2/permissions.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace dmachine::amazonec2 {

namespace {

using Level = Finding::Level;

/// "iam:PassRole" of "… is not authorized to perform: iam:PassRole on resource: …".
std::string refused_action(const std::string& message, const std::string& action) {
  constexpr std::string_view before = "not authorized to perform: ";
  const auto at = message.find(before);
  if (at == std::string::npos) {
    return "ec2:" + action;
  }
  const auto from = at + before.size();
  return message.substr(from, message.find_first_of(" \n", from) - from);
}

/// Nothing: it is allowed. What is asked about a resource that nobody has may fail for that only.
std::optional<Finding> result_of(const DryRun& call, const Error& error) {
  const auto* refusal = dynamic_cast<const ApiError*>(&error);
  const std::string code = refusal == nullptr ? "" : refusal->api_code();
  const bool asks_of_nothing = call.action != "RunInstances" &&
                               (error.code() == Errc::not_found || code.ends_with(".Malformed"));
  if (code == "DryRunOperation" || asks_of_nothing) {
    return std::nullopt;
  }
  if (code == "UnauthorizedOperation") {
    const std::string action = refused_action(refusal->message(), call.action);
    return Finding{call.refused, "permission " + action,
                   fmt::format("not allowed, but needed for {}", call.needed_for),
                   fmt::format("allow {} in the IAM policy of these credentials", action)};
  }
  return finding_of(call.action == "RunInstances" ? "launch" : "call " + call.action, error);
}

bool takes_dry_runs(const Context& ctx, Client& client) {
  try {
    client.dry_run(ctx, "DescribeInstances", {});
    return false;
  } catch (const Error&) {
    ctx.check();
    return true;
  }
}

}  // namespace

Finding finding_of(const std::string& subject, const Error& error) {
  const auto* refusal = dynamic_cast<const ApiError*>(&error);
  if (refusal != nullptr && refusal->api_code() == "UnauthorizedOperation") {
    const std::string action = refused_action(refusal->message(), "Describe…");
    return {Level::problem, "permission " + action,
            fmt::format("not allowed, so the {} is not known", subject),
            fmt::format("allow {} in the IAM policy of these credentials", action)};
  }
  const bool is_throttled =
      error.code() == Errc::quota && (refusal == nullptr || !is_limit(refusal->api_code()));
  const bool is_unknown =
      error.code() == Errc::unavailable || error.code() == Errc::timeout || is_throttled;
  const Level level = is_unknown                       ? Level::unknown
                      : error.code() == Errc::capacity ? Level::warning
                                                       : Level::problem;
  return {level, error.code() == Errc::quota && !is_throttled ? "quota" : subject, one_line(error),
          error.hint()};
}

std::vector<DryRun> later_calls(bool spot) {
  const std::string instance = "i-00000000000000000";
  std::vector<DryRun> calls{
      {"DescribeInstances", {}, Level::problem, "every command"},
      {"TerminateInstances", {{"InstanceId.1", instance}}, Level::warning, "rm"},
      {"DeleteKeyPair", {{"KeyName", "dmachine-doctor"}}, Level::warning, "rm"},
      {"StopInstances", {{"InstanceId.1", instance}}, Level::warning, "stop"},
      {"StartInstances", {{"InstanceId.1", instance}}, Level::warning, "start"},
      {"RebootInstances", {{"InstanceId.1", instance}}, Level::warning, "restart"},
      {"DescribeVolumes", {}, Level::warning, "gc"},
      {"DescribeNetworkInterfaces", {}, Level::warning, "gc"},
      {"DescribeKeyPairs", {}, Level::warning, "gc"},
      {"DescribeSpotInstanceRequests", {}, Level::warning, "gc"},
      {"DeleteVolume", {{"VolumeId", "vol-00000000000000000"}}, Level::warning, "gc"},
      {"DeleteNetworkInterface",
       {{"NetworkInterfaceId", "eni-00000000000000000"}},
       Level::warning,
       "gc"},
      {"DeleteSecurityGroup", {{"GroupId", "sg-00000000000000000"}}, Level::warning, "gc"},
  };
  if (spot) {
    calls.push_back({"CancelSpotInstanceRequests",
                     {{"SpotInstanceRequestId.1", "sir-00000000"}},
                     Level::warning,
                     "rm of a spot instance"});
  }
  return calls;
}

std::vector<Finding> try_permissions(const Context& ctx, Client& client,
                                     const std::vector<DryRun>& calls, std::size_t threads) {
  if (!takes_dry_runs(ctx, client)) {
    return std::vector{
        Finding{Level::unknown, "permissions", "the endpoint takes no dry runs", ""}};
  }
  const auto results =
      parallel_map(calls, threads, [&](const DryRun& call) -> std::optional<Finding> {
        try {
          client.dry_run(ctx, call.action, call.parameters);
          return std::nullopt;
        } catch (const Error& error) {
          ctx.check();
          return result_of(call, error);
        }
      });
  std::vector<Finding> findings;
  std::vector<std::string> allowed;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto& result = results[i];
    if (!result) {
      allowed.push_back(calls[i].action);
    } else if (std::ranges::find(findings, result->subject, &Finding::subject) == findings.end()) {
      findings.push_back(*result);
    }
  }
  if (!allowed.empty()) {
    allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
    findings.insert(findings.begin(),
                    Finding{Level::good, "permissions", "allowed: " + join(allowed, ", "), ""});
  }
  return findings;
}

}  // namespace dmachine::amazonec2
