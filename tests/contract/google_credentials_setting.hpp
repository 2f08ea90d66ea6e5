// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials.hpp"
#include "tests/support/memory_transport.hpp"
#include "tests/support/temp.hpp"

#include <map>
#include <string>

namespace dmachine::test {

/// An environment without any credentials, a clock that stands, and a transport with a script.
class CredentialsSetting {
 public:
  CredentialsSetting() {
    options.now = [this] { return now; };
    options.backoff = options.metadata_backoff = Backoff{Duration(1), Duration(1)};
    options.product_name = home / "product_name";
    for (const auto* name :
         {"GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "GCE_METADATA_HOST",
          "GOOGLE_CLOUD_QUOTA_PROJECT", "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "AWS_REGION",
          "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
          "AWS_SESSION_TOKEN"}) {
      set(name, "");
    }
    set("HOME", home.path().string());
  }

  void set(const std::string& name, const std::string& value) {
    environment.erase(name);
    environment.try_emplace(name, name, value);
  }

  /// Makes this the file that GOOGLE_APPLICATION_CREDENTIALS names.
  void use(const Json& credentials) {
    write_file(home / "credentials.json", credentials.dump(), 0600);
    set("GOOGLE_APPLICATION_CREDENTIALS", (home / "credentials.json").string());
  }

  google::Credentials find() { return google::find_credentials(Context(), cloud, options); }
  std::string fetch(google::Credentials& credentials) {
    return credentials.token->fetch(Context()).value.reveal();
  }
  std::string fetch() {
    auto credentials = find();
    return fetch(credentials);
  }

  /// The error of `work`.
  template <typename Work>
  static Error failure_of(Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      CHECK(error.code() != Errc::not_found);
      return error;
    }
    FAIL("did not fail");
    throw std::logic_error("not reached");
  }

  TempFolder home;
  std::map<std::string, ScopedEnv> environment;
  cloud::WallClock::time_point now{std::chrono::seconds(1'800'000'000)};
  google::CredentialOptions options;
  MemoryTransport cloud;
};

inline std::string test_key() {
  return read_file(DMACHINE_SOURCE_DIR "/tests/data/jwt/rfc7515_a2_pkcs8.pem");
}

inline Json service_account() {
  return {{"type", "service_account"},
          {"project_id", "p"},
          {"private_key_id", "key-1"},
          {"private_key", test_key()},
          {"client_email", "robot@p.iam.gserviceaccount.com"},
          {"token_uri", "https://token.test/token"}};
}

inline Json authorized_user() {
  return {{"type", "authorized_user"},
          {"client_id", "id.apps"},
          {"client_secret", "planted-client-secret"},
          {"refresh_token", "1//0planted-refresh"}};
}

inline const std::string granted =
    R"({"access_token": "ya29.granted", "expires_in": 3599, "token_type": "Bearer"})";
inline const std::string scope = "https://www.googleapis.com/auth/compute";
inline const std::string cloud_platform = "https://www.googleapis.com/auth/cloud-platform";

/// The fields of a form that was sent, decoded.
inline std::map<std::string, std::string> form_of(const cloud::HttpRequest& request) {
  std::map<std::string, std::string> fields;
  for (const auto& pair : split(request.body, '&')) {
    const auto equals = pair.find('=');
    std::string value;
    for (std::size_t i = equals + 1; i < pair.size(); ++i) {
      if (pair[i] == '%') {
        value += static_cast<char>(std::stoi(pair.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        value += pair[i];
      }
    }
    fields[pair.substr(0, equals)] = value;
  }
  return fields;
}

}  // namespace dmachine::test
