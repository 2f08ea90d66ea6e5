// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/credentials.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/home.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/metadata_server.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace dmachine::google {

namespace {

namespace fs = std::filesystem;

/// Margins for what is on its way when a token ends. The metadata server hands out the same token
/// until 225 s before its end.
constexpr auto early = std::chrono::seconds(10);
constexpr auto early_from_metadata = std::chrono::seconds(225);

/// Runs `work`; failures are told with `doing` before them. Never as not_found, which from a driver
/// means that the cloud knows no such machine.
template <typename Work>
auto finding(const std::string& doing, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(error.code() == Errc::not_found ? Errc::denied : error.code(),
                doing + ": " + error.what(), error.hint());
  }
}

Credentials parse(std::string content, cloud::Transport& transport,
                  const CredentialOptions& options) {
  const Json json = parse_json(content);
  wipe(content);
  const TokenClient client(transport, options.now, options.backoff);
  Credentials credentials;
  credentials.token = std::make_unique<cloud::CachedToken>(make_source(json, options.scope, client),
                                                           early, options.now);
  credentials.quota_project =
      find_env("GOOGLE_CLOUD_QUOTA_PROJECT").value_or(text(json, "quota_project_id"));
  credentials.universe_domain = universe_domain(json);
  return credentials;
}

std::vector<fs::path> well_known_files() {
  constexpr const char* name = "application_default_credentials.json";
  std::vector<fs::path> files;
  if (const auto folder = find_env("CLOUDSDK_CONFIG")) {
    files.push_back(fs::path(*folder) / name);
  }
  if (const auto folder = home_folder(); !folder.empty()) {
    files.push_back(folder / ".config" / "gcloud" / name);
  }
  return files;
}

/// Nothing for a file that cannot be read: gcloud may have written it as root.
std::optional<std::string> read_if_possible(const fs::path& path) {
  try {
    return find_file(path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Credentials of_metadata_server(const Context& ctx, const std::string& host,
                               cloud::Transport& transport, const CredentialOptions& options) {
  Credentials credentials;
  credentials.token = std::make_unique<cloud::CachedToken>(
      make_metadata_source(host, options.scope, transport, options.now, options.metadata_backoff),
      early_from_metadata, options.now);
  credentials.quota_project = find_env("GOOGLE_CLOUD_QUOTA_PROJECT").value_or("");
  credentials.universe_domain = metadata_universe(ctx, host, transport, options.metadata_backoff);
  return credentials;
}

}  // namespace

Credentials find_credentials(const Context& ctx, cloud::Transport& transport,
                             const CredentialOptions& options) {
  if (!options.encoded_json.empty()) {
    return finding("google: error getting credentials using --google-auth-encoded-json", [&] {
      const auto& text = options.encoded_json.reveal();
      return parse(base64_decode(trim(text)).value_or(text), transport, options);
    });
  }
  if (const auto path = find_env("GOOGLE_APPLICATION_CREDENTIALS")) {
    return finding(
        "google: error getting credentials using GOOGLE_APPLICATION_CREDENTIALS environment "
        "variable",
        [&] { return parse(read_file(*path), transport, options); });
  }
  for (const auto& path : well_known_files()) {
    if (auto content = read_if_possible(path)) {
      return finding(fmt::format("google: error getting credentials using well-known file ({})",
                                 path.string()),
                     [&] { return parse(*std::move(content), transport, options); });
    }
  }
  if (const auto host = find_metadata_server(ctx, transport, options.product_name)) {
    return finding("google: error getting credentials using the metadata server",
                   [&] { return of_metadata_server(ctx, *host, transport, options); });
  }
  throw Error(Errc::denied,
              "google: could not find default credentials. See "
              "https://developers.google.com/accounts/docs/application-default-credentials for "
              "more information.",
              "set GOOGLE_APPLICATION_CREDENTIALS to a key file, or run gcloud auth "
              "application-default login");
}

}  // namespace dmachine::google
