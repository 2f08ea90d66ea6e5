// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/signed_client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace dmachine::amazonec2 {

/// AWS's Service Quotas, version 2019-06-24, in its protocol JSON 1.1: what an account may have.
/// Source: Service Quotas API reference.
class ServiceQuotas {
 public:
  /// As SignedClient's; but it gives up within half a minute.
  ServiceQuotas(cloud::Transport& transport, KeyChain& keys, ServicePlace place,
                Persistence persistence, cloud::Now now);

  /// The value of one of EC2's quotas ("L-1216C47A") for this account and region; AWS's default
  /// where the account has none of its own. Nothing when there is no such quota there. Throws as
  /// SignedClient::send; Error{unavailable} when the answer holds no value.
  std::optional<std::int64_t> ec2_quota(const Context& ctx, const std::string& code);

  const ServicePlace& place() const { return calls_.place(); }

 private:
  std::optional<std::int64_t> ask(const Context& ctx, const std::string& operation,
                                  const std::string& code);

  SignedClient calls_;
};

/// The value in an answer of GetServiceQuota or GetAWSDefaultServiceQuota. Throws
/// Error{unavailable} when it holds none.
std::int64_t parse_quota(const std::string& body);

}  // namespace dmachine::amazonec2
