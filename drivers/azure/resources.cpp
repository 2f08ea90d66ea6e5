// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/resources.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

// Network stays at or below 2025-05-01: versions from 2026-03-31 on make new subnets private, and a
// machine without a public address could then not install an engine.
constexpr std::string_view compute_version = "2025-04-01";
constexpr std::string_view disk_version = "2025-01-02";
constexpr std::string_view network_version = "2025-05-01";
constexpr std::string_view storage_version = "2024-01-01";
constexpr std::string_view resources_version = "2025-04-01";
constexpr std::string_view subscriptions_version = "2022-12-01";
constexpr std::string_view authorization_version = "2022-04-01";
constexpr std::string_view skus_version = "2021-07-01";
constexpr std::string_view galleries_version = "2024-03-03";

Target target(const Scope& scope, std::string_view kind, const std::string& name,
              std::string_view version, std::string_view called) {
  return {fmt::format("{}/providers/{}/{}", scope.group_id(), kind, url_encode(name)),
          version,
          {},
          fmt::format("{} {}", called, go_quote(name))};
}

}  // namespace

Target Target::below(std::string_view path) const {
  return {id + std::string(path), api_version, {}, title};
}

std::string Target::provider() const {
  static constexpr std::string_view mark = "/providers/";
  const auto at = id.find(mark);
  if (at == std::string::npos) {
    return {};
  }
  const auto rest = id.substr(at + mark.size());
  return rest.substr(0, rest.find('/'));
}

std::string Scope::subscription_id() const {
  return "/subscriptions/" + url_encode(subscription);
}

std::string Scope::group_id() const {
  return fmt::format("{}/resourceGroups/{}", subscription_id(), url_encode(group));
}

Target Scope::resource_group() const {
  return {group_id(), resources_version, {}, fmt::format("resource group {}", go_quote(group))};
}
Target Scope::resources() const {
  return {group_id() + "/resources", resources_version, "&$expand=createdTime",
          fmt::format("resources of group {}", go_quote(group))};
}
Target Scope::permissions() const {
  return {group_id() + "/providers/Microsoft.Authorization/permissions",
          authorization_version,
          {},
          fmt::format("permissions in resource group {}", go_quote(group))};
}
Target Scope::virtual_machine(const std::string& name) const {
  return target(*this, "Microsoft.Compute/virtualMachines", name, compute_version,
                "virtual machine");
}
Target Scope::virtual_machines_with_views() const {
  return {group_id() + "/providers/Microsoft.Compute/virtualMachines", compute_version,
          "&$expand=instanceView", "virtual machines"};
}
Target Scope::availability_set(const std::string& name) const {
  return target(*this, "Microsoft.Compute/availabilitySets", name, compute_version,
                "availability set");
}
Target Scope::disk(const std::string& name) const {
  return target(*this, "Microsoft.Compute/disks", name, disk_version, "disk");
}
Target Scope::network_interface(const std::string& name) const {
  return target(*this, "Microsoft.Network/networkInterfaces", name, network_version,
                "network interface");
}
Target Scope::public_ip(const std::string& name) const {
  return target(*this, "Microsoft.Network/publicIPAddresses", name, network_version,
                "public IP address");
}
Target Scope::security_group(const std::string& name) const {
  return target(*this, "Microsoft.Network/networkSecurityGroups", name, network_version,
                "network security group");
}
Target Scope::virtual_network(const std::string& name) const {
  return target(*this, "Microsoft.Network/virtualNetworks", name, network_version,
                "virtual network");
}
Target Scope::subnet(const std::string& network, const std::string& name) const {
  Target made = virtual_network(network).below("/subnets/" + url_encode(name));
  made.title = fmt::format("subnet {}", go_quote(name));
  return made;
}
Target Scope::storage_accounts() const {
  return {group_id() + "/providers/Microsoft.Storage/storageAccounts",
          storage_version,
          {},
          "storage accounts"};
}
Target Scope::storage_account(const std::string& name) const {
  return target(*this, "Microsoft.Storage/storageAccounts", name, storage_version,
                "storage account");
}
Target Scope::containers(const std::string& account) const {
  return storage_account(account).below("/blobServices/default/containers");
}
Target Scope::container(const std::string& account, const std::string& name) const {
  Target made = containers(account).below("/" + url_encode(name));
  made.title = fmt::format("container {} of storage account {}", go_quote(name), go_quote(account));
  return made;
}

Target image_versions(const std::string& subscription, const std::string& location,
                      const ImageReference& image) {
  return {fmt::format("/subscriptions/{}/providers/Microsoft.Compute/locations/{}/publishers/{}/"
                      "artifacttypes/vmimage/offers/{}/skus/{}/versions",
                      url_encode(subscription), url_encode(location), url_encode(image.publisher),
                      url_encode(image.offer), url_encode(image.sku)),
          compute_version, "&$top=1", "marketplace image"};
}

Target image_version(const std::string& subscription, const std::string& location,
                     const ImageReference& image) {
  Target target = image_versions(subscription, location, image);
  if (equal_ignoring_case(image.version, "latest")) {
    target.query = "&$expand=properties&$top=1&$orderby=name%20desc";
    return target;
  }
  return target.below("/" + url_encode(image.version));
}

Target own_image(const std::string& id) {
  const bool is_of_gallery = to_lower(id).find("/galleries/") != std::string::npos;
  return {id, is_of_gallery ? galleries_version : compute_version, {}, "image " + id};
}

Target subscription_target(const std::string& subscription) {
  return {"/subscriptions/" + url_encode(subscription), subscriptions_version, {}, "subscription"};
}

Target subscription_permissions(const std::string& subscription) {
  return {fmt::format("/subscriptions/{}/providers/Microsoft.Authorization/permissions",
                      url_encode(subscription)),
          authorization_version,
          {},
          "permissions in the subscription"};
}

Target region_skus(const std::string& subscription, const std::string& location) {
  return {
      fmt::format("/subscriptions/{}/providers/Microsoft.Compute/skus", url_encode(subscription)),
      skus_version, "&$filter=" + url_encode(fmt::format("location eq '{}'", location)),
      fmt::format("sizes in {}", location)};
}

Target usages(const std::string& subscription, const std::string& provider,
              const std::string& location) {
  return {fmt::format("/subscriptions/{}/providers/{}/locations/{}/usages",
                      url_encode(subscription), provider, url_encode(location)),
          provider == "Microsoft.Network" ? network_version : compute_version,
          {},
          fmt::format("quota of {} in {}", provider, location)};
}

Target tagged_resources(const std::string& subscription, const std::string& tag) {
  return {fmt::format("/subscriptions/{}/resources", url_encode(subscription)), resources_version,
          "&$filter=" + url_encode(fmt::format("tagName eq '{}'", tag)),
          fmt::format("resources with tag {}", go_quote(tag))};
}

Target provider_registration(const std::string& subscription, const std::string& provider) {
  return {
      fmt::format("/subscriptions/{}/providers/{}", url_encode(subscription), url_encode(provider)),
      resources_version,
      {},
      fmt::format("resource provider {}", go_quote(provider))};
}

}  // namespace dmachine::azure
