// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

#include <regex>

namespace dmachine::google {

namespace {

/// A kept answer that is expired or tells of a failure is no answer, but no mistake either: the
/// program is asked again.
class Outdated : public Error {
 public:
  using Error::Error;
};

/// Source: https://google.aip.dev/auth/4117, "Determining the subject token in executable-sourced
/// credentials".
class ExecutableSubject {
 public:
  ExecutableSubject(const Json& credentials, const TokenClient& client) : client_(client) {
    const Json& executable = member(member(credentials, "credential_source"), "executable");
    output_file_ = text(executable, "output_file");
    for (const auto& word : split(replace_all(required(executable, "command"), "\t", " "), ' ')) {
      if (!word.empty()) {
        argv_.push_back(word);
      }
    }
    if (argv_.empty()) {
      throw Error(Errc::invalid, "missing \"command\" field in credentials");
    }
    set_timeout(member(executable, "timeout_millis"));
    set_environment(credentials);
  }

  Secret operator()(const Context& ctx) const {
    if (!output_file_.empty()) {
      if (const auto kept = find_kept(); !kept.empty()) {
        try {
          return parse(kept, "output file");
        } catch (const Outdated&) {  // NOLINT(bugprone-empty-catch): see Outdated
        }
      }
    }
    if (find_env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") != "1") {
      throw Error(Errc::denied,
                  "executables need to be explicitly allowed (set "
                  "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES to '1') to run");
    }
    auto result = run(ctx);
    if (!result.status.ok()) {
      throw Error(Errc::denied, fmt::format("executable command {} failed: {}", go_quote(argv_[0]),
                                            to_string(result.status)));
    }
    auto& answer = trim(result.out).empty() ? result.err : result.out;
    auto token = parse(answer, "response");
    wipe(answer);
    return token;
  }

 private:
  void set_timeout(const Json& milliseconds) {
    if (milliseconds.is_null()) {
      return;
    }
    if (!milliseconds.is_number_integer() || milliseconds < 5000 || milliseconds > 120000) {
      throw Error(Errc::invalid,
                  "invalid \"timeout_millis\" field — executable timeout must be between 5 and 120 "
                  "seconds");
    }
    timeout_ = Duration(milliseconds.get<int>());
  }

  void set_environment(const Json& credentials) {
    const std::string prefix = "GOOGLE_EXTERNAL_ACCOUNT_";
    environment_ = {prefix + "AUDIENCE=" + text(credentials, "audience"),
                    prefix + "TOKEN_TYPE=" + text(credentials, "subject_token_type"),
                    prefix + "INTERACTIVE=0"};
    const auto url = text(credentials, "service_account_impersonation_url");
    std::smatch match;
    if (std::regex_search(url, match,
                          std::regex("/serviceAccounts/([^/]+@[^/]+):generateAccessToken$"))) {
      environment_.push_back(prefix + "IMPERSONATED_EMAIL=" + match[1].str());
    }
    if (!output_file_.empty()) {
      environment_.push_back(prefix + "OUTPUT_FILE=" + output_file_);
    }
  }

  std::string find_kept() const {
    try {
      return find_file(output_file_).value_or("");
    } catch (const Error&) {
      return {};  // as one that is not there yet
    }
  }

  ChildResult run(const Context& ctx) const {
    try {
      return run_child(ctx.within(timeout_), {argv_, {}, environment_});
    } catch (const Error& error) {
      const auto why =
          error.code() == Errc::timeout && ctx.remaining() > Duration::zero()
              ? fmt::format("it took longer than {} s", timeout_ / std::chrono::seconds(1))
              : error.what();
      throw Error(error.code() == Errc::timeout ? Errc::timeout : Errc::denied,
                  fmt::format("executable command {} failed: {}", go_quote(argv_[0]), why));
    }
  }

  Secret parse(const std::string& answer, std::string_view where) const {
    const Json json = Json::parse(answer, nullptr, /*allow_exceptions=*/false);
    const auto fail = [&](const std::string& why) {
      throw Error(Errc::denied, fmt::format("executable {} {}", where, why));
    };
    const auto missing = [&](std::string_view key) {
      fail(fmt::format("is missing the field {}", go_quote(key)));
    };
    if (!json.is_object()) {
      fail("is no JSON object");
    }
    const Json& version = member(json, "version");
    if (!version.is_number_integer()) {
      missing("version");
    }
    const Json& success = member(json, "success");
    if (!success.is_boolean()) {
      missing("success");
    }
    if (!success.get<bool>()) {
      throw Outdated(Errc::denied, fmt::format("executable {} tells of a failure: ({}) {}", where,
                                               text(json, "code"), text(json, "message")));
    }
    if (version != 1) {
      fail(fmt::format("has the unsupported version {}", version.dump()));
    }
    check_expiration(member(json, "expiration_time"), missing);
    const auto type = text(json, "token_type");
    const bool is_saml = type == "urn:ietf:params:oauth:token-type:saml2";
    if (!is_saml && type != "urn:ietf:params:oauth:token-type:jwt" &&
        type != "urn:ietf:params:oauth:token-type:id_token") {
      fail(fmt::format("has the unsupported token type {}", go_quote(type)));
    }
    const auto* key = is_saml ? "saml_response" : "id_token";
    Secret token(text(json, key));
    if (token.empty()) {
      missing(key);
    }
    return token;
  }

  template <typename Missing>
  void check_expiration(const Json& time, const Missing& missing) const {
    if (!time.is_number() && !output_file_.empty()) {
      missing("expiration_time");
    }
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(client_.now().time_since_epoch()).count();
    if (time.is_number() && time.get<std::int64_t>() < now) {
      throw Outdated(Errc::denied, "the token returned by the executable is expired");
    }
  }

  TokenClient client_;
  std::vector<std::string> argv_;
  std::vector<std::string> environment_;
  std::string output_file_;
  Duration timeout_ = std::chrono::seconds(30);
};

}  // namespace

SubjectToken subject_from_executable(const Json& credentials, const TokenClient& client) {
  return ExecutableSubject(credentials, client);
}

}  // namespace dmachine::google
