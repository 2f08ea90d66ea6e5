// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/credentials.hpp"
#include "tests/contract/google_credentials_setting.hpp"

using namespace dmachine;
using namespace dmachine::test;
using namespace std::chrono_literals;
using Proxy = cloud::HttpRequest::Proxy;

namespace {

using Setting = CredentialsSetting;

constexpr const char* by_variable =
    "google: error getting credentials using GOOGLE_APPLICATION_CREDENTIALS environment variable: ";
const std::string metadata_token =
    "/computeMetadata/v1/instance/service-accounts/default/"
    "token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcompute";
const std::string metadata_universe = "/computeMetadata/v1/universe/universe_domain";

}  // namespace

TEST_CASE("A service account's key signs a claim that buys a token") {
  Setting s;
  s.use(service_account());
  s.cloud.expect("POST", "https://token.test/token")
      .header("Content-Type", "application/x-www-form-urlencoded")
      .no_header("Authorization")
      .any_body()
      .check([](const cloud::HttpRequest& request) {
        auto form = form_of(request);
        CHECK(form.size() == 2);
        CHECK(form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer");
        const auto parts = split(form["assertion"], '.');
        REQUIRE(parts.size() == 3);
        CHECK(base64_decode(parts[0]) == R"({"alg":"RS256","typ":"JWT","kid":"key-1"})");
        CHECK(
            base64_decode(parts[1]) ==
            R"({"iss":"robot@p.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/compute",)"
            R"("aud":"https://token.test/token","iat":1799999990,"exp":1800003590})");
        CHECK(base64_decode(parts[2])->size() == 256);
      })
      .reply(200, granted);
  auto credentials = s.find();
  CHECK(credentials.universe_domain == "googleapis.com");
  CHECK(credentials.quota_project.empty());
  const auto token = credentials.token->fetch(Context());
  CHECK(token.value.reveal() == "ya29.granted");
  CHECK(token.expires == s.now + 3599s);
  s.now += 3588s;
  CHECK(s.fetch(credentials) == "ya29.granted");  // from memory
  s.now += 1s;
  s.cloud.expect("POST", "https://token.test/token")
      .any_body()
      .reply(200, R"({"access_token": "second", "expires_in": "60"})");
  CHECK(s.fetch(credentials) == "second");
}

TEST_CASE("Service accounts: defaults, GDCH, and other universes") {
  Setting s;
  auto key = service_account();
  SECTION("without token_uri and key id") {
    key.erase("token_uri");
    key.erase("private_key_id");
    s.use(key);
    s.cloud.expect("POST", "https://oauth2.googleapis.com/token")
        .any_body()
        .check([](const cloud::HttpRequest& request) {
          CHECK(base64_decode(split(form_of(request)["assertion"], '.')[0]) ==
                R"({"alg":"RS256","typ":"JWT"})");
        })
        .reply(200, granted);
    CHECK(s.fetch() == "ya29.granted");
  }
  SECTION("gdch_service_account") {
    key["type"] = "gdch_service_account";
    s.use(key);
    s.cloud.expect("POST", "https://token.test/token").any_body().reply(200, granted);
    CHECK(s.fetch() == "ya29.granted");
  }
  SECTION("another universe takes the signed claim itself") {
    key["universe_domain"] = "Cloud.Example";
    s.use(key);
    auto credentials = s.find();
    CHECK(credentials.universe_domain == "cloud.example");
    CHECK_THAT(*base64_decode(split(s.fetch(credentials), '.').at(1)),
               ContainsSubstring(R"("sub":"robot@p.iam.gserviceaccount.com")") &&
                   !ContainsSubstring("aud"));
  }
  SECTION("plain http on this machine") {
    key["token_uri"] = "http://127.0.0.1:9/token";
    s.use(key);
    s.cloud.expect("POST", "http://127.0.0.1:9/token").any_body().reply(200, granted);
    CHECK(s.fetch() == "ya29.granted");
  }
}

TEST_CASE("A user's refresh token buys a token, and is replaced when the server says so") {
  Setting s;
  s.use(authorized_user());
  s.cloud.expect("POST", "https://oauth2.googleapis.com/token")
      .body(
          "grant_type=refresh_token&refresh_token=1%2F%2F0planted-refresh&client_id=id.apps&client_"
          "secret=planted-client-secret")
      .reply(200, R"({"access_token": "first", "expires_in": 100, "refresh_token": "new"})");
  auto credentials = s.find();
  CHECK(s.fetch(credentials) == "first");
  s.now += 95s;
  s.cloud.expect("POST", "https://oauth2.googleapis.com/token")
      .body(
          "grant_type=refresh_token&refresh_token=new&client_id=id.apps&client_secret=planted-"
          "client-secret")
      .reply(200, R"({"access_token": "without an end"})");
  CHECK(s.fetch(credentials) == "without an end");
  CHECK(s.fetch(credentials) == "without an end");
}

TEST_CASE("A user of a workforce pool refreshes with a header") {
  Setting s;
  s.use({{"type", "external_account_authorized_user"},
         {"audience", "//iam.googleapis.com/locations/global/workforcePools/p/providers/q"},
         {"client_id", "id"},
         {"client_secret", "secret"},
         {"refresh_token", "old"},
         {"token_url", "https://sts.test/v1/oauthtoken"}});
  s.cloud.expect("POST", "https://sts.test/v1/oauthtoken")
      .header("Authorization", "Basic aWQ6c2VjcmV0")
      .body("grant_type=refresh_token&refresh_token=old")
      .reply(200, R"({"access_token": "a", "expires_in": 100, "refresh_token": "next"})");
  auto credentials = s.find();
  CHECK(s.fetch(credentials) == "a");
  s.now += 100s;
  s.cloud.expect("POST", "https://sts.test/v1/oauthtoken")
      .body("grant_type=refresh_token&refresh_token=next")
      .reply(200, granted);
  CHECK(s.fetch(credentials) == "ya29.granted");
}

TEST_CASE("A service account is impersonated with the token of another identity") {
  Setting s;
  s.use({{"type", "impersonated_service_account"},
         {"service_account_impersonation_url",
          "https://iam.test/v1/projects/-/serviceAccounts/t@p:generateAccessToken"},
         {"delegates", {"projects/-/serviceAccounts/d@p"}},
         {"quota_project_id", "payer"},
         {"source_credentials", service_account()}});
  s.cloud.expect("POST", "https://token.test/token")
      .any_body()
      .check([](const cloud::HttpRequest& request) {
        const auto claims = *base64_decode(split(form_of(request)["assertion"], '.')[1]);
        CHECK_THAT(
            claims,
            ContainsSubstring(cloud_platform));  // the scope compute would not do for impersonation
      })
      .reply(200, granted);
  s.cloud.expect("POST", "https://iam.test/v1/projects/-/serviceAccounts/t@p:generateAccessToken")
      .header("Authorization", "Bearer ya29.granted")
      .header("Content-Type", "application/json")
      .body(
          R"({"delegates":["projects/-/serviceAccounts/d@p"],"lifetime":"3600s","scope":["https://www.googleapis.com/auth/compute"]})")
      .reply(200, R"({"accessToken": "as-target", "expireTime": "2027-01-15T09:00:00Z"})");
  auto credentials = s.find();
  CHECK(credentials.quota_project == "payer");
  const auto token = credentials.token->fetch(Context());
  CHECK(token.value.reveal() == "as-target");
  CHECK(token.expires == cloud::WallClock::time_point(1800003600s));
}

TEST_CASE("Where credentials are looked for, in order") {
  Setting s;
  const auto well_known = s.home / ".config" / "gcloud" / "application_default_credentials.json";
  const auto user = [](const std::string& uri) {
    auto json = authorized_user();
    json["token_uri"] = uri;
    return json.dump();
  };
  ensure_folder(well_known.parent_path());
  write_file(well_known, user("https://well-known.test/"), 0600);
  SECTION("the well-known file") {
    s.cloud.expect("POST", "https://well-known.test/").any_body().reply(200, granted);
    s.fetch();
  }
  SECTION("CLOUDSDK_CONFIG before it") {
    s.set("CLOUDSDK_CONFIG", s.home.path().string());
    write_file(s.home / "application_default_credentials.json", user("https://cloudsdk.test/"),
               0600);
    s.cloud.expect("POST", "https://cloudsdk.test/").any_body().reply(200, granted);
    s.fetch();
  }
  SECTION("the variable before both") {
    auto json = authorized_user();
    json["token_uri"] = "https://variable.test/";
    s.use(json);
    s.cloud.expect("POST", "https://variable.test/").any_body().reply(200, granted);
    s.fetch();
  }
  SECTION("the option before all, in base64 or as it is") {
    s.use(service_account());
    const auto text = user("https://option.test/");
    for (const auto& form : {text, base64_encode(text)}) {
      s.options.encoded_json = Secret(form);
      s.cloud.expect("POST", "https://option.test/").any_body().reply(200, granted);
      s.fetch();
    }
  }
  SECTION("a well-known file that cannot be read is passed over") {
    std::filesystem::remove(well_known);
    ensure_folder(well_known);  // a folder cannot be read as a file, not even by root
    s.set("GCE_METADATA_HOST", "metadata.test:8080");
    s.cloud.expect("GET", "http://metadata.test:8080" + metadata_universe).reply(404);
    CHECK(s.find().universe_domain == "googleapis.com");
  }
  SECTION("one that is broken is not") {
    write_file(well_known, "{", 0600);
    CHECK_THAT(Setting::failure_of([&] { s.find(); }).what(),
               Equals("google: error getting credentials using well-known file (" +
                      well_known.string() + "): unexpected end of JSON input"));
  }
}

TEST_CASE("The quota project: the variable, else the file") {
  Setting s;
  auto json = authorized_user();
  json["quota_project_id"] = "of-file";
  s.use(json);
  CHECK(s.find().quota_project == "of-file");
  s.set("GOOGLE_CLOUD_QUOTA_PROJECT", "of-variable");
  CHECK(s.find().quota_project == "of-variable");
}

TEST_CASE("The metadata server is asked without proxy, with its header, and early") {
  Setting s;
  s.set("GCE_METADATA_HOST", "127.0.0.1:8080");
  s.cloud.expect("GET", "http://127.0.0.1:8080" + metadata_universe)
      .header("Metadata-Flavor", "Google")
      .proxy(Proxy::never)
      .reply(200, "u.example\n");
  auto credentials = s.find();
  CHECK(credentials.universe_domain == "u.example");
  s.cloud.expect("GET", "http://127.0.0.1:8080" + metadata_token)
      .header("Metadata-Flavor", "Google")
      .proxy(Proxy::never)
      .reply(200, R"({"access_token": "vm-1", "expires_in": 1000, "token_type": "Bearer"})");
  CHECK(s.fetch(credentials) == "vm-1");
  s.now += 774s;
  CHECK(s.fetch(credentials) == "vm-1");
  s.now += 1s;
  s.cloud.expect("GET", "http://127.0.0.1:8080" + metadata_token).reply(503);
  s.cloud.expect("GET", "http://127.0.0.1:8080" + metadata_token)
      .reply(200, R"({"access_token": "vm-2", "expires_in": 1000})");
  CHECK(s.fetch(credentials) == "vm-2");
}

TEST_CASE(
    "Whether there is a metadata server is asked once, and only where the firmware does not say") {
  Setting s;
  SECTION("the firmware says Google") {
    write_file(s.home / "product_name", "Google Compute Engine\n", 0600);
    s.cloud.expect("GET", "http://169.254.169.254" + metadata_universe)
        .proxy(Proxy::never)
        .reply(404);
    s.find();
  }
  SECTION("it says nothing, and the server answers") {
    s.cloud.expect("GET", "http://169.254.169.254/")
        .proxy(Proxy::never)
        .reply(200, "computeMetadata/\n", {{"metadata-flavor", "Google"}});
    s.cloud.expect("GET", "http://169.254.169.254" + metadata_universe).reply(404);
    s.find();
  }
  const auto check_nothing_found = [&] {
    const auto error = Setting::failure_of([&] { s.find(); });
    CHECK(error.code() == Errc::denied);
    CHECK_THAT(error.what(), Equals("google: could not find default credentials. See "
                                    "https://developers.google.com/accounts/docs/"
                                    "application-default-credentials for more information."));
  };
  SECTION("another cloud answers") {
    write_file(s.home / "product_name", "t3.micro\n", 0600);
    s.cloud.expect("GET", "http://169.254.169.254/").reply(401);
    check_nothing_found();
  }
  SECTION("nobody answers") {
    s.cloud.expect("GET", "http://169.254.169.254/").fail(Errc::timeout, "no route", false);
    check_nothing_found();
  }
}

TEST_CASE("A metadata server that gives no token") {
  Setting s;
  s.set("GCE_METADATA_HOST", "m.test");
  s.cloud.expect("GET", "http://m.test" + metadata_universe).reply(404);
  auto credentials = s.find();
  const auto refused = [&] { return Setting::failure_of([&] { s.fetch(credentials); }); };
  SECTION("no service account") {
    s.cloud.expect("GET", "http://m.test" + metadata_token).reply(404, "no");
    CHECK_THAT(
        refused().what(),
        Equals("metadata: GCE metadata \"instance/service-accounts/default/token\" not defined"));
  }
  SECTION("forbidden") {
    s.cloud.expect("GET", "http://m.test" + metadata_token).reply(403, "why");
    CHECK_THAT(refused().what(),
               Equals("oauth2: cannot fetch token: 403 Forbidden\nResponse: why"));
  }
  SECTION("nonsense") {
    s.cloud.expect("GET", "http://m.test" + metadata_token).reply(200, "<html>");
    CHECK(refused().code() == Errc::unavailable);
  }
  SECTION("down for good") {
    for (int i = 0; i < 6; ++i) {
      s.cloud.expect("GET", "http://m.test" + metadata_token).reply(503);
    }
    CHECK(refused().code() == Errc::unavailable);
  }
}

TEST_CASE(
    "Credentials that are wrong are refused before anything is sent, in words that hold no "
    "secret") {
  struct Case {
    const char* key;
    Json value;
    const char* why;
  };
  const std::vector<Case> cases{
      {"type", nullptr, "missing 'type' field in credentials"},
      {"type", "foo", "unknown credential type: \"foo\""},
      {"client_email", nullptr, "missing \"client_email\" field in credentials"},
      {"client_email", 7, "the field \"client_email\" in credentials is no text"},
      {"private_key", nullptr, "missing \"private_key\" field in credentials"},
      {"private_key", "planted-no-key", "private key should be a PEM or plain PKCS1 or PKCS8"},
      {"token_uri", "http://token.test/",
       "token_uri \"http://token.test/\" would send credentials unencrypted"},
      {"token_uri", "token.test", "invalid URL \"token.test\": "},
      {"universe_domain", "evil.test/x?",
       "invalid universe_domain \"evil.test/x?\" in credentials"},
  };
  for (const auto& [key, value, why] : cases) {
    INFO(key << " " << value);
    Setting s;
    auto json = service_account();
    json[key] = value;
    s.use(json);
    const auto error = Setting::failure_of([&] { s.find(); });
    CHECK_THAT(error.what(),
               StartsWith(std::string(by_variable) + why) && !ContainsSubstring("planted"));
    CHECK(error.code() == Errc::invalid);
  }
}

TEST_CASE("Credential files that cannot be read") {
  Setting s;
  s.set("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/x.json");
  const auto missing = Setting::failure_of([&] { s.find(); });
  CHECK_THAT(missing.what(), Equals(std::string(by_variable) +
                                    "open /nonexistent/x.json: no such file or directory"));
  CHECK(missing.code() == Errc::denied);
  s.set("GOOGLE_APPLICATION_CREDENTIALS", s.home.path().string());
  CHECK_THAT(Setting::failure_of([&] { s.find(); }).what(), EndsWith("is a directory"));
  for (const auto* content : {"", "{\"type\": \"serv", "[]", "hello"}) {
    write_file(s.home / "broken.json", content, 0600);
    s.set("GOOGLE_APPLICATION_CREDENTIALS", (s.home / "broken.json").string());
    CHECK_THAT(Setting::failure_of([&] { s.find(); }).what(), StartsWith(by_variable));
  }
  s.options.encoded_json = Secret("planted-nonsense");
  CHECK_THAT(Setting::failure_of([&] { s.find(); }).what(),
             StartsWith("google: error getting credentials using --google-auth-encoded-json: ") &&
                 !ContainsSubstring("planted"));
}

TEST_CASE("Credentials within credentials have an end") {
  Setting s;
  auto json = service_account();
  for (int i = 0; i < 10; ++i) {
    json = Json{{"type", "impersonated_service_account"},
                {"service_account_impersonation_url", "https://iam.test/"},
                {"source_credentials", json}};
  }
  s.use(json);
  CHECK_THAT(Setting::failure_of([&] { s.find(); }).what(),
             EndsWith("credentials hold credentials too often"));
}

TEST_CASE("A refusal is told with the server's words and without our secrets") {
  Setting s;
  s.use(authorized_user());
  auto credentials = s.find();
  const auto refused = [&](int status, const std::string& body) {
    s.cloud.expect("POST", "https://oauth2.googleapis.com/token").any_body().reply(status, body);
    return Setting::failure_of([&] { s.fetch(credentials); });
  };
  const auto expired = refused(
      400,
      R"({"error": "invalid_grant", "error_description": "Token has been expired or revoked."})");
  CHECK(expired.code() == Errc::denied);
  CHECK_THAT(
      expired.what(),
      Equals(
          "oauth2: cannot fetch token: 400 Bad Request\nResponse: "
          R"({"error": "invalid_grant", "error_description": "Token has been expired or revoked."})"));
  const auto echo = refused(401,
                            "you said 1//0planted-refresh, 1%2F%2F0planted-refresh, "
                            "1\\/\\/0planted-refresh and planted-client-secret");
  CHECK_THAT(echo.what(), Equals("oauth2: cannot fetch token: 401 Unauthorized\nResponse: you said "
                                 "[redacted], [redacted], [redacted] "
                                 "and [redacted]"));
  CHECK_THAT(refused(404, R"({"a": [{"id_token": "planted"}], "b": 1})").what(),
             EndsWith("404 Not Found\nResponse: {\"a\":[{\"id_token\":\"[redacted]\"}],\"b\":1}"));
  CHECK(std::string(refused(400, std::string(100'000, 'x')).what()).size() < 2200);
  CHECK_THAT(refused(200, "{}").what(), Equals("oauth2: server response missing access_token"));
  CHECK_THAT(refused(200, "<html>").what(), Equals("oauth2: server response missing access_token"));
}

TEST_CASE("An endpoint that is busy or cut off is asked again; one that is not trusted is not") {
  Setting s;
  s.use(authorized_user());
  auto credentials = s.find();
  const auto expect = [&]() -> Exchange& {
    return s.cloud.expect("POST", "https://oauth2.googleapis.com/token").any_body();
  };
  SECTION("again") {
    expect().reply(503);
    expect().reply(429);
    expect().fail(Errc::unavailable, "reset", true);
    expect().reply(200, granted);
    CHECK(s.fetch(credentials) == "ya29.granted");
  }
  SECTION("not again") {
    expect().fail(Errc::denied, "certificate", false);
    CHECK(Setting::failure_of([&] { s.fetch(credentials); }).code() == Errc::denied);
  }
}

TEST_CASE("A refused impersonation") {
  Setting s;
  s.use({{"type", "impersonated_service_account"},
         {"service_account_impersonation_url", "https://iam.test/x"},
         {"source_credentials", authorized_user()}});
  auto credentials = s.find();
  const auto refused = [&](int status, const std::string& body) {
    s.cloud.expect("POST", "https://oauth2.googleapis.com/token").any_body().reply(200, granted);
    s.cloud.expect("POST", "https://iam.test/x").any_body().reply(status, body);
    return Setting::failure_of([&] { s.fetch(credentials); });
  };
  const auto denied =
      refused(403, R"({"error": {"code": 403, "message": "Permission denied, not ya29.granted"}})");
  CHECK(denied.code() == Errc::denied);
  CHECK_THAT(
      denied.what(),
      Equals(
          R"(oauth2/google: status code 403: {"error": {"code": 403, "message": "Permission denied, not [redacted]"}})"));
  CHECK_THAT(refused(200, R"({"accessToken": "planted", "expireTime": "tomorrow"})").what(),
             !ContainsSubstring("planted"));
  for (const auto* missing : {"source_credentials", "service_account_impersonation_url"}) {
    Json json{{"type", "impersonated_service_account"},
              {"service_account_impersonation_url", "https://iam.test/x"},
              {"source_credentials", authorized_user()}};
    json.erase(missing);
    s.use(json);
    CHECK_THAT(Setting::failure_of([&] { s.find(); }).what(),
               EndsWith(std::string("missing \"") + missing + "\" field in credentials"));
  }
}
