// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/client.hpp"

#include "cloud/http_log.hpp"
#include "cloud/url.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/api_error.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

constexpr auto registration_limit = std::chrono::minutes(10);
constexpr std::size_t most_pages = 1000;

/// Lets each single try run to its end: its answer may tell of something that costs money. Between
/// the tries the context counts.
class ShieldedTransport final : public cloud::Transport {
 public:
  explicit ShieldedTransport(cloud::Transport& inner) : inner_(inner) {}

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    return inner_.send(ctx.shielded(request.timeout + request.connect_timeout), request);
  }

 private:
  cloud::Transport& inner_;
};

Json parse_object(const cloud::HttpReply& reply, const Target& target) {
  Json document = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) {
    throw Error(Errc::unavailable, fmt::format("{}: the answer is no JSON object", target.title));
  }
  return document;
}

void log_reply(const std::string& method, const cloud::HttpReply& reply) {
  if (log::is_debug()) {
    log::debug(
        "Azure response  status={} method={} x-ms-request-id={} "
        "x-ms-correlation-request-id={}",
        reply.status, go_quote(method), go_quote(reply.header("x-ms-request-id").value_or("")),
        go_quote(reply.header("x-ms-correlation-request-id").value_or("")));
  }
}

}  // namespace

Client::Client(cloud::Transport& transport, Credentials& credentials, std::string arm,
               std::string subscription_id, Persistence persistence)
    : transport_(transport),
      credentials_(credentials),
      arm_(std::move(arm)),
      subscription_id_(std::move(subscription_id)),
      persistence_(persistence) {}

std::chrono::sys_seconds Client::now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string Client::url_of(const Target& target) const {
  return fmt::format("{}{}?api-version={}{}", arm_, target.id, target.api_version, target.query);
}

cloud::HttpReply Client::exchange(const Context& ctx, const Call& call, const Secret& token) {
  cloud::HttpRequest request;
  request.method = call.method;
  request.url = call.url;
  request.headers = {{"Authorization", "Bearer " + token.reveal()}, {"Accept", "application/json"}};
  if (call.body) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = to_go_json_compact(*call.body);
  }
  cloud::RetryPolicy policy;
  policy.backoff = persistence_.backoff;
  policy.give_up_after = persistence_.give_up_after;
  policy.is_transient = call.when_busy == WhenBusy::repeat ? &is_transient : &is_transient_but_busy;
  ShieldedTransport shielded(transport_);
  auto reply = call.shielded ? cloud::send_with_retry(ctx, shielded, request, policy)
                             : cloud::send_with_retry(ctx, transport_, request, policy);
  log_reply(call.method, reply);
  return reply;
}

cloud::HttpReply Client::send(const Context& ctx, const Call& call) {
  auto token = credentials_.token->fetch(ctx);
  auto reply = exchange(ctx, call, token.value);
  if (reply.status == 401) {
    // Revoked before its time, or our clock is wrong, or the subscription has moved.
    if (credentials_.tenant &&
        parse_api_error(reply).fault().has_code("InvalidAuthenticationTokenTenant")) {
      credentials_.tenant->correct(reply.header("WWW-Authenticate").value_or(""));
    }
    credentials_.token->forget(token.value);
    token = credentials_.token->fetch(ctx);
    reply = exchange(ctx, call, token.value);
  }
  if (reply.status < 200 || reply.status > 299) {
    throw parse_api_error(reply);
  }
  return reply;
}

std::optional<Json> Client::find(const Context& ctx, const Target& target) {
  try {
    return get(ctx, target);
  } catch (const ApiError& error) {
    if (error.is_gone()) {
      return std::nullopt;
    }
    throw;
  }
}

Json Client::get(const Context& ctx, const Target& target) {
  return parse_object(send(ctx, {.method = "GET", .url = url_of(target)}), target);
}

std::optional<Json> Client::find_first(const Context& ctx, const Target& target) {
  const auto reply = send(ctx, {.method = "GET", .url = url_of(target)});
  const Json document = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  return document.is_array() && !document.empty() ? std::optional(document.front()) : std::nullopt;
}

Json Client::list(const Context& ctx, const Target& target) {
  Json all = Json::array();
  std::string url = url_of(target);
  for (std::size_t page = 0; !url.empty() && page < most_pages; ++page) {
    const Json document = parse_object(send(ctx, {.method = "GET", .url = url}), target);
    if (const Json* items = find_member(document, "value"); items != nullptr && items->is_array()) {
      all.insert(all.end(), items->begin(), items->end());
    }
    const Json* next = find_member(document, "nextLink");
    url = next != nullptr && next->is_string() ? next->get<std::string>() : std::string();
    if (!url.empty()) {
      cloud::require_private(url, "the URL of the next page");
    }
  }
  return all;
}

Operation Client::put(const Context& ctx, const Target& target, const Json& body,
                      WhenBusy when_busy) {
  const Call call{.method = "PUT",
                  .url = url_of(target),
                  .body = body,
                  .shielded = true,
                  .when_busy = when_busy};
  try {
    return parse_operation(send(ctx, call), call.url, now());
  } catch (const ApiError& error) {
    if (!error.fault().has_code("MissingSubscriptionRegistration")) {
      throw;
    }
  }
  register_provider(ctx, target.provider());
  return parse_operation(send(ctx, call), call.url, now());
}

void Client::register_provider(const Context& ctx, const std::string& provider) {
  log::info("Registering subscription to resource provider.  ns={} subs={}", go_quote(provider),
            go_quote(subscription_id_));
  const Target target = provider_registration(subscription_id_, provider);
  send(ctx, {.method = "POST", .url = url_of(target.below("/register"))});
  poll(ctx.within(registration_limit), target.title + " to be registered", persistence_.operation,
       [&]() -> std::optional<bool> {
         const Json document = get(ctx, target);
         const Json* state = find_member(document, "registrationState");
         const bool registered = state != nullptr && *state == "Registered";
         return registered ? std::optional(true) : std::nullopt;
       });
}

std::optional<Operation> Client::remove(const Context& ctx, const Target& target) {
  const std::string url = url_of(target);
  try {
    const auto reply = send(ctx, {.method = "DELETE", .url = url, .shielded = true});
    if (reply.status == 204) {
      return std::nullopt;
    }
    return parse_operation(reply, url, now());
  } catch (const ApiError& error) {
    if (error.is_gone()) {
      return std::nullopt;
    }
    throw;
  }
}

Operation Client::post(const Context& ctx, const Target& target) {
  return parse_operation(send(ctx, {.method = "POST", .url = url_of(target)}), url_of(target),
                         now());
}

cloud::HttpReply Client::look(const Context& ctx, const std::string& url) {
  cloud::require_private(url, "the URL of an operation");
  return send(ctx, {.method = "GET", .url = url});
}

}  // namespace dmachine::azure
