// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/curl_transfer.hpp"

#include "cloud/http_log.hpp"
#include "cloud/proxy.hpp"
#include "cloud/url.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

namespace dmachine::cloud {

namespace {

/// More than any list that a cloud sends on one page; a bound to what a broken server can make us
/// keep.
constexpr std::size_t most_received = 32U << 20U;

bool is_certificate_failure(CURLcode result) {
  return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_ISSUER_ERROR ||
         result == CURLE_SSL_CACERT_BADFILE || result == CURLE_SSL_INVALIDCERTSTATUS ||
         result == CURLE_SSL_PINNEDPUBKEYNOTMATCH;
}

/// Values from files and environments end up in headers: none may start a header of its own.
void require_one_line(const std::string& name, const std::string& value) {
  const auto breaks = [](const std::string& text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
  };
  if (breaks(name) || breaks(value)) {
    throw Error(Errc::invalid,
                fmt::format("the value for the header {} has more than one line", go_quote(name)));
  }
}

}  // namespace

template <typename Value>
void CurlTransfer::set(CURLoption option, Value value) {
  if (const auto result = curl_easy_setopt(easy_, option, value); result != CURLE_OK) {
    throw Error(Errc::internal, fmt::format("libcurl: option {}: {}", static_cast<int>(option),
                                            curl_easy_strerror(result)));
  }
}

CurlTransfer::CurlTransfer(CURL* easy, const HttpRequest& request, const Trust& trust,
                           Duration timeout)
    : easy_(easy), request_(request), trust_(trust), timeout_(timeout) {
  set_callbacks();
  set_request();
  set_headers();
  set_proxy();
  set_trust();
}

void CurlTransfer::set_callbacks() {
  set(CURLOPT_ERRORBUFFER, why_.data());
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_PREREQFUNCTION, &CurlTransfer::on_ready);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_socket);
}

void CurlTransfer::set_request() {
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, "dmachine/" DMACHINE_VERSION);
  set(CURLOPT_NOSIGNAL, 1L);
  // Else giving up waits for the resolver, which may take half a minute to notice that its servers
  // are silent.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  const auto milliseconds = [](Duration time) {
    return static_cast<long>(std::max<Duration::rep>(time.count(), 1));
  };
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(request_.connect_timeout, timeout_)));
  set(CURLOPT_TIMEOUT_MS, milliseconds(timeout_));
  const bool has_length = !request_.body.empty() || request_.method == "POST" ||
                          request_.method == "PUT" || request_.method == "PATCH";
  if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (has_length) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlTransfer::set_headers() {
  const auto append = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) {
      throw Error(Errc::internal, "libcurl: out of memory");
    }
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  };
  append("Expect:");  // curl would wait for permission to send a large body
  bool has_type = false;
  for (const auto& [name, value] : request_.headers) {
    require_one_line(name, value);
    append(value.empty() ? name + ";" : name + ": " + value);
    has_type = has_type || equal_ignoring_case(name, "Content-Type");
  }
  if (!has_type) {
    append("Content-Type:");  // curl would call every body a form
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void CurlTransfer::set_proxy() {
  const Url url = parse_url(request_.url);
  const auto proxy = request_.proxy == HttpRequest::Proxy::never
                         ? std::nullopt
                         : find_proxy(url, proxy_settings_of_environment());
  // Both set, so that curl does not read the environment by rules of its own.
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_PROXY, proxy ? proxy->c_str() : "");
}

void CurlTransfer::set_trust() {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
  };
  set(CURLOPT_CAINFO, text_or_null(trust_.file));
  set(CURLOPT_PROXY_CAINFO, text_or_null(trust_.file));
  set(CURLOPT_CAPATH, text_or_null(trust_.folders));
  set(CURLOPT_PROXY_CAPATH, text_or_null(trust_.folders));
  if (!trust_.pem.empty()) {
    curl_blob blob{const_cast<char*>(trust_.pem.data()),
                   trust_.pem.size(),  // NOLINT: curl only reads it
                   CURL_BLOB_NOCOPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
    set(CURLOPT_PROXY_CAINFO_BLOB, &blob);
  }
}

HttpReply CurlTransfer::finish(CURLcode result) {
  if (result != CURLE_OK) {
    throw failure(result);
  }
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  reply_.status = static_cast<int>(status);
  return std::move(reply_);
}

TransportError CurlTransfer::failure(CURLcode result) const {
  std::string why(trim(why_.data()));
  if (why.empty()) {
    why = curl_easy_strerror(result);
  }
  auto code = Errc::unavailable;
  if (too_large_) {
    why = fmt::format("the reply is larger than {} MiB", most_received >> 20U);
  } else if (refused_repeat_) {
    why = "the server closed the connection before it answered";
  } else if (result == CURLE_OPERATION_TIMEDOUT) {
    code = Errc::timeout;
  } else if (is_certificate_failure(result)) {
    code = Errc::denied;
    why += trust_.note.empty() ? "" : "; " + trust_.note;
  }
  return {code, fmt::format("{} {}: {}", request_.method, loggable_url(request_.url), why),
          times_sent_ > 0};
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t bytes = size * count;
  transfer.received_ += bytes;
  if (transfer.received_ > most_received) {
    transfer.too_large_ = true;
    return 0;
  }
  transfer.reply_.body.append(data, bytes);
  return bytes;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t bytes = size * count;
  transfer.received_ += bytes;
  if (transfer.received_ > most_received) {
    transfer.too_large_ = true;
    return 0;
  }
  const std::string_view line(data, bytes);
  const auto colon = line.find(':');
  if (line.substr(0, 5) == "HTTP/") {
    transfer.reply_.headers.clear();  // those of a reply "100 Continue" are not the answer's
  } else if (colon != std::string_view::npos) {
    transfer.reply_.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return bytes;
}

/// Called when there is a connection, before the request goes out on it.
int CurlTransfer::on_ready(void* self, char* /*server*/, char* /*local*/, int /*port*/,
                           int /*local_port*/) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const bool repeatable = transfer.request_.method == "GET" || transfer.request_.method == "HEAD";
  // curl sends a request again by itself when a kept connection breaks; only the caller knows
  // whether that is safe.
  if (transfer.times_sent_ > 0 && !repeatable) {
    transfer.refused_repeat_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  ++transfer.times_sent_;
  return CURL_PREREQFUNC_OK;
}

/// A socket that children do not inherit: a child would keep the connection, and its secrets,
/// alive.
curl_socket_t CurlTransfer::on_socket(void* /*unused*/, curlsocktype /*purpose*/,
                                      curl_sockaddr* address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace dmachine::cloud
