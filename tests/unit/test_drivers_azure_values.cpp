// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/azure/environment.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/unmanaged_disk.hpp"
#include "drivers/azure/values.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace dmachine;
using namespace dmachine::azure;

TEST_CASE("a machine's name is that of a virtual machine") {
  for (const auto* good : {"m", "M1", "a.b-c", "9lives"}) {
    CHECK(is_machine_name(good));
  }
  CHECK(is_machine_name(std::string(64, 'a')));
  CHECK_FALSE(is_machine_name(std::string(65, 'a')));
  for (const auto* bad : {"", "a-", "a.", "-a", "a_b", "a b", "ä"}) {
    CHECK_FALSE(is_machine_name(bad));
  }
}

TEST_CASE("the guest is called as the machine where that is a host name") {
  CHECK(computer_name("runner-1") == "runner-1");
  CHECK(computer_name(std::string(63, 'a')) == std::string(63, 'a'));
  const auto longest = computer_name(std::string(64, 'a'));
  CHECK(longest.size() == 63);
  CHECK(longest.starts_with(std::string(54, 'a') + "-"));
  CHECK(longest != computer_name(std::string(63, 'a') + "b"));
  const auto dotted = computer_name("a.b");
  CHECK(dotted.starts_with("a-b-"));
  CHECK(dotted.size() == 12);
  // No dash before the mark, wherever the cut falls.
  const auto dashes = computer_name(std::string(50, 'a') + std::string(12, '-') + "zz");
  CHECK(dashes.find("--") == std::string::npos);
}

TEST_CASE("names of other resources") {
  CHECK(is_group_name("a(b)_c.d"));
  CHECK_FALSE(is_group_name("a."));
  CHECK_FALSE(is_group_name(std::string(91, 'a')));
  CHECK_FALSE(is_group_name("a/b"));
  CHECK(is_resource_name("a_"));
  CHECK_FALSE(is_resource_name("_a"));
  CHECK_FALSE(is_network_name("a"));
  CHECK(is_dns_label("runner-1"));
  CHECK_FALSE(is_dns_label("1runner"));
  CHECK_FALSE(is_dns_label("Runner"));
  CHECK_FALSE(is_dns_label("ab"));
  CHECK(is_guid("01234567-89ab-CDEF-0123-456789abcdef"));
  CHECK_FALSE(is_guid("01234567-89ab-cdef-0123-456789abcdeg"));
  CHECK_FALSE(is_guid("0123456789abcdef0123456789abcdef"));
  CHECK(is_user_name("docker-user"));
  for (const auto* bad : {"root", "Admin", "", "1a", "a b", "test"}) {
    CHECK_FALSE(is_user_name(bad));
  }
  CHECK(normalise_location("West US 2") == "westus2");
}

TEST_CASE("images: marketplace, own, galleries") {
  const auto urn = parse_image("Canonical:UbuntuServer:18.04-LTS:latest");
  CHECK(urn.publisher == "Canonical");
  CHECK(urn.offer == "UbuntuServer");
  CHECK(urn.sku == "18.04-LTS");
  CHECK(urn.version == "latest");
  const std::string id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/img";
  CHECK(parse_image(id).id == id);
  CHECK(parse_image(id).publisher.empty());
  const std::string community = "/CommunityGalleries/p-1/Images/i/Versions/1.0.0";
  CHECK(parse_image(community).community_gallery_id == community);
  const std::string shared = "/SharedGalleries/g-1/Images/i/Versions/latest";
  CHECK(parse_image(shared).shared_gallery_id == shared);
  for (const auto* bad : {"", "a:b:c", "a:b:c:d:e", "a::c:d", "/subscriptions/s", "a b:c:d:e"}) {
    CHECK_THROWS_WITH(
        parse_image(bad),
        StartsWith("image provided must be an image URN or an ARM resource identifier"));
  }
}

TEST_CASE("networks and security groups of another group") {
  CHECK(parse_virtual_network("n1", "own") == GroupedName{"own", "n1"});
  CHECK(parse_virtual_network("g2:n1", "own") == GroupedName{"g2", "n1"});
  for (const auto* bad : {"", ":n1", "g:", "g:n:m", "x", "a/b"}) {
    CHECK_THROWS_AS(parse_virtual_network(bad, "own"), Error);
  }
  CHECK(parse_security_group("nsg", "own") == GroupedName{"own", "nsg"});
  CHECK(parse_security_group("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/"
                             "networkSecurityGroups/nsg",
                             "own") == GroupedName{"g", "nsg"});
  CHECK_THROWS_WITH(parse_security_group("/a/b", "own"),
                    "unable to parse resource ID of network security group: /a/b");
}

TEST_CASE("ports") {
  CHECK(parse_port("80") == Port{"80", "Tcp"});
  CHECK(parse_port("53/UDP") == Port{"53", "Udp"});
  CHECK(parse_port("1000-2000/*") == Port{"1000-2000", "*"});
  CHECK_THROWS_WITH(parse_port("80/icmp"),
                    "cannot parse security rule protocol: invalid protocol icmp");
  for (const auto* bad : {"", "x", "70000", "20-10", "-1", "1-"}) {
    CHECK_THROWS_AS(parse_port(bad), Error);
  }
  CHECK(parse_swarm_port("tcp://0.0.0.0:3376") == Port{"3376", "Tcp"});
  CHECK_THROWS_AS(parse_swarm_port("tcp://0.0.0.0"), Error);
}

TEST_CASE("tags in pairs, the last one dropped when it is alone") {
  const auto tags = parse_tags("team,ci, env , test");
  CHECK(tags.map == TagMap{{"team", "ci"}, {"env", "test"}});
  CHECK(tags.left_over == 0);
  CHECK(parse_tags("a,b,c").left_over == 3);
  CHECK(parse_tags("").map.empty());
  CHECK_THROWS_AS(parse_tags("a<b,c"), Error);
  CHECK_THROWS_AS(parse_tags(",c"), Error);
  std::string many;
  for (int i = 0; i < 51; ++i) {
    many += (i == 0 ? "" : ",") + std::to_string(i) + ",v";
  }
  CHECK_THROWS_AS(parse_tags(many), Error);
}

TEST_CASE("addresses, networks, plans and prices") {
  CHECK(is_ipv4_network("192.168.0.0/16"));
  CHECK(is_ipv4_network("0.0.0.0/0"));
  for (const auto* bad : {"192.168.0.0", "192.168.0.1/16", "192.168.0.0/33", "fd00::/8", "x/8"}) {
    CHECK_FALSE(is_ipv4_network(bad));
  }
  CHECK(is_source("198.51.100.7"));
  CHECK(is_source("2001:db8::/32"));
  CHECK_FALSE(is_source("Internet2"));
  CHECK(parse_plan("p:q:r").product == "q");
  CHECK_THROWS_AS(parse_plan("p:q"), Error);
  CHECK(parse_price("-1") == -1.0);
  CHECK(parse_price("0.12345") == 0.12345);
  for (const auto* bad : {"", "0", "1.123456", "1e3", "-2", ".", "1.2.3", "$1"}) {
    CHECK_FALSE(parse_price(bad));
  }
}

TEST_CASE("a subnet must lie in its network as a whole") {
  const std::vector<std::string> spaces{"x", "10.1.0.0/16", "fd00::/8"};
  for (const auto* inside : {"10.1.0.0/16", "10.1.255.0/24", "fd00:1::/64", "10.1.2.3"}) {
    INFO(inside);
    CHECK(is_within(inside, spaces));
  }
  for (const auto* outside : {"10.0.0.0/8", "10.2.0.0/16", "fe80::/64", "x", "", "0.0.0.0/0"}) {
    INFO(outside);
    CHECK_FALSE(is_within(outside, spaces));
  }
  CHECK_FALSE(is_within("10.1.0.0/16", {}));
}

TEST_CASE("clouds by name in any case, and their endpoints") {
  const test::ScopedEnv no_authority("AZURE_AUTHORITY_HOST", "");
  CHECK(find_cloud("azurepubliccloud").arm == "https://management.azure.com");
  CHECK(find_cloud("AzureUSGovernmentCloud").login == "https://login.microsoftonline.us");
  CHECK(find_cloud("AzureChinaCloud").audience == "https://management.chinacloudapi.cn/");
  CHECK_THROWS_WITH(find_cloud("Moon"),
                    "Invalid Azure environment: \"Moon\", supported values: AzurePublicCloud, "
                    "AzureUSGovernmentCloud, AzureChinaCloud, AzureGermanCloud");
  CHECK_THROWS_AS(find_cloud("AzureGermanCloud"), Error);
  CHECK(find_endpoints("AzurePublicCloud", "http://127.0.0.1:80/").arm == "http://127.0.0.1:80");
  CHECK_THROWS_AS(find_endpoints("AzurePublicCloud", "http://arm.test"), Error);
  CHECK_THROWS_AS(find_endpoints("AzurePublicCloud", "ftp://arm.test"), Error);
  const test::ScopedEnv authority("AZURE_AUTHORITY_HOST", "login.test");
  CHECK(find_endpoints("AzurePublicCloud", "").login == "https://login.test");
}

TEST_CASE("storage accounts of unmanaged disks") {
  CHECK(storage_account_in("https://vhds0123456789abcdefghij.blob.core.windows.net/vhd-m/x.vhd") ==
        "vhds0123456789abcdefghij");
  CHECK(storage_account_in("nonsense").empty());
  CHECK(is_disk_account("vhds0123456789abcdefghij"));
  CHECK_FALSE(is_disk_account("vhds0123456789abcdefghi"));
  CHECK_FALSE(is_disk_account("mydata0123456789abcdefgh"));
}
