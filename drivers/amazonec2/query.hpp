// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/signed_client.hpp"
#include "drivers/amazonec2/xml.hpp"

#include <map>
#include <string>

namespace dmachine::amazonec2 {

/// Parameters of a call by name, `Action` and `Version` among them; sent sorted.
using QueryParameters = std::map<std::string, std::string>;

/// The unsigned POST of AWS's query protocol.
cloud::HttpRequest query_request(const ServicePlace& place, const QueryParameters& parameters);

/// Sends calls of the query protocol: EC2, STS. May be used by several threads.
class QueryClient {
 public:
  using BeforeSend = SignedClient::BeforeSend;
  using Options = SignedClient::Options;

  /// As SignedClient's.
  QueryClient(cloud::Transport& transport, KeyChain& keys, ServicePlace place,
              Persistence persistence, cloud::Now now)
      : calls_(transport, keys, std::move(place), persistence, std::move(now)) {}

  /// The answer's root element. Throws as SignedClient::send; Error{unavailable} for what is no
  /// XML.
  Element send(const Context& ctx, const QueryParameters& parameters, const Options& options);

  const ServicePlace& place() const { return calls_.place(); }

 private:
  SignedClient calls_;
};

}  // namespace dmachine::amazonec2
