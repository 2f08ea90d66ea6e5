// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "drivers/amazonec2/credentials.hpp"
#include "drivers/amazonec2/credentials/profile_files.hpp"
#include "tests/contract/amazonec2_fixture.hpp"

#include <map>

using namespace dmachine;
using namespace dmachine::test;
using amazonec2::parse_ini;

namespace {

const std::string imds = "http://169.254.169.254/latest/";

/// An environment without any credentials, a clock that stands, and a transport with a script.
class Setting {
 public:
  Setting() {
    for (const auto* name : {"AWS_ACCESS_KEY_ID",
                             "AWS_ACCESS_KEY",
                             "AWS_SECRET_ACCESS_KEY",
                             "AWS_SECRET_KEY",
                             "AWS_SESSION_TOKEN",
                             "AWS_PROFILE",
                             "AWS_DEFAULT_PROFILE",
                             "AWS_CONFIG_FILE",
                             "AWS_SHARED_CREDENTIALS_FILE",
                             "AWS_WEB_IDENTITY_TOKEN_FILE",
                             "AWS_ROLE_ARN",
                             "AWS_ROLE_SESSION_NAME",
                             "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                             "AWS_EC2_METADATA_V1_DISABLED",
                             "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                             "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                             "AWS_ENDPOINT_URL",
                             "AWS_ENDPOINT_URL_STS",
                             "AWS_USE_FIPS_ENDPOINT",
                             "AWS_USE_DUALSTACK_ENDPOINT"}) {
      set(name, "");
    }
    set("AWS_EC2_METADATA_DISABLED", "true");
    set("HOME", home.path().string());
    options.region = "eu-west-1";
    options.now = [this] { return now; };
    options.backoff = {Duration(0), Duration(0)};
  }

  void set(const std::string& name, const std::string& value) {
    environment.erase(name);
    environment.try_emplace(name, name, value);
  }
  void write(const std::string& name, const std::string& text) {
    ensure_folder((home / name).parent_path());
    write_file(home / name, text, 0600);
  }
  void own(const std::string& id, const std::string& token = "") {
    options.access_key = id;
    options.secret_key = Secret("S-" + id);
    options.session_token = Secret(token);
  }

  amazonec2::KeyChain& chain() {
    chain_ = amazonec2::make_key_chain(cloud, options);
    return *chain_;
  }
  std::string key() { return chain().keys({}).access_key_id; }
  std::string failure() {
    try {
      chain().keys({});
    } catch (const Error& error) {
      return error.what();
    }
    return "no failure";
  }

  TempFolder home;
  MemoryTransport cloud;
  amazonec2::CredentialOptions options;
  cloud::WallClock::time_point now{std::chrono::seconds(1'767'225'600)};  // 2026-01-01
  std::map<std::string, ScopedEnv> environment;

 private:
  std::unique_ptr<amazonec2::KeyChain> chain_;
};

std::string json_keys(const std::string& id, const std::string& expires,
                      const std::string& more = "") {
  return R"({"AccessKeyId":")" + id + R"(","SecretAccessKey":"S","Token":"T","Expiration":")" +
         expires + "\"" + more + "}";
}

std::string sts_answer(const std::string& action, const std::string& id) {
  return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
         "Result><Credentials><AccessKeyId>" + id +
         "</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>"
         "<Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></" +
         action + "Result></" + action + "Response>";
}

const std::string sts = "https://sts.eu-west-1.amazonaws.com/";

}  // namespace

TEST_CASE("AWS's INI dialect") {
  const auto sections = parse_ini(
      "\xEF\xBB\xBF# comment\r\n[default]\r\naws_access_key_id = A ; note\n; x\nS3 =\n  max = 3\n"
      "output=json#1\n\n[profile  \"my name\" ] # note\n  region = r\n  cli =\n    b = c\n  k = v\n"
      "[broken\nlost = 1\n[default]\nb==c\nnonsense\n");
  CHECK(sections.at("default") ==
        amazonec2::ProfileKeys{
            {"aws_access_key_id", "A"}, {"s3", ""}, {"output", "json#1"}, {"b", "=c"}});
  CHECK(sections.at("profile my name") ==
        amazonec2::ProfileKeys{{"region", "r"}, {"cli", ""}, {"k", "v"}});
  CHECK(parse_ini("").empty());
  const std::string token(4000, 'x');
  CHECK(parse_ini("[a]\naws_session_token=" + token).at("a").at("aws_session_token") == token);
}

TEST_CASE("without any credentials the reference's sentence is said") {
  Setting setting;
  CHECK(setting.failure() ==
        "amazonec2 driver requires AWS credentials configured with the --amazonec2-access-key and "
        "--amazonec2-secret-key options, environment variables, ~/.aws/credentials, or an instance "
        "role");
}

TEST_CASE("the order of the sources") {
  Setting setting;
  setting.write(".aws/credentials", "[default]\naws_access_key_id=P\naws_secret_access_key=S\n");
  CHECK(setting.key() == "P");
  setting.set("AWS_ACCESS_KEY", "OLD");
  setting.set("AWS_SECRET_KEY", "S");
  CHECK(setting.key() == "OLD");
  setting.set("AWS_ACCESS_KEY_ID", "E");
  CHECK(setting.key() == "E");
  setting.own("F");
  CHECK(setting.key() == "F");
}

TEST_CASE("half a pair is an error wherever it stands") {
  Setting setting;
  setting.write(".aws/credentials", "[default]\naws_access_key_id=P\n");
  CHECK_THAT(setting.failure(), ContainsSubstring("aws_secret_access_key is missing"));
  setting.set("AWS_ACCESS_KEY_ID", "E");
  CHECK_THAT(setting.failure(), ContainsSubstring("AWS_SECRET_ACCESS_KEY is not set"));
}

TEST_CASE("profiles: both files, names, sources") {
  Setting setting;
  setting.write(".aws/config",
                "[profile p]\naws_access_key_id=C\naws_secret_access_key=S\n[profile q]\nregion=x\n"
                "[profile two]\ncredential_source=Environment\ncredential_process=x\n"
                "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\n"
                "source_profile=a\n[profile mfa]\nrole_arn=r\nsource_profile=p\nmfa_serial=m\n"
                "[profile sso]\nsso_session=s\n[profile bad]\nrole_arn=r\nsource_profile=none\n");
  setting.write(".aws/credentials", "[p]\naws_access_key_id=K\n");
  setting.set("AWS_PROFILE", "p");
  CHECK(setting.key() == "K");
  const std::map<std::string, std::string> failures{
      {"none", "AWS profile \"none\" does not exist"},
      {"two", "only one of credential_source, credential_process can be specified"},
      {"a", "leads back"},
      {"mfa", "mfa_serial"},
      {"sso", "sso_"},
      {"bad", "source_profile \"none\" does not exist"},
      {"q", "amazonec2 driver requires AWS credentials"}};
  for (const auto& [name, text] : failures) {
    INFO(name);
    setting.set("AWS_PROFILE", name);
    CHECK_THAT(setting.failure(), ContainsSubstring(text));
  }
}

TEST_CASE("credential_process") {
  Setting setting;
  setting.write(".aws/config",
                "[default]\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"X\","
                "\"SecretAccessKey\":\"S\",\"SessionToken\":\"T\"}'\n");
  CHECK(setting.key() == "X");
  setting.write(".aws/config", "[default]\ncredential_process = echo planted-secret; exit 3\n");
  CHECK_THAT(setting.failure(), ContainsSubstring("exit status 3"));
  CHECK_THAT(setting.failure(), !ContainsSubstring("planted-secret"));
  setting.write(".aws/config", "[default]\ncredential_process = echo '{\"Version\":2}'\n");
  CHECK_THAT(setting.failure(), ContainsSubstring("\"Version\" is not 1"));
}

TEST_CASE("a role of a profile is assumed, signed with its source") {
  Setting setting;
  setting.write(".aws/config",
                "[default]\nrole_arn=arn:r\nsource_profile=base\nexternal_id=x\n"
                "role_session_name=me\nduration_seconds=3600\n"
                "[profile base]\naws_access_key_id=B\naws_secret_access_key=S\n");
  setting.cloud.expect("POST", sts)
      .body(
          "Action=AssumeRole&DurationSeconds=3600&ExternalId=x&RoleArn=arn%3Ar&"
          "RoleSessionName=me&Version=2011-06-15")
      .check([](const cloud::HttpRequest& request) {
        const auto value = cloud::HttpReply{0, request.headers, {}}.header("Authorization");
        REQUIRE(value);
        CHECK_THAT(*value, ContainsSubstring("Credential=B/20260101/eu-west-1/sts/aws4_request"));
      })
      .reply(200, sts_answer("AssumeRole", "R"));
  CHECK(setting.key() == "R");
}

TEST_CASE("web identity: the token file is read each time, nothing is signed") {
  Setting setting;
  setting.write("token", "jwt\n");
  setting.set("AWS_WEB_IDENTITY_TOKEN_FILE", (setting.home / "token").string());
  CHECK_THAT(setting.failure(), ContainsSubstring("AWS_ROLE_ARN is not"));
  setting.set("AWS_ROLE_ARN", "arn:r");
  setting.cloud.expect("POST", sts)
      .no_header("Authorization")
      .body(
          "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Ar&RoleSessionName="
          "1767225600000000000&Version=2011-06-15&WebIdentityToken=jwt")
      .reply(200, sts_answer("AssumeRoleWithWebIdentity", "W1"));
  auto& chain = setting.chain();
  CHECK(chain.keys({}).access_key_id == "W1");
  CHECK(chain.keys({}).access_key_id == "W1");  // kept
  setting.write("token", "jwt2");
  setting.now += std::chrono::minutes(56);  // five minutes before the end
  setting.cloud.expect("POST", sts)
      .any_body()
      .check([](const cloud::HttpRequest& request) {
        CHECK(form(request.body)["WebIdentityToken"] == "jwt2");
      })
      .reply(200, sts_answer("AssumeRoleWithWebIdentity", "W2"));
  CHECK(chain.keys({}).access_key_id == "W2");
}

TEST_CASE("a refresh that fails does not kill keys that are still good") {
  Setting setting;
  setting.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x");
  const std::string url = "http://169.254.170.2/v2/x";
  setting.cloud.expect("GET", url)
      .proxy(cloud::HttpRequest::Proxy::never)
      .reply(200, json_keys("C1", "2026-01-01T01:00:00Z"));
  auto& chain = setting.chain();
  CHECK(chain.keys({}).access_key_id == "C1");
  setting.now += std::chrono::minutes(57);
  setting.cloud.expect("GET", url).reply(403, R"({"code":"Denied","message":"no"})");
  CHECK(chain.keys({}).access_key_id == "C1");
  CHECK(chain.keys({}).access_key_id == "C1");  // not asked for again at once
  setting.now += std::chrono::minutes(4);
  setting.cloud.expect("GET", url).reply(403, R"({"code":"Denied","message":"no"})");
  CHECK_THROWS_WITH(chain.keys({}), ContainsSubstring("answered 403: Denied: no"));
}

TEST_CASE("containers: hosts that plain http may reach, and the token") {
  Setting setting;
  setting.write("token", "file-token\n");
  setting.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "plain-token");
  for (const auto* good : {"http://127.0.0.1:9/x", "http://169.254.170.23/v1/credentials",
                           "http://[fd00:ec2::23]/v1/credentials", "https://anywhere.example/x"}) {
    setting.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", good);
    setting.cloud.expect("GET", good)
        .header("Authorization", "plain-token")
        .reply(200, json_keys("C", "2026-01-01T01:00:00Z"));
    CHECK(setting.key() == "C");
  }
  setting.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://anywhere.example/x");
  CHECK_THAT(setting.failure(), ContainsSubstring("anywhere.example"));
  setting.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/x");
  setting.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", (setting.home / "token").string());
  setting.cloud.expect("GET", "http://localhost/x")
      .header("Authorization", "file-token")
      .reply(200, json_keys("C", "2026-01-01T01:00:00Z"));
  CHECK(setting.key() == "C");
}

TEST_CASE("the instance's role: a session first, version 1 where there is none") {
  Setting setting;
  setting.set("AWS_EC2_METADATA_DISABLED", "");
  const auto roles = imds + "meta-data/iam/security-credentials/";
  setting.cloud.expect("PUT", imds + "api/token")
      .header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
      .proxy(cloud::HttpRequest::Proxy::never)
      .reply(200, "session");
  setting.cloud.expect("GET", roles)
      .header("X-aws-ec2-metadata-token", "session")
      .reply(200, "role\nother");
  setting.cloud.expect("GET", roles + "role")
      .reply(200, json_keys("I", "2026-01-01T01:00:00Z", R"(,"Code":"Success")"));
  CHECK(setting.key() == "I");

  setting.cloud.expect("PUT", imds + "api/token").fail(Errc::timeout, "timed out", true);
  setting.cloud.expect("GET", roles).no_header("X-aws-ec2-metadata-token").reply(200, "role");
  setting.cloud.expect("GET", roles + "role")
      .reply(200, json_keys("I1", "2026-01-01T01:00:00Z", R"(,"Code":"Success")"));
  CHECK(setting.key() == "I1");

  setting.cloud.expect("PUT", imds + "api/token").fail(Errc::unavailable, "unreachable", false);
  CHECK_THAT(setting.failure(), ContainsSubstring("amazonec2 driver requires AWS credentials"));

  setting.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9/");
  setting.cloud.expect("PUT", "http://127.0.0.1:9/latest/api/token").reply(200, "session");
  setting.cloud.expect("GET", "http://127.0.0.1:9/latest/meta-data/iam/security-credentials/")
      .reply(404);
  CHECK_THAT(setting.failure(), ContainsSubstring("amazonec2 driver requires AWS credentials"));
}

TEST_CASE("keys on the command line end the search, and nothing takes their place") {
  Setting setting;
  setting.own("F", "T");
  setting.set("AWS_ACCESS_KEY_ID", "E");
  setting.set("AWS_SECRET_ACCESS_KEY", "S");
  auto& chain = setting.chain();
  CHECK_FALSE(chain.replace({}, chain.keys({})));
  CHECK(chain.keys({}).access_key_id == "F");
}

TEST_CASE("an old machine's temporary keys, once refused, give way to today's environment") {
  Setting setting;
  setting.own("F", "T");
  setting.options.is_loaded = true;
  auto& without = setting.chain();
  CHECK_FALSE(without.replace({}, without.keys({})));
  setting.set("AWS_ACCESS_KEY_ID", "E");
  setting.set("AWS_SECRET_ACCESS_KEY", "S");
  auto& chain = setting.chain();
  CHECK(chain.keys({}).access_key_id == "F");
  CHECK(chain.replace({}, chain.keys({})));
  CHECK(chain.keys({}).access_key_id == "E");
  // What came from the environment is asked for there first.
  setting.options.from_environment = true;
  CHECK(setting.key() == "E");
  setting.set("AWS_ACCESS_KEY_ID", "");
  setting.set("AWS_SECRET_ACCESS_KEY", "");
  CHECK(setting.key() == "F");
  // Lasting keys of the command line stay what they are.
  setting.own("F");
  setting.options.from_environment = false;
  setting.set("AWS_ACCESS_KEY_ID", "E");
  setting.set("AWS_SECRET_ACCESS_KEY", "S");
  auto& lasting = setting.chain();
  CHECK_FALSE(lasting.replace({}, lasting.keys({})));
}
