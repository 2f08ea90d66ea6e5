// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/curl_handles.hpp"
#include "cloud/curl_transfer.hpp"
#include "cloud/http.hpp"
#include "cloud/http_log.hpp"
#include "core/log.hpp"
#include "core/work.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cloud {

namespace {

void check(CURLMcode result, const char* doing) {
  if (result != CURLM_OK) {
    throw Error(Errc::internal, fmt::format("libcurl: {}: {}", doing, curl_multi_strerror(result)));
  }
}

/// Keeps the easy handle in the multi handle for the time of a transfer.
class Attached {
 public:
  explicit Attached(const CurlPool::Lease& lease) : lease_(lease) {
    check(curl_multi_add_handle(lease_.multi(), lease_.easy()), "add");
  }
  ~Attached() { curl_multi_remove_handle(lease_.multi(), lease_.easy()); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  const CurlPool::Lease& lease_;
};

/// Waits until something happens to the transfer, or the context is stopped, or `limit` has passed.
void wait(const Context& ctx, CURLM* multi, Duration limit) {
  const int stop_fd = ctx.stop_token().fd();
  curl_waitfd stop{stop_fd, CURL_WAIT_POLLIN, 0};
  const auto milliseconds = std::clamp<Duration::rep>(limit.count(), 1, 60'000);
  check(
      curl_multi_poll(multi, &stop, stop_fd >= 0 ? 1 : 0, static_cast<int>(milliseconds), nullptr),
      "poll");
}

/// Drives the transfer to its end.
CURLcode run(const Context& ctx, CURLM* multi, Duration timeout) {
  const auto end = Clock::now() + timeout;
  for (;;) {
    int running = 0;
    check(curl_multi_perform(multi, &running), "perform");
    int left = 0;
    if (const CURLMsg* message = curl_multi_info_read(multi, &left); message != nullptr) {
      return message->data.result;
    }
    if (ctx.stop_requested()) {
      throw Cancelled();
    }
    const auto remaining = std::chrono::ceil<Duration>(end - Clock::now());
    if (remaining <
        Duration(-1000)) {  // curl watches the time itself; this is for when it does not
      return CURLE_OPERATION_TIMEDOUT;
    }
    wait(ctx, multi, remaining);
  }
}

std::string times_of(CURL* easy) {
  curl_off_t total = 0;
  long connects = 0;
  curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total);
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
  return fmt::format("{} ms{}", total / 1000, connects > 0 ? ", new connection" : "");
}

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(std::string ca_file = {}) : ca_file_(std::move(ca_file)) {}

  HttpReply send(const Context& ctx, const HttpRequest& request) override {
    ctx.check();
    count_call();
    const auto lease = pool_.take();
    const auto timeout = std::min(request.timeout, ctx.remaining(request.timeout));
    CurlTransfer transfer(lease.easy(), request, trust(), timeout);
    const Attached attached(lease);
    try {
      HttpReply reply = transfer.finish(run(ctx, lease.multi(), timeout));
      if (log::is_debug()) {
        log::debug("{} {}{} -> {} in {}{}", request.method, loggable_url(request.url),
                   loggable_fields(request.body), reply.status, times_of(lease.easy()),
                   loggable_fields(reply.body));
      }
      return reply;
    } catch (const TransportError& failure) {
      log::debug("{}", failure.what());
      throw;
    }
  }

 private:
  const Trust& trust() {
    std::call_once(trust_found_, [&] {
      trust_ = ca_file_.empty() ? find_trust() : Trust{ca_file_, {}, {}, {}};
    });
    return trust_;
  }

  std::string ca_file_;
  CurlPool pool_;
  std::once_flag trust_found_;
  Trust trust_;
};

}  // namespace

std::unique_ptr<Transport> make_curl_transport() {
  return std::make_unique<CurlTransport>();
}

std::unique_ptr<Transport> make_curl_transport_trusting(std::string ca_file) {
  return std::make_unique<CurlTransport>(std::move(ca_file));
}

}  // namespace dmachine::cloud
