// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

#include <cctype>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmachine::test {

/// One expected request and what it is answered with. Built by chaining; see MemoryTransport.
class Exchange {
 public:
  using Answer = std::function<cloud::HttpReply(const Context&, const cloud::HttpRequest&)>;
  using Check = std::function<void(const cloud::HttpRequest&)>;

  Exchange(std::string method, std::string url)
      : method_(std::move(method)), url_(std::move(url)) {}

  /// The request must carry this header with this value, among others.
  Exchange& header(std::string name, std::string value) {
    headers_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  /// The request must not carry this header.
  Exchange& no_header(std::string name) {
    absent_.push_back(std::move(name));
    return *this;
  }
  Exchange& proxy(cloud::HttpRequest::Proxy proxy) {
    proxy_ = proxy;
    return *this;
  }
  /// The body, byte by byte.
  Exchange& body(std::string bytes) {
    body_ = std::move(bytes);
    return *this;
  }
  /// A JSON body with this value, whatever its white space and the order of its keys.
  Exchange& json(std::string_view text) {
    json_ = nlohmann::json::parse(text);
    return *this;
  }
  Exchange& any_body() {
    any_body_ = true;
    return *this;
  }
  /// Whatever else is to be looked at; should use CHECK or REQUIRE.
  Exchange& check(Check check) {
    check_ = std::move(check);
    return *this;
  }

  Exchange& reply(int status, std::string body = {}, cloud::Headers headers = {}) {
    return answer_with([reply = cloud::HttpReply{status, std::move(headers), std::move(body)}](
                           const Context&, const cloud::HttpRequest&) { return reply; });
  }
  Exchange& fail(Errc code, const std::string& message, bool maybe_sent) {
    return answer_with(
        [error = cloud::TransportError(code, message, maybe_sent)](
            const Context&, const cloud::HttpRequest&) -> cloud::HttpReply { throw error; });
  }
  Exchange& answer_with(Answer answer) {
    answer_ = std::move(answer);
    return *this;
  }

  const Answer& answer() const { return answer_; }
  std::string shown() const { return method_ + " " + url_; }

  /// What is wrong with the request; empty when it is the expected one.
  std::vector<std::string> differences(const cloud::HttpRequest& request) const {
    std::vector<std::string> found;
    if (request.method != method_ || !url_fits(request.url)) {
      found.push_back("expected instead: " + shown());
    }
    for (const auto& [name, value] : headers_) {
      const auto sent = cloud::HttpReply{0, request.headers, {}}.header(name);
      if (sent != value) {
        found.push_back("header " + name + " is " + (sent ? *sent : "missing") + ", expected " +
                        value);
      }
    }
    for (const auto& name : absent_) {
      if (cloud::HttpReply{0, request.headers, {}}.header(name)) {
        found.push_back("has a header " + name);
      }
    }
    if (proxy_ && request.proxy != *proxy_) {
      found.emplace_back("has another proxy rule");
    }
    if (const auto body = body_difference(request.body); !body.empty()) {
      found.push_back(body);
    }
    if (found.empty() && check_) {
      check_(request);
    }
    return found;
  }

 private:
  std::string body_difference(const std::string& sent) const {
    if (any_body_) {
      return {};
    }
    if (json_) {
      const auto parsed = nlohmann::json::parse(sent, nullptr, false);
      return parsed == *json_ ? "" : "body is " + sent + ", expected " + json_->dump();
    }
    return sent == body_ ? "" : "body is " + sent + ", expected " + body_;
  }

  bool url_fits(std::string_view url) const {
    static constexpr std::string_view mark = "{uuid}";
    std::string_view wanted = url_;
    for (;;) {
      const auto at = wanted.find(mark);
      if (at == std::string_view::npos) {
        return url == wanted;
      }
      if (url.substr(0, at) != wanted.substr(0, at) || !is_uuid(url.substr(at, 36))) {
        return false;
      }
      url.remove_prefix(at + 36);
      wanted.remove_prefix(at + mark.size());
    }
  }

  static bool is_uuid(std::string_view text) {
    if (text.size() != 36) {
      return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
        return false;
      }
    }
    return true;
  }

  std::string method_;
  std::string url_;
  cloud::Headers headers_;
  std::vector<std::string> absent_;
  std::optional<cloud::HttpRequest::Proxy> proxy_;
  std::string body_;
  std::optional<nlohmann::json> json_;
  bool any_body_ = false;
  Check check_;
  Answer answer_ = [](const Context&, const cloud::HttpRequest&) {
    return cloud::HttpReply{200, {}, {}};
  };
};

}  // namespace dmachine::test
