// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/tenant.hpp"

#include "cloud/retry.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/names.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

std::optional<std::filesystem::path> login_folder() {
  const auto home = find_env("HOME");
  return home ? std::optional(std::filesystem::path(*home) / ".docker" / "machine" / "credentials" /
                              "azure")
              : std::nullopt;
}

std::optional<std::string> tenant_in_challenge(std::string_view header) {
  static constexpr std::string_view mark = "authorization_uri=\"";
  const auto at = header.find(mark);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  auto url = header.substr(at + mark.size());
  url = url.substr(0, url.find('"'));
  while (url.ends_with('/')) {
    url.remove_suffix(1);
  }
  const auto tenant = url.substr(url.rfind('/') + 1);
  return is_guid(tenant) ? std::optional(std::string(tenant)) : std::nullopt;
}

Tenant::Tenant(std::string given, std::string subscription_id, std::string arm,
               cloud::Transport& transport, Backoff backoff)
    : given_(std::move(given)),
      subscription_id_(std::move(subscription_id)),
      arm_(std::move(arm)),
      transport_(transport),
      backoff_(backoff),
      known_(given_) {}

std::optional<std::filesystem::path> Tenant::file() const {
  const auto folder = login_folder();
  return folder ? std::optional(*folder / (subscription_id_ + ".tenantid")) : std::nullopt;
}

std::string Tenant::find(const Context& ctx) {
  const std::lock_guard lock(mutex_);
  if (!known_.empty()) {
    return known_;
  }
  if (const auto path = file()) {
    try {
      known_ = trim(find_file(*path).value_or(""));
    } catch (const Error& error) {
      log::debug("Failed to load tenant ID file: {}", error.what());
    }
  }
  if (!is_guid(known_)) {
    known_ = ask(ctx);
    keep(known_);
  }
  return known_;
}

bool Tenant::correct(std::string_view www_authenticate) {
  const std::lock_guard lock(mutex_);
  const auto right = tenant_in_challenge(www_authenticate);
  if (!given_.empty() || !right || equal_ignoring_case(*right, known_)) {
    return false;
  }
  log::debug("the subscription is in tenant {} now, not in {}", *right, known_);
  known_ = *right;
  keep(known_);
  return true;
}

std::string Tenant::ask(const Context& ctx) const {
  cloud::HttpRequest request;
  request.url =
      fmt::format("{}/subscriptions/{}?api-version=2022-12-01", arm_, url_encode(subscription_id_));
  cloud::RetryPolicy policy;
  policy.backoff = backoff_;
  policy.give_up_after = std::chrono::minutes(1);
  const auto reply = cloud::send_with_retry(ctx, transport_, request, policy);
  if (reply.status == 404) {
    throw Error(Errc::denied, fmt::format("there is no subscription {}", subscription_id_));
  }
  if (reply.status != 401) {
    throw Error(Errc::denied,
                fmt::format("Unexpected response from Get Subscription: {}", reply.status));
  }
  const auto header = reply.header("WWW-Authenticate");
  if (!header) {
    throw Error(Errc::denied, "Header WWW-Authenticate not found in Get Subscription response");
  }
  const auto tenant = tenant_in_challenge(*header);
  if (!tenant) {
    throw Error(Errc::denied, fmt::format("Could not find the tenant ID in header: "
                                          "WWW-Authenticate {}",
                                          go_quote(*header)));
  }
  return *tenant;
}

void Tenant::keep(const std::string& tenant) const {
  const auto path = file();
  if (!path) {
    return;
  }
  try {
    ensure_folder(path->parent_path());
    write_file(*path, tenant, 0600);
  } catch (const Error& error) {
    log::debug("Failed to save tenant ID: {}", error.what());  // asked again next time
  }
}

}  // namespace dmachine::azure
