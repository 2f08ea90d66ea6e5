// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

namespace {

std::optional<std::string> first_of(const char* name, const char* old_name) {
  auto value = find_env(name);
  return value ? value : find_env(old_name);
}

class Environment final : public KeySource {
 public:
  std::optional<TimedKeys> fetch(const Context& /*ctx*/) override {
    const auto id = first_of("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
    const auto secret = first_of("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY");
    if (!id && !secret) {
      return std::nullopt;
    }
    if (!id || !secret) {
      throw Error(Errc::denied,
                  fmt::format("half a pair of AWS keys in the environment: {} is not set",
                              id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"));
    }
    return TimedKeys{{*id, Secret(*secret), Secret(find_env("AWS_SESSION_TOKEN").value_or(""))}};
  }
};

}  // namespace

std::unique_ptr<KeySource> environment_source() {
  return std::make_unique<Environment>();
}

}  // namespace dmachine::amazonec2
