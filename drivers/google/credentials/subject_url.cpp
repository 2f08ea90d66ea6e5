// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http_log.hpp"
#include "cloud/scrub.hpp"
#include "core/error.hpp"
#include "drivers/google/credentials/local_service.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::google {

cloud::HttpRequest request_to_service(std::string method, std::string url) {
  cloud::HttpRequest request;
  const auto host = cloud::parse_url(url).host;
  if (cloud::is_link_local(host) || cloud::is_loopback(host)) {
    request.proxy = cloud::HttpRequest::Proxy::never;
    request.connect_timeout = std::chrono::seconds(2);
  }
  request.method = std::move(method);
  request.url = std::move(url);
  request.timeout = std::chrono::seconds(10);
  return request;
}

std::string ask_service(const Context& ctx, const TokenClient& client, cloud::HttpRequest request,
                        std::string_view what) {
  const auto url = cloud::loggable_url(request.url);
  auto reply = client.send(ctx, std::move(request));
  if (reply.status < 200 || reply.status > 299) {
    throw Error(reply.status >= 500 ? Errc::unavailable : Errc::denied,
                fmt::format("unable to retrieve {} from {}: status code {}: {}", what, url,
                            reply.status, cloud::scrub(reply.body, {})));
  }
  return std::move(reply.body);
}

SubjectToken subject_from_url(const Json& source, const TokenClient& client) {
  auto request = request_to_service("GET", text(source, "url"));
  if (const Json& headers = member(source, "headers"); headers.is_object()) {
    for (const auto& header : headers.items()) {
      request.headers.emplace_back(header.key(), text(headers, header.key()));
    }
  }
  return
      [request = std::move(request), parse = subject_format(source), client](const Context& ctx) {
        auto content = ask_service(ctx, client, request, "the subject token");
        auto token = parse(content);
        wipe(content);
        return token;
      };
}

}  // namespace dmachine::google
