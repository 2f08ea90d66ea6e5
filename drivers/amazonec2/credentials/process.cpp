// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/process.hpp"

#include "core/error.hpp"
#include "core/secret.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

namespace {

constexpr auto limit = std::chrono::minutes(1);

ChildResult run(const Context& ctx, const std::string& command) {
  try {
    return run_child(ctx.within(limit), {{"sh", "-c", command}, {}});
  } catch (const Error& error) {
    ctx.check();
    throw Error(Errc::denied, error.code() == Errc::timeout
                                  ? "credential_process took longer than a minute"
                                  : fmt::format("credential_process: {}", error.what()));
  }
}

}  // namespace

TimedKeys keys_of_process(const Context& ctx, const std::string& command) {
  auto result = run(ctx, command);
  if (!result.status.ok()) {
    throw Error(Errc::denied,
                fmt::format("credential_process failed: {}", to_string(result.status)));
  }
  const Json json = Json::parse(result.out, nullptr, /*allow_exceptions=*/false);
  const Json* version = find_member(json, "Version");
  if (version == nullptr || *version != 1) {
    throw Error(Errc::denied, "credential_process: the answer's \"Version\" is not 1");
  }
  auto found = parse_json_keys(result.out, "SessionToken", "credential_process");
  wipe(result.out);
  return found;
}

}  // namespace dmachine::amazonec2
