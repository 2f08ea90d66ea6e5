// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <vector>

namespace dmachine::cloud {

// CURL and CURLM are both void, so overloads would not tell them apart.
struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiCleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, ListCleanup>;

/// What one transfer at a time works with. The open connections belong to `multi`.
struct CurlHandles {
  std::unique_ptr<CURLM, MultiCleanup> multi;
  std::unique_ptr<CURL, EasyCleanup> easy;
};

/// Handles that wait for their next transfer, with their connections. As many exist as there were
/// transfers at once. Thread-safe. (libcurl's own way to share connections between threads is
/// documented as not safe.)
class CurlPool {
 public:
  /// Handles on loan.
  class Lease {
   public:
    Lease(CurlPool& pool, CurlHandles handles) : pool_(pool), handles_(std::move(handles)) {}
    ~Lease() { pool_.give_back(std::move(handles_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    CURLM* multi() const { return handles_.multi.get(); }
    CURL* easy() const { return handles_.easy.get(); }

   private:
    CurlPool& pool_;
    CurlHandles handles_;
  };

  /// The handles used last, whose connections are the freshest. Initialises libcurl the first time.
  /// Throws Error{internal}.
  Lease take();

 private:
  void give_back(CurlHandles handles);

  std::mutex mutex_;
  std::vector<CurlHandles> idle_;
};

}  // namespace dmachine::cloud
