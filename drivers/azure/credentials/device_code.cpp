// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/credentials/sources.hpp"
#include "drivers/azure/credentials/token_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::azure {

namespace {

constexpr auto early = std::chrono::minutes(5);

/// The device authorization grant (RFC 8628), and what it left from last time.
class DeviceCodeSource final : public cloud::TokenSource {
 public:
  DeviceCodeSource(Login login, Duration pause_unit)
      : login_(std::move(login)), pause_unit_(pause_unit) {
    client_id_ = login_.identity.client_id.empty() ? login_.cloud->device_client_id
                                                   : login_.identity.client_id;
  }

  cloud::Token fetch(const Context& ctx) override {
    if (client_id_.empty()) {
      throw Error(Errc::denied,
                  fmt::format("docker-machine application not set up for Azure environment {}",
                              go_quote(login_.cloud->name)),
                  "give --azure-client-id of an application that you registered, or log in "
                  "another way");
    }
    const std::string tenant = login_.tenant->find(ctx);
    const auto kept = load_token_file(tenant);
    // The token itself is taken once: if it was refused, it is asked for again.
    if (kept && !used_kept_ && !kept->token.value.empty() &&
        login_.client.now() + early < kept->token.expires) {
      used_kept_ = true;
      return kept->token;
    }
    used_kept_ = true;
    auto grant = kept && !kept->refresh_token.empty() ? refresh(ctx, tenant, kept->refresh_token)
                                                      : std::nullopt;
    if (!grant) {
      grant = with_context("Error creating Azure client", [&] { return ask(ctx, tenant); });
    }
    save_token_file(tenant, to_token_file(*grant, login_.cloud->audience, login_.client.now()));
    return grant->token;
  }

 private:
  std::optional<Grant> refresh(const Context& ctx, const std::string& tenant,
                               const Secret& refresh_token) const {
    try {
      auto grant = login_.client.exchange(ctx, login_.token_url(ctx),
                                          {{"grant_type", "refresh_token"},
                                           {"client_id", client_id_},
                                           {"refresh_token", refresh_token.reveal()},
                                           {"scope", scope()}});
      if (grant.refresh_token.empty()) {
        grant.refresh_token = refresh_token;
      }
      return grant;
    } catch (const LoginError& error) {
      if (error.code() != Errc::denied) {
        throw;
      }
      log::debug("the kept login is no longer good: {}", error.what());
      remove_token_file(tenant);
      return std::nullopt;
    }
  }

  Grant ask(const Context& ctx, const std::string& tenant) const {
    const auto url =
        fmt::format("{}/{}/oauth2/v2.0/devicecode", login_.cloud->login, url_encode(tenant));
    const Json answer =
        login_.client.post(ctx, url, {{"client_id", client_id_}, {"scope", scope()}});
    const Secret code(text_of(answer, "device_code"));
    if (code.empty()) {
      throw Error(Errc::unavailable, "the login server gave no device code");
    }
    log::info("({}) Microsoft Azure: {}", login_.identity.machine_name, text_of(answer, "message"));
    const auto lifetime =
        std::clamp<std::int64_t>(number_in(answer, "expires_in").value_or(900), 60, 3600);
    const Context patient = ctx.within(std::chrono::seconds(lifetime));
    auto interval = std::clamp<std::int64_t>(number_in(answer, "interval").value_or(5), 1, 60);
    for (;;) {
      patient.sleep(pause_unit_ * interval);
      try {
        return login_.client.exchange(
            patient, login_.token_url(patient),
            {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
             {"client_id", client_id_},
             {"device_code", code.reveal()}});
      } catch (const LoginError& error) {
        if (error.oauth_code() == "slow_down") {
          interval += 5;
        } else if (error.oauth_code() != "authorization_pending") {
          throw;
        }
      }
    }
  }

  std::string scope() const { return login_.scope() + " offline_access"; }

  Login login_;
  Duration pause_unit_;
  std::string client_id_;
  bool used_kept_ = false;
};

}  // namespace

TokenSourcePtr make_device_code(Login login, Duration pause_unit) {
  return std::make_unique<DeviceCodeSource>(std::move(login), pause_unit);
}

}  // namespace dmachine::azure
