// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What would stand in the way of a create, asked without making anything.
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/driver.hpp"
#include "drivers/amazonec2/image.hpp"
#include "drivers/amazonec2/permissions.hpp"
#include "drivers/amazonec2/quota.hpp"
#include "drivers/amazonec2/run_request.hpp"
#include "drivers/amazonec2/security_groups.hpp"
#include "drivers/amazonec2/subnet.hpp"
#include "drivers/amazonec2/tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace dmachine::amazonec2 {

namespace {

using Level = Finding::Level;

/// Of no key that anybody has: the first test vector of RFC 8032, section 7.1, as OpenSSH writes
/// it.
constexpr const char* some_public_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

}  // namespace

/// The looks in their order; each needs what those before it found.
class Amazonec2Driver::Examiner {
 public:
  Examiner(Amazonec2Driver& driver, const Context& ctx) : driver_(driver), ctx_(ctx) {}

  std::vector<Finding> run() {
    look("user data", [&] { driver_.read_user_data(); });
    look("SSH key", [&] { driver_.check_key_files(); });
    if (look("credentials", [&] { find_identity(); })) {
      look("network", [&] { find_network(); });
      look("image", [&] { find_image(); });
      look("instance type", [&] { find_offerings(); });
      look("key pair", [&] { find_key_pair(); });
      look("security group", [&] { find_groups(); });
      try_calls();
      look_at_tags();
      find_quotas();
    }
    return std::move(findings_);
  }

 private:
  Client& client() { return driver_.client(ctx_); }
  StoredState& state() { return driver_.state_; }

  void add(Level level, const std::string& subject, const std::string& text,
           const std::string& remedy = {}) {
    findings_.push_back({level, subject, text, remedy});
  }

  template <typename Work>
  bool look(const std::string& subject, Work&& work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      ctx_.check();
      findings_.push_back(finding_of(subject, error));
      return false;
    }
  }

  /// Whether it is Amazon's while EC2 is somebody else's, of whose accounts it knows nothing.
  bool is_strangers(const ServicePlace& place) {
    const auto ec2 = ec2_place(state().region, state().endpoint, state().disable_ssl);
    return is_amazons(place) && !is_amazons(ec2);
  }

  void find_identity() {
    client();
    driver_.access_->find_keys(ctx_);
    if (is_strangers(sts_place(state().region))) {
      return add(Level::good, "credentials", "found; whose they are only the endpoint could tell");
    }
    std::string whose;
    try {
      whose = driver_.access_->identity(ctx_, driver_.services_);
    } catch (const ApiError& error) {
      throw Error(
          Errc::denied, fmt::format("refused: {}", error.what()),
          error.hint().empty() ? "check the access key, or where it comes from" : error.hint());
    }
    add(Level::good, "credentials", whose);
  }

  void find_network() {
    driver_.subnets_ = find_subnets(ctx_, client(), state());
    driver_.take_subnet(driver_.subnets_.front());
    for (const auto& subnet : driver_.subnets_) {
      add(Level::good, "network",
          fmt::format("subnet {} in {}, {}", subnet.id, subnet.zone, subnet.vpc_id));
    }
  }

  void find_image() {
    auto& image = driver_.image_;
    image = amazonec2::find_image(ctx_, client(), state());
    if (!image) {
      return add(Level::unknown, "image",
                 fmt::format("not allowed to look at {}: its root device is taken to be {}",
                             state().ami, state().device_name),
                 "allow ec2:DescribeImages in the IAM policy of these credentials");
    }
    add(Level::good, "image",
        fmt::format("{} ({}), {}, root device {}", image->id, image->name, image->architecture,
                    image->root_device));
    if (state().choices.device_given && !image->root_device.empty() &&
        image->root_device != state().device_name) {
      add(Level::warning, "root device",
          fmt::format("the image's is {}, not {}: the instance gets a second disk",
                      image->root_device, state().device_name),
          "leave --amazonec2-device-name out");
    }
    look("root volume", [&] { driver_.take_image(image); });
  }

  void find_offerings() {
    std::vector<std::string> zones;
    for (const auto& subnet : driver_.subnets_) {
      if (std::ranges::find(zones, subnet.zone) == zones.end()) {
        zones.push_back(subnet.zone);
      }
    }
    if (zones.empty()) {
      return;
    }
    std::set<std::pair<std::string, std::string>> offered;
    for (auto& one : client().offerings(ctx_, types_of(state()), zones)) {
      offered.insert(std::move(one));
    }
    std::size_t missing = 0;
    const auto places = zones.size() * types_of(state()).size();
    for (const auto& wanted : types_of(state())) {
      for (const auto& zone : zones) {
        if (offered.contains({wanted, zone})) {
          add(Level::good, "instance type", fmt::format("{} is offered in {}", wanted, zone));
        } else {
          add(++missing == places ? Level::problem : Level::warning, "instance type",
              fmt::format("{} is not offered in {}", wanted, zone),
              "aws ec2 describe-instance-type-offerings --location-type availability-zone "
              "--filters Name=instance-type,Values=" +
                  wanted);
        }
      }
    }
  }

  void find_key_pair() {
    if (state().existing_key) {
      driver_.check_key_pair(ctx_);
      add(Level::good, "key pair", state().key_name);
    }
  }

  void find_groups() {
    if (state().vpc_id.empty() || group_names(state()).empty()) {
      return;
    }
    state().security_group_ids.clear();
    for (const auto& name : group_names(state())) {
      const auto found = is_group_id(name)
                             ? client().groups_by_id(ctx_, {name})
                             : client().groups(ctx_, Filters{{"vpc-id", {state().vpc_id}}});
      const auto at = std::ranges::find_if(found, [&](const Group& group) {
        return group.id == name || equal_ignoring_case(group.name, name);
      });
      if (at == found.end()) {
        missing_group(name);
      } else {
        there_is_group(*at);
      }
    }
  }

  void missing_group(const std::string& name) {
    QueryParameters parameters{
        {"GroupName", name}, {"GroupDescription", "Docker Machine"}, {"VpcId", state().vpc_id}};
    add_tags(parameters, {"security-group"}, resource_tags(state()));
    calls_.push_back({"CreateSecurityGroup", std::move(parameters)});
    if (state().security_group_readonly) {
      return add(Level::problem, "security group",
                 fmt::format("{} does not exist in {}, and would be made with no port open", name,
                             state().vpc_id),
                 "make the group, or leave --amazonec2-security-group-readonly out");
    }
    add(Level::good, "security group", fmt::format("{} will be made", name));
    add(Level::unknown, "permission ec2:AuthorizeSecurityGroupIngress",
        "can be tried only on a group that is there");
  }

  void there_is_group(const Group& group) {
    state().security_group_ids.push_back(group.id);
    if (group.vpc_id != state().vpc_id) {
      return add(Level::problem, "security group",
                 fmt::format("{} lies in {}, but the subnet in {}", group.id, group.vpc_id,
                             state().vpc_id),
                 "name a group of the same VPC");
    }
    const auto missing = missing_ports(group, wanted_ports(state()));
    if (missing.empty() || !state().security_group_readonly) {
      add(Level::good, "security group", fmt::format("{} ({})", group.name, group.id));
    }
    if (missing.empty()) {
      return;
    }
    if (!state().security_group_readonly) {
      calls_.push_back({"AuthorizeSecurityGroupIngress", ingress(group.id, missing)});
      return;
    }
    std::vector<std::string> ports;
    for (const auto& port : missing) {
      ports.push_back(fmt::format("{}/{}", port.port, port.protocol));
    }
    add(Level::warning, "security group",
        fmt::format("{} ({}) lets nobody in at {}", group.name, group.id, join(ports, ", ")),
        "open the ports, or leave --amazonec2-security-group-readonly out");
  }

  void add_import() {
    if (!state().existing_key) {
      QueryParameters parameters{{"KeyName", state().key_name},
                                 {"PublicKeyMaterial", base64_encode(some_public_key)}};
      add_tags(parameters, {"key-pair"}, resource_tags(state()));
      calls_.push_back({"ImportKeyPair", std::move(parameters)});
    }
  }

  /// One for each market that may be tried; key and groups that are not there yet are left out.
  void add_launches() {
    const auto all = driver_.candidates();
    for (const bool spot : {true, false}) {
      const auto first = std::ranges::find(all, spot, &Candidate::spot);
      if (first == all.end() || driver_.subnets_.empty() || state().ami.empty()) {
        continue;
      }
      driver_.take(*first);
      auto parameters =
          run_parameters(state(), driver_.image_, driver_.user_data_, resource_tags(state()));
      parameters.erase("ClientToken");
      if (!state().existing_key) {
        parameters.erase("KeyName");
      }
      calls_.push_back({"RunInstances", std::move(parameters)});
    }
    driver_.take(all.front());
  }

  void try_calls() {
    add_launches();
    add_import();
    const auto later = later_calls(state().request_spot);
    calls_.insert(calls_.end(), later.begin(), later.end());
    const auto found = try_permissions(ctx_, client(), calls_, driver_.services_.threads);
    findings_.insert(findings_.end(), found.begin(), found.end());
  }

  /// Whatever goes wrong here says nothing about a create.
  void find_quotas() {
    try {
      auto quotas = driver_.access_->quotas(driver_.services_);
      if (is_strangers(quotas.place())) {
        return add(Level::unknown, "quota",
                   "the endpoint is not Amazon's, whose Service Quotas would tell",
                   "AWS_ENDPOINT_URL_SERVICE_QUOTAS says where else to ask");
      }
      const auto found = examine_quotas(ctx_, client(), quotas, driver_.candidates());
      findings_.insert(findings_.end(), found.begin(), found.end());
    } catch (const Error& error) {
      ctx_.check();
      add(Level::unknown, "quota", one_line(error), error.hint());
    }
  }

  void look_at_tags() {
    const auto tags = parse_tags(state().tags);
    for (const auto label : {machine_label, store_label, create_label}) {
      if (!tag_value(tags, label).empty()) {
        add(Level::warning, "tags",
            fmt::format("--amazonec2-tags has {}: gc cannot tell whose the machine is", label),
            "leave this tag to dmachine");
      }
    }
    constexpr std::size_t room = 50 - 4;  // beside Name and the owner's three
    if (tags.size() > room) {
      add(Level::warning, "tags",
          fmt::format("with {} tags there is no room for the owner's: gc cannot find what is made",
                      tags.size()),
          fmt::format("use at most {}", room));
    }
    if (state().request_spot && state().block_duration_minutes != 0) {
      add(Level::warning, "spot", "AWS sells no spot blocks any more",
          "leave --amazonec2-block-duration-minutes out");
    }
  }

  Amazonec2Driver& driver_;
  const Context& ctx_;
  std::vector<DryRun> calls_;
  std::vector<Finding> findings_;
};

std::vector<Finding> Amazonec2Driver::examine(const Context& ctx) {
  return Examiner(*this, ctx).run();
}

std::vector<std::string> Amazonec2Driver::plan() const {
  std::vector<std::string> lines;
  for (const auto& group : group_names(state_)) {
    lines.push_back(fmt::format("security group {}{}", group,
                                is_group_id(group) ? "" : ", made unless it is there"));
  }
  lines.push_back(
      fmt::format("key pair {}{}", state_.key_name, state_.existing_key ? ", which is there" : ""));
  const auto all = candidates();
  for (std::size_t i = 0; i < all.size(); ++i) {
    lines.push_back(fmt::format("{}instance {} in {}: {}", i == 0 ? "" : "  or ", name(),
                                state_.region, to_string(all[i])));
  }
  lines.push_back(fmt::format(
      "volume of {} GiB, {}{}", state_.root_size, state_.volume_type,
      state_.volume_encrypted || state_.encrypt_ebs_volumes || !state_.volume_kms_key.empty()
          ? ", encrypted"
          : ""));
  lines.push_back(
      fmt::format("network interface with {} address",
                  state_.private_ip_only || state_.ipv6_address_only ? "no public" : "a public"));
  return lines;
}

}  // namespace dmachine::amazonec2
