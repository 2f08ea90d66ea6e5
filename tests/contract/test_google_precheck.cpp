// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

TEST_CASE("precheck asks for the project and the instance, with token and quota project") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.quota_project = "billing";
  cloud.expect("GET", url(""))
      .header("Authorization", "Bearer T1")
      .header("x-goog-user-project", "billing")
      .reply(200, "{}");
  cloud.expect("GET", url(instance_url))
      .header("Authorization", "Bearer T1")
      .reply(404, not_found(instance_url));
  machine->precheck({});
}

TEST_CASE("precheck tells not found, not allowed and not now apart") {
  struct Case {
    int project_status;
    std::string project_reason;
    int instance_status;
    std::string instance_reason;
    Errc code;
    std::string text;  // empty: passes
  };
  const std::vector<Case> cases{
      {404, "notFound", 404, "notFound", Errc::not_found,
       "Project with ID \"p\" not found. googleapi: Error 404: M, notFound"},
      {403, "forbidden", 404, "notFound", Errc::internal, ""},
      {403, "forbidden", 403, "forbidden", Errc::denied,
       "cannot read project \"p\": googleapi: Error 403: M, forbidden"},
      {403, "rateLimitExceeded", 404, "notFound", Errc::quota,
       "cannot read project \"p\": googleapi: Error 403: M, rateLimitExceeded"},
      {503, "backendError", 404, "notFound", Errc::unavailable,
       "cannot read project \"p\": googleapi: Error 503: M, backendError"},
      {200, "", 200, "", Errc::conflict,
       "instance \"m1\" already exists in zone \"us-central1-a\""},
      {200, "", 403, "forbidden", Errc::denied, "googleapi: Error 403: M, forbidden"},
      {200, "", 400, "invalid", Errc::invalid, "googleapi: Error 400: M, invalid"},
      {200, "", 500, "backendError", Errc::unavailable, "googleapi: Error 500: M, backendError"},
  };
  for (const auto& one : cases) {
    INFO(one.project_status << " " << one.instance_status);
    MemoryTransport cloud;
    GoogleMachine machine(cloud);
    const auto reply = [](int status, const std::string& reason) {
      return status == 200 ? std::string("{}") : refusal(status, "M", reason);
    };
    cloud.expect("GET", url(""))
        .reply(one.project_status, reply(one.project_status, one.project_reason));
    cloud.expect("GET", url(instance_url))
        .reply(one.instance_status, reply(one.instance_status, one.instance_reason));
    if (one.text.empty()) {
      machine->precheck({});
      continue;
    }
    try {
      machine->precheck({});
      FAIL("no exception");
    } catch (const Error& error) {
      CHECK(error.what() == one.text);
      CHECK(error.code() == one.code);
    }
  }
}

TEST_CASE("precheck wants the instance to be there when it is to be adopted") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, {{"google-use-existing", "true"}});
  cloud.expect("GET", url("")).reply(200, "{}");
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  CHECK_THROWS_WITH(machine->precheck({}),
                    "unable to find instance \"m1\" in zone \"us-central1-a\"");
}

TEST_CASE("precheck reports an unreachable API as that") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  cloud.expect("GET", url("")).fail(Errc::unavailable, "connection refused", false);
  cloud.expect("GET", url(instance_url)).fail(Errc::unavailable, "connection refused", false);
  CHECK_THROWS_AS(machine->precheck({}), cloud::TransportError);
}

TEST_CASE("precheck refuses names that cannot be before it asks anybody") {
  MemoryTransport cloud;
  const auto check = [&](const std::string& name, const GoogleMachine::Flags& flags = {}) {
    GoogleMachine machine(cloud, flags, name);
    machine->precheck({});
  };
  CHECK_THROWS_WITH(
      check(std::string(59, 'a')),
      ContainsSubstring("has 59 characters, but 58 is the limit of the google driver"));
  CHECK_THROWS_WITH(check(std::string(64, 'a'), {{"google-use-existing", "true"}}),
                    ContainsSubstring("but 63 is the limit"));
  CHECK_THROWS_WITH(check("Big"),
                    StartsWith("the machine name \"Big\" cannot be an instance's name"));
  CHECK_THROWS_AS(check("a.b"), Error);
  CHECK_THROWS_AS(check("a-"), Error);
}

TEST_CASE("precheck reads the user's files before it asks anybody") {
  MemoryTransport cloud;
  GoogleMachine missing(cloud, {{"google-metadata-from-file", "startup-script=/nosuch"}});
  CHECK_THROWS_WITH(missing->precheck({}), "open /nosuch: no such file or directory");
  GoogleMachine userdata(cloud, {{"google-userdata", "/nosuch"}});
  CHECK_THROWS_WITH(userdata->precheck({}),
                    "cannot read userdata file /nosuch: open /nosuch: no such file or directory");
  const TempFolder folder;
  write_file(folder / "big", std::string((256U << 10U) + 1, 'x'), 0600);
  GoogleMachine big(cloud, {{"google-metadata-from-file", "k=" + (folder / "big").string()}});
  CHECK_THROWS_WITH(big->precheck({}),
                    "the metadata value of \"k\" has 262145 bytes, but 262144 is the limit");
}

TEST_CASE("user data is stored by content, as in rancher's fork") {
  const TempFolder folder;
  write_file(folder / "init", "#cloud-config\n", 0600);
  MemoryTransport cloud;
  GoogleMachine machine(cloud, {{"google-userdata", folder / "init"}});
  cloud.expect("GET", url("")).reply(200, "{}");
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  machine->precheck({});
  CHECK(machine->to_json()["Userdata"] == "#cloud-config\n");
}

TEST_CASE("a refused token is replaced once") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  const std::string refused = refusal(401, "Invalid Credentials", "authError");
  cloud.expect("GET", url(instance_url)).header("Authorization", "Bearer T1").reply(401, refused);
  cloud.expect("GET", url(instance_url))
      .header("Authorization", "Bearer T2")
      .reply(200, instance("RUNNING"));
  CHECK(machine->state({}) == State::running);
  cloud.expect("GET", url(instance_url)).header("Authorization", "Bearer T2").reply(401, refused);
  cloud.expect("GET", url(instance_url)).header("Authorization", "Bearer T3").reply(401, refused);
  CHECK_THROWS_WITH(machine->state({}), "googleapi: Error 401: Invalid Credentials, authError");
}

TEST_CASE("transient answers are tried again, in every call") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.give_up_after = std::chrono::seconds(60);
  for (const auto& [status, reason] :
       std::vector<std::pair<int, std::string>>{{429, "rateLimitExceeded"},
                                                {500, "backendError"},
                                                {503, "backendError"},
                                                {403, "rateLimitExceeded"}}) {
    cloud.expect("GET", url(instance_url)).reply(status, refusal(status, "later", reason));
  }
  cloud.expect("GET", url(instance_url)).fail(Errc::unavailable, "reset by peer", true);
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  CHECK(machine->state({}) == State::running);
}
