// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/client.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::amazonec2 {

namespace {

QueryParameters numbered(const std::string& name, const std::vector<std::string>& values) {
  QueryParameters parameters;
  for (std::size_t i = 0; i < values.size(); ++i) {
    parameters[fmt::format("{}.{}", name, i + 1)] = values[i];
  }
  return parameters;
}

QueryParameters filtered(const Filters& filters) {
  QueryParameters parameters;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const auto prefix = fmt::format("Filter.{}.", i + 1);
    parameters[prefix + "Name"] = filters[i].first;
    parameters.merge(numbered(prefix + "Value", filters[i].second));
  }
  return parameters;
}

std::int64_t number(const std::string& text, std::int64_t fallback) {
  return parse_go_int(text).value_or(fallback);
}

std::vector<Instance> parse_reservations(const std::vector<Element>& reservations) {
  std::vector<Instance> found;
  for (const auto& reservation : reservations) {
    for (const auto& item : reservation.items("instancesSet")) {
      found.push_back(parse_instance(item));
    }
  }
  return found;
}

Image parse_image(const Element& item) {
  Image image{item.text("imageId"),      item.text("name"),           item.text("creationDate"),
              item.text("architecture"), item.text("rootDeviceName"), {}};
  for (const auto& mapping : item.items("blockDeviceMapping")) {
    if (mapping.child("ebs")) {
      image.volumes.push_back({mapping.text("deviceName"),
                               number(mapping.text("ebs/volumeSize"), 0),
                               mapping.text("ebs/deleteOnTermination") != "false"});
    }
  }
  return image;
}

Group parse_group(const Element& item) {
  Group group{item.text("groupId"), item.text("groupName"), item.text("vpcId"), {}, {}};
  group.tags = parse_tag_set(item);
  for (const auto& rule : item.items("ipPermissions")) {
    group.rules.push_back({rule.text("ipProtocol"),
                           static_cast<int>(number(rule.text("fromPort"), -1)),
                           static_cast<int>(number(rule.text("toPort"), -1))});
  }
  return group;
}

template <typename Parse>
auto parsed(const std::vector<Element>& items, Parse parse) {
  std::vector<decltype(parse(items.front()))> all;
  for (const auto& item : items) {
    all.push_back(parse(item));
  }
  return all;
}

}  // namespace

void add_tags(QueryParameters& parameters, const std::vector<std::string>& resource_types,
              const Tags& tags) {
  for (std::size_t i = 0; i < resource_types.size() && !tags.empty(); ++i) {
    const auto prefix = fmt::format("TagSpecification.{}.", i + 1);
    parameters[prefix + "ResourceType"] = resource_types[i];
    for (std::size_t j = 0; j < tags.size(); ++j) {
      parameters[fmt::format("{}Tag.{}.Key", prefix, j + 1)] = tags[j].first;
      parameters[fmt::format("{}Tag.{}.Value", prefix, j + 1)] = tags[j].second;
    }
  }
}

Element Client::call(const Context& ctx, std::string action, QueryParameters parameters,
                     QueryClient::Options options) {
  parameters["Action"] = std::move(action);
  parameters["Version"] = "2016-11-15";
  return query_.send(ctx, parameters, options);
}

std::vector<Instance> Client::instances_by_id(const Context& ctx,
                                              const std::vector<std::string>& ids) {
  return parse_reservations(
      call(ctx, "DescribeInstances", numbered("InstanceId", ids)).items("reservationSet"));
}

std::vector<Element> Client::pages(const Context& ctx, const std::string& action,
                                   const Filters& filters, std::string_view list) {
  std::vector<Element> found;
  std::string next;
  do {
    auto parameters = filtered(filters);
    if (!next.empty()) {
      parameters["NextToken"] = next;
    }
    const auto root = call(ctx, action, std::move(parameters));
    const auto items = root.items(list);
    found.insert(found.end(), items.begin(), items.end());
    next = root.text("nextToken");
  } while (!next.empty());
  return found;
}

std::vector<Instance> Client::instances(const Context& ctx, const Filters& filters) {
  return parse_reservations(pages(ctx, "DescribeInstances", filters, "reservationSet"));
}

std::optional<Instance> Client::run_instance(const Context& ctx, const QueryParameters& parameters,
                                             const BeforeSend& before_send) {
  QueryClient::Options options;
  options.shielded = true;
  options.before_send = before_send;
  const auto root = call(ctx, "RunInstances", parameters, options);
  const auto items = root.items("instancesSet");
  return items.empty() ? std::nullopt : std::optional(parse_instance(items.front()));
}

void Client::start(const Context& ctx, const std::string& id) {
  call(ctx, "StartInstances", {{"InstanceId.1", id}});
}

void Client::stop(const Context& ctx, const std::string& id, bool force) {
  call(ctx, "StopInstances", {{"InstanceId.1", id}, {"Force", force ? "true" : "false"}});
}

void Client::reboot(const Context& ctx, const std::string& id) {
  call(ctx, "RebootInstances", {{"InstanceId.1", id}});
}

void Client::terminate(const Context& ctx, const std::string& id) {
  QueryClient::Options options;
  options.shielded = true;
  call(ctx, "TerminateInstances", {{"InstanceId.1", id}}, options);
}

std::vector<SpotRequest> Client::spot_requests(const Context& ctx, const Filters& filters) {
  return parsed(pages(ctx, "DescribeSpotInstanceRequests", filters, "spotInstanceRequestSet"),
                [](const Element& item) {
                  return SpotRequest{item.text("spotInstanceRequestId"),
                                     item.text("state"),
                                     item.text("type"),
                                     item.text("createTime"),
                                     item.text("instanceId"),
                                     item.text("launchSpecification/instanceType"),
                                     parse_tag_set(item)};
                });
}

void Client::cancel_spot_request(const Context& ctx, const std::string& id) {
  call(ctx, "CancelSpotInstanceRequests", {{"SpotInstanceRequestId.1", id}});
}

std::vector<Disk> Client::disks(const Context& ctx, const Filters& filters) {
  return parsed(pages(ctx, "DescribeVolumes", filters, "volumeSet"), [](const Element& item) {
    Disk disk{item.text("volumeId"), item.text("availabilityZone"), item.text("createTime"), {}, {},
              parse_tag_set(item)};
    for (const auto& attachment : item.items("attachmentSet")) {
      disk.instance_id = attachment.text("instanceId");
      disk.goes_with_instance = attachment.is_true("deleteOnTermination");
    }
    return disk;
  });
}

void Client::delete_disk(const Context& ctx, const std::string& id) {
  call(ctx, "DeleteVolume", {{"VolumeId", id}});
}

std::vector<NetworkInterface> Client::interfaces(const Context& ctx, const Filters& filters) {
  return parsed(pages(ctx, "DescribeNetworkInterfaces", filters, "networkInterfaceSet"),
                [](const Element& item) {
                  return NetworkInterface{
                      item.text("networkInterfaceId"), item.text("availabilityZone"),
                      item.text("attachment/instanceId"),
                      item.is_true("attachment/deleteOnTermination"), parse_tag_set(item)};
                });
}

void Client::delete_interface(const Context& ctx, const std::string& id) {
  call(ctx, "DeleteNetworkInterface", {{"NetworkInterfaceId", id}});
}

std::vector<Subnet> Client::subnets(const Context& ctx, const Filters& filters) {
  std::vector<Subnet> found;
  const auto root = call(ctx, "DescribeSubnets", filtered(filters));
  for (const auto& item : root.items("subnetSet")) {
    found.push_back({item.text("subnetId"), item.text("vpcId"), item.text("availabilityZone"),
                     item.is_true("defaultForAz")});
  }
  return found;
}

std::optional<std::string> Client::default_vpc(const Context& ctx) {
  const auto root = call(ctx, "DescribeAccountAttributes", {{"AttributeName.1", "default-vpc"}});
  for (const auto& attribute : root.items("accountAttributeSet")) {
    const auto values = attribute.items("attributeValueSet");
    if (attribute.text("attributeName") == "default-vpc" && !values.empty() &&
        values.front().text("attributeValue") != "none") {
      return values.front().text("attributeValue");
    }
  }
  return std::nullopt;
}

Image Client::image(const Context& ctx, const std::string& id) {
  const auto items = call(ctx, "DescribeImages", {{"ImageId.1", id}}).items("imagesSet");
  if (items.empty()) {
    throw Error(Errc::not_found, fmt::format("AMI {} not found on region {}", id, region()));
  }
  return parse_image(items.front());
}

std::vector<Image> Client::images(const Context& ctx, const std::string& owner,
                                  const Filters& filters) {
  std::vector<Image> found;
  auto parameters = filtered(filters);
  parameters["Owner.1"] = owner;
  for (const auto& item : call(ctx, "DescribeImages", std::move(parameters)).items("imagesSet")) {
    found.push_back(parse_image(item));
  }
  return found;
}

std::vector<std::string> Client::architectures(const Context& ctx,
                                               const std::string& instance_type) {
  std::vector<std::string> found;
  const auto root = call(ctx, "DescribeInstanceTypes", {{"InstanceType.1", instance_type}});
  for (const auto& type : root.items("instanceTypeSet")) {
    for (const auto& item : type.items("processorInfo/supportedArchitectures")) {
      found.push_back(item.text());
    }
  }
  return found;
}

std::map<std::string, std::int64_t> Client::vcpus(const Context& ctx,
                                                  const std::vector<std::string>& types) {
  constexpr std::size_t at_once = 100;  // EC2 takes 200 values of a filter, and gives 100 types
  std::map<std::string, std::int64_t> found;
  for (std::size_t i = 0; i < types.size(); i += at_once) {
    // A filter: with InstanceType.N one name that EC2 does not know would spoil the answer.
    const std::vector<std::string> some(
        types.begin() + static_cast<std::ptrdiff_t>(i),
        types.begin() + static_cast<std::ptrdiff_t>(std::min(types.size(), i + at_once)));
    for (const auto& item :
         pages(ctx, "DescribeInstanceTypes", {{"instance-type", some}}, "instanceTypeSet")) {
      if (const auto cpus = number(item.text("vCpuInfo/defaultVCpus"), 0); cpus > 0) {
        found[item.text("instanceType")] = cpus;
      }
    }
  }
  return found;
}

std::vector<KeyPair> Client::key_pairs(const Context& ctx, const Filters& filters) {
  return parsed(pages(ctx, "DescribeKeyPairs", filters, "keySet"), [](const Element& item) {
    return KeyPair{item.text("keyPairId"), item.text("keyName"), item.text("createTime"),
                   parse_tag_set(item)};
  });
}

std::vector<std::pair<std::string, std::string>> Client::offerings(
    const Context& ctx, const std::vector<std::string>& types,
    const std::vector<std::string>& zones) {
  auto parameters = filtered({{"instance-type", types}, {"location", zones}});
  parameters["LocationType"] = "availability-zone";
  std::vector<std::pair<std::string, std::string>> found;
  const auto root = call(ctx, "DescribeInstanceTypeOfferings", std::move(parameters));
  for (const auto& item : root.items("instanceTypeOfferingSet")) {
    found.emplace_back(item.text("instanceType"), item.text("location"));
  }
  return found;
}

void Client::dry_run(const Context& ctx, const std::string& action, QueryParameters parameters) {
  parameters["DryRun"] = "true";
  call(ctx, action, std::move(parameters));
}

bool Client::has_key_pair(const Context& ctx, const std::string& name) {
  try {
    return !call(ctx, "DescribeKeyPairs", {{"KeyName.1", name}}).items("keySet").empty();
  } catch (const ApiError& error) {
    if (error.api_code() == "InvalidKeyPair.NotFound") {
      return false;
    }
    throw;
  }
}

void Client::import_key_pair(const Context& ctx, const std::string& name,
                             const std::string& public_key, const Tags& tags) {
  QueryParameters parameters{{"KeyName", name}, {"PublicKeyMaterial", base64_encode(public_key)}};
  add_tags(parameters, {"key-pair"}, tags);
  QueryClient::Options options;
  options.shielded = true;
  call(ctx, "ImportKeyPair", std::move(parameters), options);
}

void Client::delete_key_pair(const Context& ctx, const std::string& name) {
  call(ctx, "DeleteKeyPair", {{"KeyName", name}});
}

void Client::delete_key_pair_by_id(const Context& ctx, const std::string& id) {
  call(ctx, "DeleteKeyPair", {{"KeyPairId", id}});
}

std::vector<Group> Client::groups(const Context& ctx, const Filters& filters) {
  return parsed(pages(ctx, "DescribeSecurityGroups", filters, "securityGroupInfo"), &parse_group);
}

std::vector<Group> Client::groups_by_id(const Context& ctx, const std::vector<std::string>& ids) {
  return parsed(
      call(ctx, "DescribeSecurityGroups", numbered("GroupId", ids)).items("securityGroupInfo"),
      &parse_group);
}

std::string Client::create_group(const Context& ctx, const std::string& name,
                                 const std::string& vpc_id, const Tags& tags) {
  QueryParameters parameters{
      {"GroupName", name}, {"GroupDescription", "Docker Machine"}, {"VpcId", vpc_id}};
  add_tags(parameters, {"security-group"}, tags);
  QueryClient::Options options;
  options.shielded = true;
  const auto id = call(ctx, "CreateSecurityGroup", std::move(parameters), options).text("groupId");
  if (id.empty()) {
    throw Error(Errc::unavailable, "CreateSecurityGroup: the answer holds no id");
  }
  return id;
}

QueryParameters ingress(const std::string& group_id, const std::vector<Port>& ports) {
  QueryParameters parameters{{"GroupId", group_id}};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto prefix = fmt::format("IpPermissions.{}.", i + 1);
    const auto port = std::to_string(ports[i].port);
    parameters[prefix + "IpProtocol"] = ports[i].protocol;
    parameters[prefix + "FromPort"] = port;
    parameters[prefix + "ToPort"] = port;
    parameters[prefix + "IpRanges.1.CidrIp"] = "0.0.0.0/0";
  }
  return parameters;
}

void Client::authorize(const Context& ctx, const std::string& group_id,
                       const std::vector<Port>& ports) {
  call(ctx, "AuthorizeSecurityGroupIngress", ingress(group_id, ports));
}

void Client::delete_group(const Context& ctx, const std::string& group_id) {
  call(ctx, "DeleteSecurityGroup", {{"GroupId", group_id}});
}

}  // namespace dmachine::amazonec2
