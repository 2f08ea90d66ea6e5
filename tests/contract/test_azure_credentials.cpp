// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/client_certificate.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "drivers/azure/credentials.hpp"
#include "tests/support/memory_transport.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

#include <map>
#include <string>

using namespace dmachine;
using namespace dmachine::test;

namespace {

const std::string tenant = "aaaaaaaa-0000-0000-0000-000000000001";
const std::string subscription_id = "11111111-2222-3333-4444-555555555555";
const std::string token_url = "https://login.test/" + tenant + "/oauth2/v2.0/token";
const std::string code_url = "https://login.test/" + tenant + "/oauth2/v2.0/devicecode";
const std::string tenant_question =
    "https://arm.test/subscriptions/" + subscription_id + "?api-version=2022-12-01";
const std::string granted = R"({"token_type":"Bearer","expires_in":3599,"access_token":"granted"})";

/// An environment without any credentials, a clock that stands, and a transport with a script.
class Setting {
 public:
  Setting() {
    options.now = [this] { return now; };
    options.backoff = options.metadata_backoff = Backoff{Duration(1), Duration(1)};
    options.chassis_asset_tag = home / "asset_tag";
    options.is_interactive = [this] { return interactive; };
    options.device_pause_unit = Duration(1);
    for (const auto* name :
         {"AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_CERTIFICATE_PATH",
          "AZURE_CLIENT_CERTIFICATE_PASSWORD", "IDENTITY_ENDPOINT", "IDENTITY_HEADER",
          "AZURE_POD_IDENTITY_AUTHORITY_HOST"}) {
      set(name, "");
    }
    set("HOME", home.path().string());
    ensure_folder(home / "bin");
    set("PATH", (home / "bin").string());
    identity.subscription_id = subscription_id;
    identity.tenant_id = tenant;
    identity.machine_name = "m1";
  }

  void set(const std::string& name, const std::string& value) {
    environment.erase(name);
    environment.try_emplace(name, name, value);
  }
  void install_az(const std::string& script) {
    write_file(home / "bin/az", "#!/bin/sh\n" + script, 0755);
  }

  azure::Credentials find() { return azure::find_credentials(cloud, endpoints, identity, options); }
  std::string fetch() { return fetch_from(find()); }
  static std::string fetch_from(const azure::Credentials& credentials) {
    return credentials.token->fetch(Context()).value.reveal();
  }
  std::string login_file(const std::string& name) const {
    return (home / (".docker/machine/credentials/azure/" + name)).string();
  }
  Error failure() {
    try {
      fetch();
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
  azure::Cloud endpoints{"AzurePublicCloud", "https://arm.test", "https://login.test",
                         "https://management.azure.com/", "app-id"};
  azure::Identity identity;
  azure::CredentialOptions options;
  bool interactive = false;
  MemoryTransport cloud;
};

std::map<std::string, std::string> form_of(const cloud::HttpRequest& request) {
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

void openssl(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{"/usr/bin/openssl"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto result = run_child(Context(), {argv, {}});
  INFO(result.err);
  REQUIRE(result.status.ok());
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a client secret: one form, one token, renewed five minutes before its end") {
  Setting setting;
  setting.identity.client_id = "id";
  setting.identity.client_secret = Secret("planted-secret");
  // What else is there counts less.
  setting.set("AZURE_FEDERATED_TOKEN_FILE", "/nowhere");
  setting.set("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere");
  const auto expect = [&] {
    setting.cloud.expect("POST", token_url)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(
            "grant_type=client_credentials&client_id=id&client_secret=planted-secret&"
            "scope=https%3A%2F%2Fmanagement.azure.com%2F.default")
        .reply(200, granted);
  };
  expect();
  const auto credentials = setting.find();
  CHECK(Setting::fetch_from(credentials) == "granted");
  setting.now += std::chrono::seconds(3200);
  CHECK(Setting::fetch_from(credentials) == "granted");
  setting.now += std::chrono::seconds(100);
  expect();
  CHECK(Setting::fetch_from(credentials) == "granted");
}

TEST_CASE("a wrong secret: the login server's word, a way out, and never the secret") {
  Setting setting;
  setting.identity.client_id = "id";
  setting.identity.client_secret = Secret("planted-secret");
  setting.cloud.expect("POST", token_url)
      .any_body()
      .reply(401, R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client )"
                  R"(secret planted-secret provided.\r\nTrace ID: x"})");
  const auto error = setting.failure();
  CHECK(std::string(error.what()) ==
        "Failed to authenticate using service principal credentials: AADSTS7000215: Invalid client "
        "secret [redacted] provided. (invalid_client)");
  CHECK(error.code() == Errc::denied);
  CHECK(error.hint() == "wanted is the secret's value, not its ID");
}

TEST_CASE("the login server's trouble is waited out, a page of a proxy is told") {
  Setting setting;
  setting.identity.client_id = "id";
  setting.identity.client_secret = Secret("s3cr3t");
  setting.cloud.expect("POST", token_url).any_body().reply(503, "");
  setting.cloud.expect("POST", token_url).any_body().reply(429, "", {{"Retry-After", "0"}});
  setting.cloud.expect("POST", token_url).any_body().reply(200, granted);
  CHECK(setting.fetch() == "granted");
  setting.cloud.expect("POST", token_url).any_body().reply(200, "<html>");
  CHECK_THROWS_AS(setting.fetch(), Error);
  setting.cloud.expect("POST", token_url).any_body().reply(404, "<html>");
  CHECK(setting.failure().code() == Errc::denied);
}

TEST_CASE("the tenant: from the subscription's challenge, kept, corrected when it is wrong") {
  Setting setting;
  setting.identity.tenant_id = "";
  setting.identity.client_id = "id";
  setting.identity.client_secret = Secret("s3cr3t");
  setting.cloud.expect("GET", tenant_question)
      .no_header("Authorization")
      .reply(401, "{}",
             {{"WWW-Authenticate", "Bearer authorization_uri=\"https://login.windows.net/" +
                                       tenant + "\", error=\"invalid_token\""}});
  setting.cloud.expect("POST", token_url).any_body().reply(200, granted);
  CHECK(setting.fetch() == "granted");
  const auto file = setting.login_file(subscription_id + ".tenantid");
  CHECK(read_file(file) == tenant);
  CHECK(mode_of(file) == 0600);
  // The next process asks nobody.
  setting.cloud.expect("POST", token_url).any_body().reply(200, granted);
  const auto credentials = setting.find();
  CHECK(Setting::fetch_from(credentials) == "granted");
  const std::string other = "aaaaaaaa-0000-0000-0000-000000000002";
  CHECK(credentials.tenant->correct("Bearer authorization_uri=\"https://login.windows.net/" +
                                    other + "\""));
  CHECK(read_file(file) == other);
  CHECK_FALSE(credentials.tenant->correct("Bearer"));
}

TEST_CASE("the tenant: answers that tell none") {
  Setting setting;
  setting.identity.tenant_id = "";
  setting.identity.client_id = "id";
  setting.identity.client_secret = Secret("s3cr3t");
  setting.cloud.expect("GET", tenant_question).reply(404, "{}");
  CHECK_THAT(setting.failure().what(),
             ContainsSubstring("there is no subscription " + subscription_id));
  setting.cloud.expect("GET", tenant_question).reply(200, "{}");
  CHECK_THAT(setting.failure().what(),
             ContainsSubstring("Unexpected response from Get Subscription: 200"));
  setting.cloud.expect("GET", tenant_question).reply(401, "{}");
  CHECK_THAT(setting.failure().what(), ContainsSubstring("Header WWW-Authenticate not found"));
  setting.cloud.expect("GET", tenant_question).reply(401, "{}", {{"WWW-Authenticate", "Bearer"}});
  CHECK_THAT(setting.failure().what(), ContainsSubstring("Could not find the tenant ID in header"));
}

TEST_CASE("a federated token is read from its file at every exchange") {
  Setting setting;
  setting.identity.client_id = "id";
  setting.set("AZURE_FEDERATED_TOKEN_FILE", (setting.home / "token").string());
  const auto credentials = setting.find();
  for (const auto* token : {"first.jwt", "second.jwt"}) {
    write_file(setting.home / "token", std::string(token) + "\n", 0600);
    setting.cloud.expect("POST", token_url)
        .any_body()
        .check([&](const cloud::HttpRequest& request) {
          auto form = form_of(request);
          CHECK(form["client_assertion"] == token);
          CHECK(form["client_assertion_type"] ==
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
          CHECK(form["client_id"] == "id");
          CHECK(form["scope"] == "https://management.azure.com/.default");
        })
        .reply(200, granted);
    CHECK(Setting::fetch_from(credentials) == "granted");
    setting.now += std::chrono::hours(1);
  }
  remove_tree(setting.home / "token");
  const auto error = setting.failure();
  CHECK(error.code() == Errc::denied);
  CHECK_THAT(error.what(), ContainsSubstring("no such file"));
}

TEST_CASE("a certificate signs the statement, from PEM and from PKCS#12") {
  Setting setting;
  setting.identity.client_id = "id";
  const auto path = [&](const char* name) { return (setting.home / name).string(); };
  openssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=robot", "-keyout",
           path("key.pem"), "-out", path("cert.pem")});
  write_file(setting.home / "both.pem", read_file(path("cert.pem")) + read_file(path("key.pem")),
             0600);
  openssl({"pkcs12", "-export", "-inkey", path("key.pem"), "-in", path("cert.pem"), "-passout",
           "pass:word", "-out", path("both.pfx")});
  openssl({"x509", "-in", path("cert.pem"), "-pubkey", "-noout", "-out", path("public.pem")});
  for (const auto* file : {"both.pem", "both.pfx"}) {
    INFO(file);
    setting.set("AZURE_CLIENT_CERTIFICATE_PATH", path(file));
    setting.set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "word");
    setting.cloud.expect("POST", token_url)
        .any_body()
        .check([&](const cloud::HttpRequest& request) {
          const auto parts = split(form_of(request)["client_assertion"], '.');
          REQUIRE(parts.size() == 3);
          const Json header = parse_json(base64_decode(parts[0]).value());
          CHECK(header["alg"] == "PS256");
          CHECK(header["x5t#S256"].get<std::string>().size() == 43);
          const Json claims = parse_json(base64_decode(parts[1]).value());
          CHECK(claims["aud"] == token_url);
          CHECK(claims["iss"] == "id");
          CHECK(claims["exp"] == 1800000600);
          write_file(path("signature"), base64_decode(parts[2]).value(), 0600);
          write_file(path("text"), parts[0] + "." + parts[1], 0600);
          openssl({"dgst", "-sha256", "-verify", path("public.pem"), "-signature",
                   path("signature"), "-sigopt", "rsa_padding_mode:pss", "-sigopt",
                   "rsa_pss_saltlen:32", path("text")});
        })
        .reply(200, granted);
    CHECK(setting.fetch() == "granted");
  }
  setting.set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "wrong");
  CHECK_THAT(setting.failure().what(),
             ContainsSubstring("cannot be opened with the password given"));
  setting.set("AZURE_CLIENT_CERTIFICATE_PATH", path("cert.pem"));
  CHECK_THAT(setting.failure().what(), ContainsSubstring("no private key"));
  setting.set("AZURE_CLIENT_CERTIFICATE_PATH", path("nowhere"));
  CHECK(setting.failure().code() == Errc::denied);
}

TEST_CASE("managed identity: the metadata service, when asked for") {
  Setting setting;
  setting.identity.use_managed_identity = true;
  const std::string url =
      "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
      "https%3A%2F%2Fmanagement.azure.com%2F";
  const std::string token =
      R"({"access_token":"granted","expires_in":"3599","expires_on":"1800003599","resource":"r"})";
  setting.cloud.expect("GET", url)
      .header("Metadata", "true")
      .proxy(cloud::HttpRequest::Proxy::never)
      .reply(404, "");
  setting.cloud.expect("GET", url).reply(429, "");
  setting.cloud.expect("GET", url).reply(200, token);
  CHECK(setting.fetch() == "granted");
  setting.identity.client_id = "id";
  setting.cloud.expect("GET", url + "&client_id=id").reply(200, token);
  CHECK(setting.fetch() == "granted");
  setting.cloud.expect("GET", url + "&client_id=id")
      .reply(400, R"({"error":"invalid_request","error_description":"Identity not found"})");
  CHECK_THAT(setting.failure().what(), ContainsSubstring("Identity not found"));
}

TEST_CASE("managed identity: the endpoint of App Service") {
  Setting setting;
  setting.set("IDENTITY_ENDPOINT", "http://127.0.0.1:41/msi/token");
  CHECK_THAT(setting.failure().what(), ContainsSubstring("IDENTITY_HEADER"));
  setting.set("IDENTITY_HEADER", "planted-header");
  setting.cloud
      .expect("GET",
              "http://127.0.0.1:41/msi/token?api-version=2019-08-01&resource="
              "https%3A%2F%2Fmanagement.azure.com%2F")
      .header("X-IDENTITY-HEADER", "planted-header")
      .reply(200, R"({"access_token":"granted","expires_on":"1800003599"})");
  CHECK(setting.fetch() == "granted");
}

TEST_CASE("off Azure nobody asks for a metadata service; on Azure a missing identity is no end") {
  Setting setting;
  setting.install_az("echo '{\"accessToken\":\"from-cli\",\"expires_on\":1800003599}'");
  CHECK(setting.fetch() == "from-cli");
  write_file(setting.home / "asset_tag", "7783-7084-3265-9085-8269-3286-77\n", 0600);
  setting.cloud
      .expect("GET",
              "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&"
              "resource=https%3A%2F%2Fmanagement.azure.com%2F")
      .reply(400, R"({"error":"invalid_request","error_description":"Identity not found"})");
  CHECK(setting.fetch() == "from-cli");
}

TEST_CASE("Azure CLI: asked with words that no shell reads") {
  Setting setting;
  setting.install_az(
      "printf '%s\\n' \"$@\" > \"$HOME/asked\"\n"
      "echo '{\"accessToken\":\"from-cli\",\"expiresOn\":\"2027-01-01 00:00:00\"}'");
  CHECK(setting.fetch() == "from-cli");
  CHECK(read_file(setting.home / "asked") ==
        "account\nget-access-token\n--output\njson\n--resource\nhttps://management.azure.com/\n"
        "--subscription\n" +
            subscription_id + "\n");
  setting.install_az("echo 'ERROR: Please run az login' >&2; exit 1");
  const auto error = setting.failure();
  CHECK_THAT(error.what(), ContainsSubstring("Please run az login"));
  CHECK_THAT(error.what(), ContainsSubstring("no terminal to log in at"));
}

TEST_CASE("nothing configured and nobody there: said at once, with the ways to log in") {
  Setting setting;
  const auto error = setting.failure();
  CHECK(error.code() == Errc::denied);
  CHECK_THAT(error.what(), ContainsSubstring("no Azure credentials were found"));
  CHECK_THAT(error.hint(), ContainsSubstring("AZURE_CLIENT_SECRET"));
  setting.identity.client_secret = Secret("s3cr3t");
  CHECK_THAT(setting.failure().what(), ContainsSubstring("without a client ID"));
}

TEST_CASE("a device code at a terminal; the token is kept where Docker Machine keeps it") {
  Setting setting;
  setting.interactive = true;
  const auto expect_code = [&] {
    setting.cloud.expect("POST", code_url)
        .body(
            "client_id=app-id&scope=https%3A%2F%2Fmanagement.azure.com%2F.default%20"
            "offline_access")
        .reply(200, R"({"device_code":"D","user_code":"U","verification_uri":"v","expires_in":900,)"
                    R"("interval":1,"message":"To sign in, open the page and enter U"})");
  };
  expect_code();
  setting.cloud.expect("POST", token_url)
      .body(
          "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=app-id&"
          "device_code=D")
      .reply(400, R"({"error":"authorization_pending","error_description":"wait"})");
  setting.cloud.expect("POST", token_url)
      .any_body()
      .reply(200, R"({"access_token":"granted","refresh_token":"R1","expires_in":3600})");
  CHECK(setting.fetch() == "granted");
  const auto file = setting.login_file(tenant + ".json");
  CHECK(mode_of(file) == 0600);
  CHECK(parse_json(read_file(file))["expires_on"] == "1800003600");
  // The next process takes it; after its end it is refreshed.
  CHECK(setting.fetch() == "granted");
  setting.now += std::chrono::hours(2);
  setting.cloud.expect("POST", token_url)
      .any_body()
      .check([](const cloud::HttpRequest& request) {
        CHECK(form_of(request)["refresh_token"] == "R1");
      })
      .reply(200, R"({"access_token":"second","refresh_token":"R2","expires_in":3600})");
  CHECK(setting.fetch() == "second");
  CHECK(parse_json(read_file(file))["refresh_token"] == "R2");
  // A login that was revoked is forgotten, and asked for anew.
  setting.now += std::chrono::hours(2);
  setting.cloud.expect("POST", token_url)
      .any_body()
      .reply(400, R"({"error":"invalid_grant","error_description":"revoked"})");
  expect_code();
  setting.cloud.expect("POST", token_url)
      .any_body()
      .reply(400, R"({"error":"authorization_declined","error_description":"declined"})");
  CHECK_THAT(setting.failure().what(), ContainsSubstring("declined"));
  CHECK_FALSE(find_file(file));
}

TEST_CASE("no device code where Docker Machine has no application") {
  Setting setting;
  setting.interactive = true;
  setting.endpoints.device_client_id = "";
  CHECK_THAT(setting.failure().what(),
             ContainsSubstring("docker-machine application not set up for Azure environment"));
}
