// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/curl_handles.hpp"

#include "core/error.hpp"

namespace dmachine::cloud {

namespace {

/// Not at start-up: most commands never send a request.
void ensure_initialised() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) {
    throw Error(Errc::internal, std::string("libcurl: ") + curl_easy_strerror(result));
  }
}

CurlHandles make_handles() {
  CurlHandles handles;
  handles.multi.reset(curl_multi_init());
  handles.easy.reset(curl_easy_init());
  if (!handles.multi || !handles.easy) {
    throw Error(Errc::internal, "libcurl: out of memory");
  }
  return handles;
}

}  // namespace

CurlPool::Lease CurlPool::take() {
  ensure_initialised();
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto handles = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(handles)};
    }
  }
  return {*this, make_handles()};
}

void CurlPool::give_back(CurlHandles handles) {
  // Lets go of what belongs to the last transfer: its options point into memory that is gone soon,
  // its headers are secret.
  curl_easy_reset(handles.easy.get());
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handles));
}

}  // namespace dmachine::cloud
