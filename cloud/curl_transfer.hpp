// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/curl_handles.hpp"
#include "cloud/http.hpp"
#include "cloud/trust.hpp"

#include <curl/curl.h>

#include <array>
#include <optional>
#include <string>

namespace dmachine::cloud {

/// One request on its way: sets the easy handle up for it, collects the answer, says what went
/// wrong. Lives as long as the transfer does, since libcurl keeps pointers to it.
class CurlTransfer {
 public:
  /// Throws Error{invalid} for a bad URL, proxy or header.
  CurlTransfer(CURL* easy, const HttpRequest& request, const Trust& trust, Duration timeout);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  /// The answer, once the transfer ended well. Throws TransportError if it did not.
  HttpReply finish(CURLcode result);

  /// The failure of a transfer that ended with `result`, not CURLE_OK.
  TransportError failure(CURLcode result) const;

 private:
  void set_request();
  void set_headers();
  void set_proxy();
  void set_trust();
  void set_callbacks();
  template <typename Value>
  void set(CURLoption option, Value value);

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static int on_ready(void* self, char*, char*, int, int);
  static curl_socket_t on_socket(void*, curlsocktype, curl_sockaddr* address);

  CURL* easy_;
  const HttpRequest& request_;
  const Trust& trust_;
  Duration timeout_;
  CurlList headers_;
  std::array<char, CURL_ERROR_SIZE> why_{};
  HttpReply reply_;
  std::size_t received_ = 0;
  unsigned times_sent_ = 0;
  bool too_large_ = false;
  bool refused_repeat_ = false;
};

}  // namespace dmachine::cloud
