// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/query.hpp"

#include "cloud/url.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

cloud::HttpRequest query_request(const ServicePlace& place, const QueryParameters& parameters) {
  cloud::HttpRequest request;
  request.method = "POST";
  request.url = place.url;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = cloud::form_encode({parameters.begin(), parameters.end()});
  return request;
}

Element QueryClient::send(const Context& ctx, const QueryParameters& parameters,
                          const Options& options) {
  const std::string& action = parameters.at("Action");
  const auto reply = calls_.send(ctx, action, query_request(calls_.place(), parameters), options);
  if (auto root = parse_xml(reply.body)) {
    return *root;
  }
  throw Error(Errc::unavailable,
              fmt::format("{}: SerializationError: the answer is no XML", action));
}

}  // namespace dmachine::amazonec2
