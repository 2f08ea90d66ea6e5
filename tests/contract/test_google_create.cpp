// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

const std::string instances_url = zone + "/instances";

void expect_rule(MemoryTransport& cloud) {
  cloud.expect("GET", url(rule_url)).reply(200, rule());
}
void expect_no_disk(MemoryTransport& cloud) {
  cloud.expect("GET", url(disk_url)).reply(404, not_found(disk_url));
}

}  // namespace

TEST_CASE("create: the calls, in order, with what is saved before and after the insert") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  expect_rule(cloud);
  expect_no_disk(cloud);
  cloud.expect("POST", changing(instances_url))
      .any_body()
      .header("Content-Type", "application/json")
      .check([&](const cloud::HttpRequest& request) {
        const Json body = parse_json(request.body);
        CHECK(body["name"] == "m1");
        CHECK(body["metadata"]["items"][0]["key"] == "ssh-keys");
        CHECK(body["metadata"]["items"][0]["value"] ==
              "ubuntu:" + machine.public_key() + " ubuntu\n");
        // What is about to exist is on disk before the request leaves.
        REQUIRE(machine.saved.size() == 2);
        const Json pending = machine.saved.back()["PendingCreate"];
        CHECK_THAT(request.url,
                   EndsWith("&requestId=" + pending["InsertRequestID"].get<std::string>()));
        CHECK(pending["InsertSentAt"] > 1700000000);
        CHECK(pending["InsertOperation"] == "");
      })
      .reply(200, operation("op", "RUNNING"));
  cloud.expect("POST", url(zone + "/operations/op/wait"))
      .check([&](const cloud::HttpRequest& request) {
        CHECK(machine.saved.back()["PendingCreate"]["InsertOperation"] == "op");
        CHECK(request.timeout > std::chrono::minutes(2));
      })
      .reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine.create();
  CHECK(machine->stored_address() == "198.51.100.7");
  CHECK_FALSE(machine.saved.back().contains("PendingCreate"));
}

TEST_CASE(
    "create takes a named static address, the user's metadata and files, and skips the firewall "
    "when told") {
  const TempFolder folder;
  write_file(folder / "script", "#!/bin/sh\n", 0600);
  MemoryTransport cloud;
  GoogleMachine machine(
      cloud, {{"google-skip-firewall-create", "true"},
              {"google-address", "front"},
              {"google-metadata", "ssh-keys=bob:ssh-rsa B bob@home"},
              {"google-metadata-from-file", "startup-script=" + (folder / "script").string()}});
  cloud.expect("GET", url("/regions/us-central1/addresses/front"))
      .reply(200, R"({"address":"198.51.100.9"})");
  expect_no_disk(cloud);
  cloud.expect("POST", changing(instances_url))
      .any_body()
      .check([&](const cloud::HttpRequest& request) {
        const Json body = parse_json(request.body);
        CHECK(body["networkInterfaces"][0]["accessConfigs"][0]["natIP"] == "198.51.100.9");
        const Json items = body["metadata"]["items"];
        REQUIRE(items.size() == 2);
        CHECK(items[0]["value"] ==
              "bob:ssh-rsa B bob@home\nubuntu:" + machine.public_key() + " ubuntu\n");
        CHECK(items[1]["value"] == "#!/bin/sh\n");
      })
      .reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine.create();
}

TEST_CASE("create in a project without a rule makes it") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, {{"google-open-port", "80"}});
  cloud.expect("GET", url(rule_url)).reply(404, not_found(rule_url));
  cloud.expect("POST", changing("/global/firewalls"))
      .json(R"({"allowed":[{"IPProtocol":"tcp","ports":["2376","80"]}],"name":"docker-machines",
        "network":"https://www.googleapis.com/compute/v1/projects/p/global/networks/default",
        "sourceRanges":["0.0.0.0/0"],"targetTags":["docker-machine"]})")
      .reply(200, operation("fw", "RUNNING"));
  cloud.expect("POST", url("/global/operations/fw/wait")).reply(200, operation("fw"));
  expect_no_disk(cloud);
  cloud.expect("POST", changing(instances_url)).any_body().reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine.create();
}

TEST_CASE("a rule that lacks a port is written back as it was read, and more") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, {{"google-open-port", "53/udp"}});
  cloud.expect("GET", url(rule_url)).reply(200, rule(R"(["2000-3000"])"));
  cloud.expect("PUT", changing(rule_url))
      .json(
          R"({"name":"docker-machines","network":"https://www.googleapis.com/compute/v1/projects/p/global/networks/default",
        "allowed":[{"IPProtocol":"tcp","ports":["2000-3000"]},{"IPProtocol":"udp","ports":["53"]}],"priority":1000})")
      .reply(412, refusal(412, "M", "conditionNotMet"));
  cloud.expect("GET", url(rule_url)).reply(200, rule(R"(["2376"])"));
  cloud.expect("PUT", changing(rule_url)).any_body().reply(200, operation("fw"));
  expect_no_disk(cloud);
  cloud.expect("POST", changing(instances_url)).any_body().reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine.create();
}

TEST_CASE("a rule that another create made in the meantime is used") {
  for (const bool in_operation : {false, true}) {
    MemoryTransport cloud;
    GoogleMachine machine(cloud);
    cloud.expect("GET", url(rule_url)).reply(404, not_found(rule_url));
    auto& insert = cloud.expect("POST", changing("/global/firewalls")).any_body();
    if (in_operation) {
      insert.reply(200, failed_operation("fw", "RESOURCE_ALREADY_EXISTS", "M"));
    } else {
      insert.reply(409, refusal(409, "M", "alreadyExists"));
    }
    expect_rule(cloud);
    expect_no_disk(cloud);
    cloud.expect("POST", changing(instances_url)).any_body().reply(200, operation("op"));
    cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
    machine.create();
  }
}

TEST_CASE(
    "another network gets a rule of its own, unless the shared one is for it; a shared VPC's lies "
    "in its project") {
  const auto create = [](const std::string& network,
                         const std::function<void(MemoryTransport&)>& expect) {
    MemoryTransport cloud;
    GoogleMachine machine(cloud, {{"google-network", network}});
    expect(cloud);
    expect_no_disk(cloud);
    cloud.expect("POST", changing(instances_url)).any_body().reply(200, operation("op"));
    cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
    machine.create();
  };
  const std::string own = "/global/firewalls/docker-machines-ci";
  create("ci", [&](MemoryTransport& cloud) {
    cloud.expect("GET", url(rule_url)).reply(200, rule(R"(["2376"])", "default"));
    cloud.expect("GET", url(own)).reply(404, not_found(own));
    cloud.expect("POST", changing("/global/firewalls"))
        .any_body()
        .check([](const cloud::HttpRequest& request) {
          CHECK(parse_json(request.body)["name"] == "docker-machines-ci");
        })
        .reply(200, operation("fw"));
  });
  create("ci", [&](MemoryTransport& cloud) {
    cloud.expect("GET", url(rule_url)).reply(200, rule(R"(["2376"])", "ci"));
    cloud.expect("GET", url(own)).reply(404, not_found(own));
  });
  create("projects/host/global/networks/ci", [](MemoryTransport& cloud) {
    const std::string host =
        "https://compute.googleapis.com/compute/v1/projects/host/global/firewalls";
    const std::string query = "?alt=json&prettyPrint=false";
    cloud.expect("GET", host + "/docker-machines" + query).reply(404, "{}");
    cloud.expect("GET", host + "/docker-machines-ci" + query).reply(404, "{}");
    cloud.expect("POST", host + query + "&requestId={uuid}")
        .any_body()
        .check([](const cloud::HttpRequest& request) {
          CHECK(parse_json(request.body)["network"] == "projects/host/global/networks/ci");
        })
        .reply(200, operation("fw"));
  });
}

TEST_CASE("a refused firewall look-up ends create before anything is made") {
  for (const int status : {403, 500}) {
    MemoryTransport cloud;
    GoogleMachine machine(cloud);
    cloud.expect("GET", url(rule_url)).reply(status, refusal(status, "M", "r"));
    expect_no_disk(cloud);
    CHECK_THROWS_WITH(machine.create(), StartsWith("requesting firewall rule: googleapi: Error " +
                                                   std::to_string(status)));
    machine->remove({});  // nothing was made, so nothing is asked or deleted
  }
}

TEST_CASE("a refused disk look-up is no absence") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  expect_rule(cloud);
  cloud.expect("GET", url(disk_url)).reply(403, refusal(403, "M", "forbidden"));
  CHECK_THROWS_WITH(machine.create(), "googleapi: Error 403: M, forbidden");
}

TEST_CASE("rancher's rules are made exact, and go with the last instance that needs them") {
  MemoryTransport cloud;
  GoogleMachine machine(
      cloud, {{"google-open-port", "80"}, {"google-external-firewall-rule-prefix", "x"}});
  const std::string path = "/global/firewalls/x-external-rancher-nodes";
  expect_rule(cloud);
  cloud.expect("GET", url(path)).reply(404, not_found(path));
  cloud.expect("POST", changing("/global/firewalls"))
      .json(
          R"({"allowed":[{"IPProtocol":"tcp","ports":["80"]}],"description":"rancher-machine managed external firewall rule",
        "name":"x-external-rancher-nodes","network":"https://www.googleapis.com/compute/v1/projects/p/global/networks/default",
        "sourceRanges":["0.0.0.0/0"],"targetTags":["x-external-rancher-nodes"]})")
      .reply(200, operation("fw"));
  expect_no_disk(cloud);
  cloud.expect("POST", changing(instances_url)).any_body().reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine.create();

  const std::string list =
      url(instances_url) +
      "&maxResults=1&filter=labels.rancher-external-fw-rule%3Dx-external-rancher-nodes";
  cloud.expect("DELETE", changing(instance_url)).reply(200, operation("op"));
  expect_no_disk(cloud);
  cloud.expect("GET", list).reply(200, R"({"items":[{"name":"other"}]})");
  machine->remove({});
  cloud.expect("DELETE", changing(instance_url)).reply(404, not_found(instance_url));
  expect_no_disk(cloud);
  cloud.expect("GET", list).reply(200, "{}");
  cloud.expect("DELETE", changing(path)).reply(404, not_found(path));
  machine->remove({});
}

TEST_CASE(
    "an existing instance keeps its tags and metadata and gets ours, also when somebody writes "
    "meanwhile") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud,
                        {{"google-use-existing", "true"}, {"google-skip-firewall-create", "true"}});
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  cloud.expect("POST", changing(instance_url + "/setTags"))
      .json(R"({"fingerprint":"tf","items":["http-server","docker-machine"]})")
      .reply(412, refusal(412, "M", "conditionNotMet"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  cloud.expect("POST", changing(instance_url + "/setTags"))
      .any_body()
      .reply(200, operation("tags"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING", "bob:ssh-rsa B bob@home"));
  cloud.expect("POST", changing(instance_url + "/setMetadata"))
      .any_body()
      .reply(412, refusal(412, "M", "conditionNotMet"));
  cloud.expect("GET", url(instance_url))
      .reply(200, instance("RUNNING", "bob:ssh-rsa B bob@home\nubuntu:ssh-rsa OLD ubuntu"));
  cloud.expect("POST", changing(instance_url + "/setMetadata"))
      .any_body()
      .check([&](const cloud::HttpRequest& request) {
        const Json body = parse_json(request.body);
        CHECK(body["fingerprint"] == "mf");
        CHECK(body["items"][0]["key"] == "startup-script");
        CHECK(body["items"][1]["value"] ==
              "bob:ssh-rsa B bob@home\nubuntu:" + machine.public_key() + " ubuntu\n");
      })
      .reply(200, operation("md"));
  machine.create();
  CHECK(machine->stored_address() == "198.51.100.7");
}

TEST_CASE("an adoption that fails leaves the user's instance alone") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud,
                        {{"google-use-existing", "true"}, {"google-skip-firewall-create", "true"}});
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  cloud.expect("POST", changing(instance_url + "/setTags"))
      .any_body()
      .reply(403, refusal(403, "M", "forbidden"));
  CHECK_THROWS_WITH(machine.create(), "googleapi: Error 403: M, forbidden");
  machine.reopen();
  machine->remove({});
}

TEST_CASE("a stop during the insert lets it be answered and saved first") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  StopSource stop;
  expect_rule(cloud);
  expect_no_disk(cloud);
  cloud.expect("POST", changing(instances_url))
      .any_body()
      .answer_with([&](const Context& ctx, const cloud::HttpRequest&) {
        stop.request_stop();
        ctx.check();  // does not reach into this request
        return cloud::HttpReply{200, {}, operation("op", "RUNNING")};
      });
  CHECK_THROWS_AS(machine.create(Context(stop.token())), Cancelled);
  CHECK(machine.saved.back()["PendingCreate"]["InsertOperation"] == "op");

  cloud.expect("GET", url(instance_url))
      .reply(200, instance("PROVISIONING", "ubuntu:" + machine.public_key() + " ubuntu\n"));
  cloud.expect("DELETE", changing(instance_url)).reply(200, operation("del"));
  expect_no_disk(cloud);
  machine->remove({});
}

TEST_CASE("a stop before the insert sends none") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  StopSource stop;
  expect_rule(cloud);
  cloud.expect("GET", url(disk_url)).answer_with([&](const Context&, const cloud::HttpRequest&) {
    stop.request_stop();
    return cloud::HttpReply{404, {}, not_found(disk_url)};
  });
  CHECK_THROWS_AS(machine.create(Context(stop.token())), Cancelled);
  machine.reopen();
  machine->remove({});
}

TEST_CASE("an insert whose answer was lost is repeated with the same request id") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.give_up_after = std::chrono::seconds(60);
  expect_rule(cloud);
  expect_no_disk(cloud);
  cloud.expect("POST", changing(instances_url))
      .any_body()
      .fail(Errc::unavailable, "reset by peer", true);
  cloud.expect("POST", changing(instances_url))
      .any_body()
      .reply(503, refusal(503, "M", "backendError"));
  cloud.expect("POST", changing(instances_url)).any_body().reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine.create();
  const auto sent = cloud.requests();
  CHECK(sent[2].url == sent[3].url);
  CHECK(sent[2].url == sent[4].url);
  CHECK(sent[2].body == sent[4].body);
}

TEST_CASE("an insert that is refused for good left nothing, so nothing is deleted by its name") {
  for (const auto& [status, reason] : std::vector<std::pair<int, std::string>>{
           {400, "invalid"}, {403, "forbidden"}, {403, "quotaExceeded"}, {409, "alreadyExists"}}) {
    MemoryTransport cloud;
    GoogleMachine machine(cloud);
    expect_rule(cloud);
    expect_no_disk(cloud);
    cloud.expect("POST", changing(instances_url))
        .any_body()
        .reply(status, refusal(status, "M", reason));
    CHECK_THROWS_WITH(machine.create(), fmt::format("googleapi: Error {}: M, {}", status, reason));
    machine->remove({});
  }
}

TEST_CASE("an insert that could not be saved is not sent") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  expect_rule(cloud);
  expect_no_disk(cloud);
  const auto gone = [] { throw Error(Errc::conflict, "the machine's folder is gone"); };
  CHECK_THROWS_WITH(machine->create({}, gone), "the machine's folder is gone");
  machine->remove({});
}
