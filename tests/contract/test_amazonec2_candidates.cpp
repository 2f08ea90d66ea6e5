// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// A create that goes from what is sold out to the next place, type or market.
#include "core/error.hpp"
#include "tests/contract/small_ec2.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

/// "subnet-a t2.micro spot"
std::string wanted(Parameters& p) {
  return p["NetworkInterface.1.SubnetId"] + " " + p["InstanceType"] +
         (p["InstanceMarketOptions.MarketType"] == "spot" ? " spot" : "");
}

/// Refuses what is in `sold_out`, and keeps what was wanted, in order.
struct Market {
  explicit Market(SmallEc2& cloud, std::set<std::string> sold_out,
                  const std::string& code = "InsufficientInstanceCapacity") {
    cloud.refuse_launch = [this, sold_out = std::move(sold_out), code](Parameters& p) {
      tried.push_back(wanted(p));
      return sold_out.contains(tried.back()) ? code : std::string();
    };
  }
  std::vector<std::string> tried;
};

const Ec2Machine::Flags three_zones{{"amazonec2-zone", "a, b,us-east-1c"}};
using Names = std::vector<std::string>;

Errc failure_of_create(Ec2Machine& machine) {
  try {
    machine.create();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("no failure");
  return Errc::internal;
}

}  // namespace

TEST_CASE("what is sold out is left for the next zone, under another token that is on disk first") {
  SmallEc2 cloud;
  Market market(cloud, {"subnet-a t2.micro", "subnet-b t2.micro"});
  Ec2Machine machine(cloud, three_zones);
  machine.create();
  CHECK(market.tried == Names{"subnet-a t2.micro", "subnet-b t2.micro", "subnet-c t2.micro"});
  CHECK(cloud.launch_tokens.size() == 3);
  std::set<std::string> saved;
  Names zones;
  for (const auto& json : machine.saved) {
    if (json.contains("PendingCreate") && json["PendingCreate"]["RunSentAt"] > 0) {
      saved.insert(json["PendingCreate"]["ClientToken"].get<std::string>());
      zones.push_back(json["Zone"].get<std::string>() + " " + json["SubnetId"].get<std::string>());
    }
  }
  CHECK(saved == cloud.launch_tokens);
  // The one that is being tried, and the last twice: once more with the instance's id.
  CHECK(zones == Names{"a subnet-a", "b subnet-b", "c subnet-c", "c subnet-c"});
  CHECK(machine->placement() == "us-east-1c, t2.micro, on demand");
  CHECK(cloud.key_pairs.size() == 1);
  CHECK_FALSE(machine->to_json().contains("PendingCreate"));
}

TEST_CASE("every place of a type before the next type, and all as spot before any on demand") {
  SmallEc2 cloud;
  Market market(cloud, {"subnet-a m5.large spot", "subnet-b m5.large spot",
                        "subnet-a m5a.large spot", "subnet-b m5a.large spot", "subnet-a m5.large"});
  cloud.leaves_spot_requests = true;
  Ec2Machine machine(cloud, {{"amazonec2-zone", "a,b"},
                             {"amazonec2-instance-type", "m5.large,m5a.large"},
                             {"amazonec2-request-spot-instance", "true"},
                             {"amazonec2-fallback", "on-demand"}});
  machine.create();
  CHECK(market.tried == Names{"subnet-a m5.large spot", "subnet-b m5.large spot",
                              "subnet-a m5a.large spot", "subnet-b m5a.large spot",
                              "subnet-a m5.large", "subnet-b m5.large"});
  CHECK(cloud.spot_requests.empty());  // each cancelled before the next attempt
  const Json json = machine->to_json();
  CHECK(json["RequestSpotInstance"] == false);
  CHECK(json["InstanceType"] == "m5.large");
  CHECK(json["Zone"] == "b");
  CHECK_FALSE(json.contains("SpotInstanceRequestId"));
}

TEST_CASE("the creates after the first one know what is sold out") {
  SmallEc2 cloud;
  Market market(cloud, {"subnet-a t2.micro", "subnet-b t2.micro"});
  Ec2Machine first(cloud, three_zones);
  first.create();
  CHECK(cloud.launches == 3);
  for (int i = 1; i <= 99; ++i) {
    Ec2Machine machine(cloud, three_zones, "m1", &first.store());
    machine.create();
    CHECK(cloud.launches == 3 + i);
  }
}

TEST_CASE("what other candidates cannot cure stops at once") {
  for (const auto& [code, kind] :
       std::vector<std::pair<std::string, Errc>>{{"UnauthorizedOperation", Errc::denied},
                                                 {"VcpuLimitExceeded", Errc::quota},
                                                 {"MaxSpotInstanceCountExceeded", Errc::quota},
                                                 {"InstanceLimitExceeded", Errc::quota},
                                                 {"InvalidParameterValue", Errc::invalid}}) {
    INFO(code);
    SmallEc2 cloud;
    Market market(cloud, {"subnet-a t2.micro", "subnet-b t2.micro", "subnet-c t2.micro"}, code);
    Ec2Machine machine(cloud, three_zones);
    CHECK(failure_of_create(machine) == kind);
    CHECK(cloud.launches == 1);
    CHECK(cloud.key_pairs.empty());
  }
}

TEST_CASE("each of EC2's capacity errors moves on") {
  for (const auto* code :
       {"InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientVolumeCapacity",
        "InsufficientFreeAddressesInSubnet", "SpotMaxPriceTooLow", "Unsupported"}) {
    SmallEc2 cloud;
    Market market(cloud, {"subnet-a t2.micro"}, code);
    Ec2Machine machine(cloud, three_zones);
    machine.create();
    CHECK(cloud.launches == 2);
  }
}

TEST_CASE("when all are sold out the create fails with all of them, and nothing is left") {
  SmallEc2 cloud;
  Market market(cloud, {"subnet-a t2.micro", "subnet-b t2.micro", "subnet-c t2.micro"});
  Ec2Machine machine(cloud, three_zones);
  CHECK(failure_of_create(machine) == Errc::capacity);
  CHECK(cloud.launches == 3);
  CHECK(cloud.key_pairs.empty());
  // The next one looks at a single candidate.
  Ec2Machine next(cloud, three_zones, "m2", &machine.store());
  CHECK(failure_of_create(next) == Errc::capacity);
  CHECK(cloud.launches == 4);
}

TEST_CASE("a single choice is tried however often it was sold out, and nothing is remembered") {
  SmallEc2 cloud;
  Market market(cloud, {"subnet-a t2.micro"});
  Ec2Machine machine(cloud);
  CHECK(failure_of_create(machine) == Errc::capacity);
  Ec2Machine next(cloud, {}, "m2", &machine.store());
  CHECK(failure_of_create(next) == Errc::capacity);
  CHECK(cloud.launches == 2);
  CHECK_FALSE(std::filesystem::exists(machine.store() / "dmachine/capacity.json"));
}

TEST_CASE("an attempt whose answer is lost before the place is sold out leaves no instance") {
  // The first try launches, its answer is lost; the second one says that there is no capacity.
  SmallEc2 cloud;
  int tries = 0;
  cloud.refuse_launch = [&](Parameters& p) {
    return wanted(p) == "subnet-a t2.micro" && ++tries == 2 ? "InsufficientInstanceCapacity" : "";
  };
  cloud.lose_answer_of = "RunInstances";
  Ec2Machine machine(cloud, three_zones);
  machine.create();
  CHECK(cloud.terminated == std::set<std::string>{"i-1"});
  CHECK(cloud.running() == std::set<std::string>{"i-2"});
  CHECK(machine->stored().instance_id == "i-2");
}

TEST_CASE("after a kill at any call of a create that moves on, remove leaves nothing") {
  const Ec2Machine::Flags flags{{"amazonec2-zone", "a,b"},
                                {"amazonec2-request-spot-instance", "true"},
                                {"amazonec2-fallback", "on-demand"},
                                {"amazonec2-security-group", "mine"}};
  const std::set<std::string> sold_out{"subnet-a t2.micro spot", "subnet-b t2.micro spot",
                                       "subnet-a t2.micro"};
  int calls = 1;
  int cases = 0;
  for (int call = 0; call < calls; ++call) {
    for (const auto kind : {Fault::Kind::killed_before, Fault::Kind::killed_after}) {
      INFO("call " << call << (kind == Fault::Kind::killed_before ? " before" : " after"));
      SmallEc2 cloud;
      Market market(cloud, sold_out);
      cloud.fault = {kind, 0, ""};
      cloud.faulty_call = call;
      Ec2Machine machine(cloud, flags);
      try {
        machine.create();
      } catch (const Killed&) {
      }
      calls = std::max(calls, cloud.calls + 1);
      ++cases;
      if (machine.saved.empty() || cloud.calls <= call) {
        continue;
      }
      cloud.faulty_call = -1;
      machine.reopen();
      machine->remove({});
      CHECK(cloud.running().empty());
      CHECK(cloud.key_pairs.empty());
      CHECK_FALSE(cloud.groups.contains("mine"));
    }
  }
  INFO("cases: " << cases);
  CHECK(cases >= 2 * 12);
}

TEST_CASE("lists are checked before anything is made") {
  SmallEc2 cloud;
  const auto failure = [&](const Ec2Machine::Flags& flags) -> std::string {
    try {
      Ec2Machine machine(cloud, flags);
      machine->precheck({});
    } catch (const Error& error) {
      CHECK(error.code() == Errc::invalid);
      return error.what();
    }
    return "no failure";
  };
  CHECK(failure({{"amazonec2-zone", "a,,b"}}) ==
        "--amazonec2-zone \"a,,b\": an element of the list is empty");
  CHECK(failure({{"amazonec2-instance-type", "m5.large,m5.large"}}) ==
        "--amazonec2-instance-type \"m5.large,m5.large\": m5.large stands there twice");
  CHECK_THAT(failure({{"amazonec2-zone", "a,eu-west-1b"}}),
             ContainsSubstring("the zone \"eu-west-1b\" does not lie in the region us-east-1"));
  CHECK_THAT(failure({{"amazonec2-fallback", "spot"}}),
             ContainsSubstring("invalid value \"spot\" for --amazonec2-fallback"));
  CHECK(failure({{"amazonec2-instance-type", "m5.large,m6g.large"}}) ==
        "instance types m5.large and m6g.large are of different architectures");
  CHECK_THAT(failure({{"amazonec2-subnet-id", "subnet-a,subnet-b"}, {"amazonec2-zone", "a"}}),
             ContainsSubstring("SubnetId: subnet-b is in the zone us-east-1b, not in us-east-1a"));
}
