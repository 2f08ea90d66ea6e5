// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "drivers/azure/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

/// A Python program that is slow to start.
constexpr auto patience = std::chrono::seconds(30);

class AzureCliSource final : public cloud::TokenSource {
 public:
  explicit AzureCliSource(Login login) : login_(std::move(login)) {}

  cloud::Token fetch(const Context& ctx) override {
    auto result = run(ctx);
    if (!result.status.ok()) {
      const std::string said(trim(result.err));
      throw Unconfigured(fmt::format("Azure CLI: {}", said.empty()
                                                          ? to_string(result.status)
                                                          : said.substr(0, said.find('\n'))));
    }
    const Json answer = Json::parse(result.out, nullptr, /*allow_exceptions=*/false);
    wipe(result.out);
    cloud::Token token{Secret(text_of(answer, "accessToken")), login_.client.now()};
    if (token.value.empty()) {
      throw Error(Errc::denied, "the answer of az account get-access-token holds no accessToken");
    }
    // Without expires_on (before 2.54) there is only a local time, which says less than it seems.
    const auto until = number_in(answer, "expires_on");
    token.expires = until ? cloud::WallClock::from_time_t(static_cast<std::time_t>(*until))
                          : login_.client.now() + std::chrono::minutes(10);
    return token;
  }

 private:
  ChildResult run(const Context& ctx) const {
    std::vector<std::string> argv{"az",   "account",    "get-access-token",    "--output",
                                  "json", "--resource", login_.cloud->audience};
    if (!login_.identity.subscription_id.empty()) {
      argv.insert(argv.end(), {"--subscription", login_.identity.subscription_id});
    }
    try {
      return run_child(ctx.within(patience), {argv, {}});
    } catch (const Error& error) {
      ctx.check();
      throw Unconfigured(fmt::format("Azure CLI: {}", error.what()));
    }
  }

  Login login_;
};

}  // namespace

TokenSourcePtr make_azure_cli(Login login) {
  return std::make_unique<AzureCliSource>(std::move(login));
}

}  // namespace dmachine::azure
