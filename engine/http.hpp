// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dmachine::engine {

/// The request for one GET by HTTP/1.0: no chunks to put together, and the answer ends with the
/// connection.
std::string http_request(const std::string& authority, const std::string& path);

struct ResponseHead {
  int status = 0;
  std::string reason;                   // `200 OK`
  std::optional<std::size_t> length{};  // Content-Length
  std::size_t size = 0;                 // bytes of the head itself
};

/// The head of a response, or nothing while it is not complete. Throws Error{unavailable}
/// `malformed HTTP response "…"` when it is none, or grows beyond 64 KiB.
std::optional<ResponseHead> parse_head(std::string_view received);

}  // namespace dmachine::engine
