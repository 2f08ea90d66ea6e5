// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_credentials_setting.hpp"

#include <sys/stat.h>

using namespace dmachine;
using namespace dmachine::test;
using namespace std::chrono_literals;
using Proxy = cloud::HttpRequest::Proxy;

namespace {

const std::string audience =
    "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q";
const std::string jwt_type = "urn:ietf:params:oauth:token-type:jwt";
const std::string sts = "https://sts.test/v1/token";

class Setting : public CredentialsSetting {
 public:
  /// Credentials of this source, with changes; null takes a field away.
  Json external(const Json& source, const Json& changes = Json::object()) {
    Json json{{"type", "external_account"},
              {"audience", audience},
              {"subject_token_type", jwt_type},
              {"token_url", sts},
              {"credential_source", source}};
    for (const auto& change : changes.items()) {
      json[change.key()] = change.value();
    }
    return json;
  }

  /// A file whose subject token is "subject/1".
  Json file_source() {
    write_file(home / "subject", " subject/1\n", 0600);
    return {{"file", (home / "subject").string()}};
  }

  Json executable(const std::string& script, const Json& more = Json::object()) {
    write_file(home / "program", "#!/bin/sh\n" + script, 0700);
    set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    Json fields{{"command", (home / "program").string() + "  one two"}};
    fields.update(more);
    return {{"executable", fields}};
  }

  Exchange& expect_exchange(const std::string& subject, const std::string& wanted_scope = scope) {
    return cloud.expect("POST", sts)
        .any_body()
        .check([=](const cloud::HttpRequest& request) {
          CHECK(form_of(request) ==
                std::map<std::string, std::string>{
                    {"audience", audience},
                    {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                    {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                    {"subject_token_type", jwt_type},
                    {"subject_token", subject},
                    {"scope", wanted_scope}});
        })
        .reply(200, granted);
  }

  std::string failure() {
    return failure_of([&] { fetch(); }).what();
  }
};

}  // namespace

TEST_CASE("A file's token is exchanged, and read anew each time") {
  Setting s;
  s.use(s.external(s.file_source()));
  auto credentials = s.find();
  s.cloud.expect("POST", sts)
      .header("Content-Type", "application/x-www-form-urlencoded")
      .no_header("Authorization")
      .body(
          "audience=%2F%2Fiam.googleapis.com%2Fprojects%2F1%2Flocations%2Fglobal%"
          "2FworkloadIdentityPools%2Fp%2Fproviders%2Fq"
          "&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
          "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
          "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token="
          "subject%2F1"
          "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcompute")
      .reply(200, granted);
  CHECK(s.fetch(credentials) == "ya29.granted");
  write_file(s.home / "subject", "subject/2", 0600);
  s.now += 3600s;
  s.expect_exchange("subject/2");
  s.fetch(credentials);
}

TEST_CASE("A field of a JSON file") {
  Setting s;
  auto source = s.file_source();
  source["format"] = {{"type", "json"}, {"subject_token_field_name", "id_token"}};
  s.use(s.external(source));
  SECTION("is taken") {
    write_file(s.home / "subject", R"({"id_token": "in json"})", 0600);
    s.expect_exchange("in json");
    s.fetch();
  }
  SECTION("is missing") {
    for (const auto* content : {"{}", R"({"id_token": 7})", "planted", "[]"}) {
      write_file(s.home / "subject", content, 0600);
      CHECK(s.failure() == "the credential source has no text in its field \"id_token\"");
    }
  }
}

TEST_CASE("Files without a token, and sources that make no sense") {
  Setting s;
  auto source = s.file_source();
  SECTION("empty") {
    write_file(s.home / "subject", " \n", 0600);
    s.use(s.external(source));
    CHECK(s.failure() == "the credential source holds an empty subject token");
  }
  SECTION("not there") {
    source["file"] = "/nonexistent/subject";
    s.use(s.external(source));
    CHECK(s.failure() == "open /nonexistent/subject: no such file or directory");
  }
  SECTION("unknown format") {
    source["format"] = {{"type", "xml"}};
    s.use(s.external(source));
    CHECK_THAT(s.failure(), EndsWith("unknown format \"xml\" of the credential source"));
  }
  SECTION("unknown source") {
    s.use(s.external({{"certificate", Json::object()}}));
    CHECK_THAT(s.failure(), EndsWith("unable to parse credential source"));
  }
  SECTION("no source") {
    s.use(s.external(nullptr));
    CHECK_THAT(s.failure(), EndsWith("missing \"credential_source\" field in credentials"));
  }
  SECTION("AWS of another version") {
    s.use(s.external({{"environment_id", "aws2"}}));
    CHECK_THAT(s.failure(), EndsWith("aws version \"2\" is not supported"));
  }
  SECTION("no audience") {
    s.use(s.external(source, {{"audience", nullptr}}));
    CHECK_THAT(s.failure(), EndsWith("missing \"audience\" field in credentials"));
  }
  SECTION("an exchange in the clear") {
    s.use(s.external(source, {{"token_url", "http://sts.test/"}}));
    CHECK_THAT(s.failure(),
               EndsWith("token_url \"http://sts.test/\" would send credentials unencrypted"));
  }
  SECTION("an impersonation in the clear") {
    s.use(s.external(source, {{"service_account_impersonation_url", "http://iam.test/"}}));
    CHECK_THAT(s.failure(), EndsWith("service_account_impersonation_url \"http://iam.test/\" would "
                                     "send credentials unencrypted"));
  }
}

TEST_CASE("Defaults and extras of the exchange") {
  Setting s;
  SECTION("the token URL follows the universe") {
    s.use(s.external(s.file_source(), {{"token_url", nullptr}, {"universe_domain", "u.example"}}));
    s.cloud.expect("POST", "https://sts.u.example/v1/token").any_body().reply(200, granted);
    s.fetch();
  }
  SECTION("a client proves itself") {
    s.use(s.external(s.file_source(), {{"client_id", "id"}, {"client_secret", "secret"}}));
    s.expect_exchange("subject/1").header("Authorization", "Basic aWQ6c2VjcmV0");
    s.fetch();
  }
  SECTION("a workforce pool names the project to charge") {
    const std::string pool = "//iam.googleapis.com/locations/global/workforcePools/p/providers/q";
    s.use(s.external(s.file_source(),
                     {{"audience", pool}, {"workforce_pool_user_project", "payer"}}));
    s.cloud.expect("POST", sts)
        .any_body()
        .check([](const cloud::HttpRequest& request) {
          CHECK(form_of(request)["options"] == R"({"userProject":"payer"})");
        })
        .reply(200, granted);
    s.fetch();
  }
  SECTION("which others must not") {
    s.use(s.external(s.file_source(), {{"workforce_pool_user_project", "payer"}}));
    CHECK_THAT(
        s.failure(),
        EndsWith(
            "workforce_pool_user_project should not be set for non-workforce pool credentials"));
  }
  SECTION("an answer without an end is refused") {
    s.use(s.external(s.file_source()));
    s.cloud.expect("POST", sts).any_body().reply(200, R"({"access_token": "a", "expires_in": 0})");
    CHECK(s.failure() == "oauth2/google: got invalid expiry from security token service");
  }
  SECTION("a refusal does not show what was sent") {
    s.use(s.external(s.file_source(), {{"client_id", "id"}, {"client_secret", "secret"}}));
    s.cloud.expect("POST", sts)
        .any_body()
        .reply(400, R"({"error": "invalid_grant", "x": "subject/1 aWQ6c2VjcmV0"})");
    CHECK(
        s.failure() ==
        R"(oauth2/google: status code 400: {"error": "invalid_grant", "x": "[redacted] [redacted]"})");
  }
}

TEST_CASE("An external account that impersonates asks for two different scopes") {
  Setting s;
  const std::string url = "https://iam.test/v1/projects/-/serviceAccounts/t@p:generateAccessToken";
  s.use(s.external(s.file_source(),
                   {{"service_account_impersonation_url", url},
                    {"service_account_impersonation", {{"token_lifetime_seconds", 900}}}}));
  s.expect_exchange("subject/1", cloud_platform);
  s.cloud.expect("POST", url)
      .header("Authorization", "Bearer ya29.granted")
      .body(R"({"lifetime":"900s","scope":["https://www.googleapis.com/auth/compute"]})")
      .reply(200, R"({"accessToken": "as-target", "expireTime": "2027-01-15T08:15:00Z"})");
  CHECK(s.fetch() == "as-target");
  s.use(s.external(s.file_source(),
                   {{"service_account_impersonation_url", url},
                    {"service_account_impersonation", {{"token_lifetime_seconds", 10}}}}));
  CHECK_THAT(s.failure(),
             EndsWith("token_lifetime_seconds in credentials must be between 600 and 43200"));
}

TEST_CASE("A URL's token") {
  Setting s;
  s.use(s.external({{"url", "http://169.254.169.254/identity?resource=x"},
                    {"headers", {{"Metadata", "True"}}},
                    {"format", {{"type", "json"}, {"subject_token_field_name", "access_token"}}}}));
  SECTION("is fetched past the proxy") {
    s.cloud.expect("GET", "http://169.254.169.254/identity?resource=x")
        .header("Metadata", "True")
        .proxy(Proxy::never)
        .reply(200, R"({"access_token": "from url"})");
    s.expect_exchange("from url");
    s.fetch();
  }
  SECTION("is refused") {
    s.cloud.expect("GET", "http://169.254.169.254/identity?resource=x").reply(403, "no");
    CHECK(s.failure() ==
          "unable to retrieve the subject token from "
          "http://169.254.169.254/identity?resource=[redacted]: status code 403: no");
  }
  SECTION("comes through the proxy from elsewhere") {
    s.use(s.external({{"url", "https://ci.test/token"}}));
    s.cloud.expect("GET", "https://ci.test/token")
        .proxy(Proxy::environment)
        .reply(200, "from ci\n");
    s.expect_exchange("from ci");
    s.fetch();
  }
}

TEST_CASE("A program's token") {
  Setting s;
  const std::string answer =
      R"({"version": 1, "success": true, "token_type": "urn:ietf:params:oauth:token-type:jwt", "id_token": ")";
  SECTION("with what it is told") {
    const auto source =
        s.executable("printf '%s' '" + answer +
                     "'\"$1/$2/$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE/"
                     "$GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE/$GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE/"
                     "$GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL\"'\"}'");
    s.use(s.external(source,
                     {{"service_account_impersonation_url",
                       "https://iam.test/v1/projects/-/serviceAccounts/t@p:generateAccessToken"}}));
    s.expect_exchange("one/two/" + audience + "/" + jwt_type + "/0/t@p", cloud_platform);
    s.cloud.expect("POST", "https://iam.test/v1/projects/-/serviceAccounts/t@p:generateAccessToken")
        .any_body()
        .reply(200, R"({"accessToken": "as-target", "expireTime": "2027-01-15T08:15:00Z"})");
    CHECK(s.fetch() == "as-target");
  }
  SECTION("on stderr, as SAML") {
    s.use(s.external(s.executable(
        R"(echo '{"version": 1, "success": true, "token_type": "urn:ietf:params:oauth:token-type:saml2", "saml_response": "<saml>"}' >&2)")));
    s.expect_exchange("<saml>");
    s.fetch();
  }
  SECTION("must be allowed") {
    s.use(s.external(s.executable("touch \"$HOME/ran\"")));
    s.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "true");
    CHECK_THAT(s.failure(), StartsWith("executables need to be explicitly allowed"));
    CHECK_FALSE(std::filesystem::exists(s.home / "ran"));
  }
  SECTION("failures") {
    struct Case {
      std::string script;
      std::string why;
    };
    const std::vector<Case> cases{
        {"exit 3", "failed: exit status 3"},
        {"echo planted", "executable response is no JSON object"},
        {R"(echo '{"success": true}')", "executable response is missing the field \"version\""},
        {R"(echo '{"version": 1}')", "executable response is missing the field \"success\""},
        {R"(echo '{"version": 2, "success": true}')",
         "executable response has the unsupported version 2"},
        {R"(echo '{"version": 1, "success": false, "code": "401", "message": "log in first"}')",
         "executable response tells of a failure: (401) log in first"},
        {R"(echo '{"version": 1, "success": true, "token_type": "x"}')",
         "executable response has the unsupported token type \"x\""},
        {"echo '" + answer + "\"}'", "executable response is missing the field \"id_token\""},
        {"echo '" + answer + "planted\", \"expiration_time\": 1799999999}'",
         "the token returned by the executable is expired"},
    };
    for (const auto& [script, why] : cases) {
      INFO(script);
      s.use(s.external(s.executable(script)));
      const auto failure = s.failure();
      CHECK_THAT(failure, EndsWith(why) && !ContainsSubstring("planted"));
    }
    s.use(s.external({{"executable", {{"command", "/nonexistent/program"}}}}));
    CHECK(s.failure() ==
          "executable command \"/nonexistent/program\" failed: fork/exec /nonexistent/program: no "
          "such file or directory");
    for (const Json& bad : {Json(4999), Json(120001), Json("5000")}) {
      s.use(s.external(s.executable("", {{"timeout_millis", bad}})));
      CHECK_THAT(s.failure(),
                 ContainsSubstring("executable timeout must be between 5 and 120 seconds"));
    }
    s.use(s.external({{"executable", {{"command", " "}}}}));
    CHECK_THAT(s.failure(), EndsWith("missing \"command\" field in credentials"));
  }
  SECTION("ends with the context") {
    s.use(s.external(s.executable("sleep 20")));
    auto credentials = s.find();
    const auto start = Clock::now();
    CHECK(Setting::failure_of([&] { credentials.token->fetch(Context().within(200ms)); }).code() ==
          Errc::timeout);
    CHECK(Clock::now() - start < 3s);
  }
}

TEST_CASE("A program's token that is kept in a file") {
  Setting s;
  const auto kept = s.home / "kept.json";
  const auto answer = [](const std::string& token, long expires) {
    return R"({"version": 1, "success": true, "token_type": "urn:ietf:params:oauth:token-type:id_token", "id_token": ")" +
           token + R"(", "expiration_time": )" + std::to_string(expires) + "}";
  };
  s.use(s.external(s.executable("echo '" + answer("fresh", 1800000100) + "'",
                                {{"output_file", kept.string()}})));
  SECTION("is used without running the program") {
    s.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "");
    write_file(kept, answer("kept", 1800000001), 0600);
    s.expect_exchange("kept");
    s.fetch();
  }
  SECTION("is not there, empty, expired, or tells of a failure: the program is run") {
    for (const auto& content :
         {std::string("absent"), std::string(), answer("old", 1799999999),
          std::string(R"({"version": 1, "success": false, "code": "1", "message": "m"})")}) {
      if (content != "absent") {
        write_file(kept, content, 0600);
      }
      s.expect_exchange("fresh");
      s.fetch();
    }
  }
  SECTION("is broken") {
    write_file(kept, "planted", 0600);
    CHECK(s.failure() == "executable output file is no JSON object");
  }
  SECTION("needs to say when it ends") {
    s.use(s.external(s.executable(R"(echo '{"version": 1, "success": true, "token_type": "x"}')",
                                  {{"output_file", kept.string()}})));
    CHECK(s.failure() == "executable response is missing the field \"expiration_time\"");
  }
}

TEST_CASE("An identity of AWS is proven by a signed request") {
  Setting s;
  const Json source{
      {"environment_id", "aws1"},
      {"region_url", "http://169.254.169.254/zone"},
      {"url", "http://169.254.169.254/roles"},
      {"imdsv2_session_token_url", "http://169.254.169.254/session"},
      {"regional_cred_verification_url",
       "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"}};
  s.use(s.external(source));
  const auto expect_subject = [&](const std::string& region, const std::string& signed_headers,
                                  const Json& session) {
    s.cloud.expect("POST", sts)
        .any_body()
        .check([=](const cloud::HttpRequest& request) {
          auto decoded = form_of(request)["subject_token"];
          cloud::HttpRequest twice;
          twice.body = "x=" + decoded;
          const auto subject = parse_json(form_of(twice)["x"]);
          CHECK(subject["url"] == "https://sts." + region +
                                      ".amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15");
          CHECK(subject["method"] == "POST");
          std::map<std::string, std::string> headers;
          std::string last;
          for (const auto& header : subject["headers"]) {
            headers[header["key"]] = header["value"];
            CHECK(last < header["key"].get<std::string>());
            last = header["key"];
          }
          CHECK(headers["host"] == "sts." + region + ".amazonaws.com");
          CHECK(headers["x-amz-date"] == "20270115T080000Z");
          CHECK(headers["x-goog-cloud-target-resource"] == audience);
          CHECK(headers["x-amz-security-token"] ==
                (session.is_null() ? "" : session.get<std::string>()));
          CHECK_THAT(
              headers["Authorization"],
              StartsWith("AWS4-HMAC-SHA256 Credential=AKID/20270115/" + region +
                         "/sts/aws4_request, SignedHeaders=" + signed_headers + ", Signature="));
          CHECK_THAT(headers["Authorization"], !ContainsSubstring("planted"));
        })
        .reply(200, granted);
  };
  SECTION("with everything in the environment") {
    s.set("AWS_REGION", "eu-west-1");
    s.set("AWS_ACCESS_KEY_ID", "AKID");
    s.set("AWS_SECRET_ACCESS_KEY", "planted-secret");
    expect_subject("eu-west-1", "host;x-amz-date;x-goog-cloud-target-resource", nullptr);
    s.fetch();
  }
  SECTION("with everything from the instance") {
    s.cloud.expect("PUT", "http://169.254.169.254/session")
        .header("X-aws-ec2-metadata-token-ttl-seconds", "300")
        .proxy(Proxy::never)
        .reply(200, "session");
    s.cloud.expect("GET", "http://169.254.169.254/roles")
        .header("X-aws-ec2-metadata-token", "session")
        .reply(200, "my-role\n");
    s.cloud.expect("GET", "http://169.254.169.254/roles/my-role")
        .header("X-aws-ec2-metadata-token", "session")
        .reply(200,
               R"({"AccessKeyId": "AKID", "SecretAccessKey": "planted", "Token": "temporary"})");
    s.cloud.expect("GET", "http://169.254.169.254/zone")
        .header("X-aws-ec2-metadata-token", "session")
        .reply(200, "us-east-2b");
    expect_subject("us-east-2", "host;x-amz-date;x-amz-security-token;x-goog-cloud-target-resource",
                   "temporary");
    s.fetch();
  }
  SECTION("without a session where the file names none") {
    auto old = source;
    old.erase("imdsv2_session_token_url");
    s.use(s.external(old));
    s.set("AWS_DEFAULT_REGION", "eu-west-1");
    s.cloud.expect("GET", "http://169.254.169.254/roles")
        .no_header("X-aws-ec2-metadata-token")
        .reply(200, "r");
    s.cloud.expect("GET", "http://169.254.169.254/roles/r").reply(200, "{}");
    CHECK(s.failure() == "the AWS security credentials of role \"r\" have no keys");
  }
  SECTION("nowhere to be had") {
    s.use(s.external({{"environment_id", "aws1"}}));
    CHECK(s.failure() ==
          "unable to determine the AWS metadata server security credentials endpoint");
    s.set("AWS_ACCESS_KEY_ID", "AKID");
    s.set("AWS_SECRET_ACCESS_KEY", "planted");
    CHECK(s.failure() == "unable to determine AWS region");
  }
  SECTION("refused by the instance") {
    s.cloud.expect("PUT", "http://169.254.169.254/session").reply(403, "hop limit");
    CHECK(s.failure() ==
          "unable to retrieve the AWS session token from http://169.254.169.254/session: status "
          "code 403: hop limit");
  }
}
