// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"

#include <string>

namespace dmachine::amazonec2 {

/// A request to a service beside us (metadata, containers): no proxy, and short limits.
inline cloud::HttpRequest local_request(std::string method, std::string url) {
  cloud::HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.proxy = cloud::HttpRequest::Proxy::never;
  request.connect_timeout = std::chrono::seconds(1);
  request.timeout = std::chrono::seconds(5);
  return request;
}

}  // namespace dmachine::amazonec2
