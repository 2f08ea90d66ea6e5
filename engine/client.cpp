// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/client.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/json_fields.hpp"
#include "core/text.hpp"
#include "engine/address.hpp"
#include "engine/credentials.hpp"
#include "engine/exchange.hpp"

#include <fmt/format.h>

namespace dmachine::engine {

namespace {

/// What the daemon says about a failure: {"message": "…"}.
std::string daemon_message(const Reply& reply) {
  try {
    const Json answer = parse_json(reply.body);
    if (const std::string message = JsonFields(answer, "ErrorResponse").text("message");
        !message.empty()) {
      return message;
    }
  } catch (const Error&) {
    // no JSON: something else than an engine answers
  }
  return fmt::format("HTTP status {}", reply.status);
}

}  // namespace

Reply get(const Context& ctx, const std::string& url, const TlsFiles& files,
          const std::string& path) {
  const Credentials credentials = load_credentials(files);
  return exchange(ctx, authority_of(url), credentials, path);
}

void check_connection(const Context& ctx, const std::string& url, const TlsFiles& files) {
  try {
    get(ctx, url, files, "/_ping");
  } catch (const Error& error) {
    throw Error(
        error.code(),
        fmt::format(
            "Error checking and/or regenerating the certs: There was an error validating "
            "certificates "
            "for host {}: {}\n"
            "You can attempt to regenerate them using 'docker-machine regenerate-certs [name]'.\n"
            "Be advised that this will trigger a Docker daemon restart which might stop running "
            "containers.\n",
            go_quote(authority_of(url)), error.what()),
        error.hint());
  }
}

std::string version(const Context& ctx, const std::string& url, const TlsFiles& files) {
  const Credentials credentials =
      with_context("Unable to read TLS config", [&] { return load_credentials(files); });
  const std::string authority = authority_of(url);
  const Reply reply = with_context(fmt::format("Get \"https://{}/version\"", authority), [&] {
    return exchange(ctx, authority, credentials, "/version");
  });
  if (reply.status != 200) {
    throw Error(Errc::unavailable, "Error response from daemon: " + daemon_message(reply));
  }
  const Json answer = parse_json(reply.body);
  std::string found = JsonFields(answer, "Version").text("Version");
  if (found.empty()) {
    throw Error(Errc::unavailable, "no version in the engine's answer");
  }
  return found;
}

}  // namespace dmachine::engine
